//! Reach Kafka brokers through an ottla bridge, over a WebSocket: the only way out of a browser,
//! and natively a way through what lets only HTTP pass.
//!
//! The stream's bytes go in binary messages, cut anywhere. An empty one ends the sender's half, which
//! WebSocket itself cannot say; a Close frame ends both.

#[cfg(target_family = "wasm")]
mod browser;
mod close;
mod messages;
#[cfg(not(target_family = "wasm"))]
mod native;
mod route;
mod transport;

#[cfg(target_family = "wasm")]
pub use crate::browser::{Rx, Tx};
#[cfg(not(target_family = "wasm"))]
pub use crate::native::{Rx, Tx};
pub use crate::{
    route::InvalidUrl,
    transport::{DEFAULT_CONNECT_TIMEOUT, WebSocketTransport},
};
