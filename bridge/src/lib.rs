//! A gateway that carries Kafka connections from WebSockets to brokers.
