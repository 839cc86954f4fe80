//! Reach Kafka brokers over TCP, on tokio.
