//! The seam between the ottla client and the world: how to reach a broker ([`Transport`]) and what
//! the client asks of the place it runs in ([`Runtime`]). Nothing else lives here.
//!
//! Transports carry bytes, not frames, so that they stack: TLS over TCP, or TLS inside a WebSocket.

mod address;
mod erased;
mod instant;
mod maybe_send;
mod runtime;
mod transport;

#[cfg(all(feature = "tokio", not(target_family = "wasm")))]
mod tokio;
#[cfg(target_family = "wasm")]
mod web;

#[cfg(all(feature = "tokio", not(target_family = "wasm")))]
pub use crate::tokio::TokioRuntime;
#[cfg(target_family = "wasm")]
pub use crate::web::WebRuntime;
pub use crate::{
    address::{BrokerAddress, DEFAULT_PORT, InvalidAddress},
    erased::{DynRuntime, DynRx, DynTransport, DynTx},
    instant::Instant,
    maybe_send::{BoxFuture, MaybeSend, MaybeSync},
    runtime::Runtime,
    transport::{ByteRx, ByteTx, Transport},
};
