//! In a browser page, a worker or Node: the WebSocket of the JavaScript runtime.

mod dial;
mod halves;
mod received;
mod socket;

pub(crate) use self::dial::connect;
pub use self::halves::{Rx, Tx};
