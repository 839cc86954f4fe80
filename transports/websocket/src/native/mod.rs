//! Natively: tokio-tungstenite.

mod dial;
mod halves;
#[cfg(feature = "tls")]
mod tls;

pub(crate) use self::dial::connect;
pub use self::halves::{Rx, Tx};
#[cfg(feature = "tls")]
pub(crate) use self::tls::Tls;
