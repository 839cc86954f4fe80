//! A Kafka client for native servers and, as wasm, for the browser.

pub mod protocol;
pub mod record;
pub mod wire;
