//! Reach Kafka brokers through a bridge, over a WebSocket.
