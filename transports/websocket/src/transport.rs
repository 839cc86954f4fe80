use std::{io, time::Duration};

use ottla_transport::{BrokerAddress, Transport};

#[cfg(target_family = "wasm")]
use crate::browser as platform;
#[cfg(not(target_family = "wasm"))]
use crate::native as platform;
use crate::{InvalidUrl, Rx, Tx, route::Route};

/// How long a connection may take to open, unless told otherwise: 10 s.
pub const DEFAULT_CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// Reaches the brokers of one cluster through a bridge.
///
/// Only the node id of an address is used: the bridge knows where the broker is. In Node before 22,
/// put the class of the npm package `ws` at `globalThis.WebSocket` first.
#[derive(Clone, Debug)]
pub struct WebSocketTransport {
    pub(crate) route: Route,
    pub(crate) connect_timeout: Duration,
    #[cfg(all(feature = "tls", not(target_family = "wasm")))]
    pub(crate) tls: platform::Tls,
}

impl WebSocketTransport {
    /// A transport through the bridge at `url`: `ws://HOST:PORT/v1/CLUSTER`, or `wss://`.
    ///
    /// # Errors
    /// The URL is no such thing, or is `wss://` in a native build without the feature `tls`.
    pub fn new(url: &str) -> Result<Self, InvalidUrl> {
        let route = Route::parse(url)?;
        #[cfg(all(not(feature = "tls"), not(target_family = "wasm")))]
        if route.secure {
            return Err(InvalidUrl::because(url, "wss:// needs the feature `tls` of ottla-websocket"));
        }
        Ok(Self {
            route,
            connect_timeout: DEFAULT_CONNECT_TIMEOUT,
            #[cfg(all(feature = "tls", not(target_family = "wasm")))]
            tls: platform::Tls::default(),
        })
    }

    /// How long a connection may take to open, the bridge's own dial of the broker included.
    #[must_use]
    pub fn connect_timeout(mut self, at_most: Duration) -> Self {
        self.connect_timeout = at_most;
        self
    }
}

impl Transport for WebSocketTransport {
    type Tx = Tx;
    type Rx = Rx;

    async fn connect(&self, to: &BrokerAddress) -> io::Result<(Tx, Rx)> {
        platform::connect(self, &self.route.url(to.node_id)).await
    }
}
