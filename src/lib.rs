//! A Kafka client for native servers and, as wasm, for the browser.
