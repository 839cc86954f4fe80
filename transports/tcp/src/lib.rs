//! Reach Kafka brokers over TCP, on tokio.
//!
//! TLS stacks on top of this as a transport of its own: nothing here knows of it.

mod dial;
mod halves;

use std::{io, time::Duration};

use ottla_transport::{BrokerAddress, Transport};

pub use crate::halves::{Rx, Tx, halves};

/// How long a dial may take, unless told otherwise: 10 s, as Kafka's own clients allow.
pub const DEFAULT_CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// Dials brokers over TCP.
///
/// A name is tried at all of its addresses: the next one starts when the one before fails, or shows
/// nothing for a quarter of a second, and the first to answer is used.
#[derive(Clone, Debug)]
pub struct TcpTransport {
    connect_timeout: Duration,
}

impl TcpTransport {
    /// A transport that gives a dial [`DEFAULT_CONNECT_TIMEOUT`].
    pub fn new() -> Self {
        Self { connect_timeout: DEFAULT_CONNECT_TIMEOUT }
    }

    /// How long a dial may take, from resolving the name to the last of its addresses.
    #[must_use]
    pub fn connect_timeout(mut self, at_most: Duration) -> Self {
        self.connect_timeout = at_most;
        self
    }
}

impl Default for TcpTransport {
    fn default() -> Self {
        Self::new()
    }
}

impl Transport for TcpTransport {
    type Tx = Tx;
    type Rx = Rx;

    async fn connect(&self, to: &BrokerAddress) -> io::Result<(Tx, Rx)> {
        if tokio::runtime::Handle::try_current().is_err() {
            return Err(io::Error::other(format!(
                "connecting to {to} failed: TCP needs a tokio runtime, and none runs here"
            )));
        }
        halves(dial::dial(to, self.connect_timeout).await?)
    }
}
