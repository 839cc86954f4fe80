//! Reach a Kafka broker in the same process, over a bounded pipe.
