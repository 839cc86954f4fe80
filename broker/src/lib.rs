//! An in-memory Kafka broker, for development and for tests.
