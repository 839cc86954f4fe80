use std::{fmt, sync::Arc, time::Duration};

use ottla_transport::{BrokerAddress, DynRuntime, DynTransport, Runtime, Transport};

use super::Client;
use crate::{
    cluster::{Backoff, Cluster, ClusterConfig},
    connection::ConnectionConfig,
    error::Error,
    platform,
};

/// Sets up a [`Client`].
#[must_use]
pub struct ClientBuilder {
    bootstrap: Vec<String>,
    client_id: Arc<str>,
    transport: Option<DynTransport>,
    runtime: Option<DynRuntime>,
    connect_timeout: Duration,
    request_timeout: Duration,
    call_timeout: Duration,
    idle_timeout: Duration,
    metadata_max_age: Duration,
    max_response_bytes: usize,
    backoff: Backoff,
}

impl Default for ClientBuilder {
    fn default() -> Self {
        Self {
            bootstrap: Vec::new(),
            client_id: "ottla".into(),
            transport: None,
            runtime: None,
            connect_timeout: Duration::from_secs(10),
            request_timeout: Duration::from_secs(30),
            call_timeout: Duration::from_secs(60),
            idle_timeout: Duration::from_secs(9 * 60),
            metadata_max_age: Duration::from_secs(5 * 60),
            max_response_bytes: if cfg!(target_pointer_width = "32") { 32 << 20 } else { 128 << 20 },
            backoff: Backoff { min: Duration::from_millis(100), max: Duration::from_secs(1) },
        }
    }
}

impl ClientBuilder {
    /// Where to find the cluster: addresses of some of its brokers, `HOST:PORT` separated by commas
    /// (the port is 9092 unless given), or the URL of a bridge, `ws://HOST:PORT/v1/CLUSTER`. May be
    /// called several times.
    pub fn bootstrap(mut self, addresses: impl AsRef<str>) -> Self {
        let addresses = addresses.as_ref().split(',').map(str::trim).filter(|address| !address.is_empty());
        self.bootstrap.extend(addresses.map(str::to_owned));
        self
    }

    /// What the client calls itself, for the brokers' logs and quotas. Default: `ottla`.
    pub fn client_id(mut self, id: impl Into<Arc<str>>) -> Self {
        self.client_id = id.into();
        self
    }

    /// How brokers are reached. Default: TCP for addresses, a WebSocket for the URL of a bridge.
    pub fn transport(mut self, transport: impl Transport) -> Self {
        self.transport = Some(DynTransport::new(transport));
        self
    }

    /// Where the client's tasks run. Default: the current tokio runtime, or the browser's event
    /// loop.
    pub fn runtime(mut self, runtime: impl Runtime) -> Self {
        self.runtime = Some(DynRuntime::new(runtime));
        self
    }

    /// How long dialling a broker may take, handshake included. Default: 10 s.
    pub fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.connect_timeout = timeout;
        self
    }

    /// How long a broker may take to answer one request. Default: 30 s.
    pub fn request_timeout(mut self, timeout: Duration) -> Self {
        self.request_timeout = timeout;
        self
    }

    /// How long a call of the client may take with all its retries. Default: 60 s.
    pub fn call_timeout(mut self, timeout: Duration) -> Self {
        self.call_timeout = timeout;
        self
    }

    /// How long a connection may carry nothing before it is closed. Default: 9 minutes, just under
    /// the brokers' own limit.
    pub fn idle_timeout(mut self, timeout: Duration) -> Self {
        self.idle_timeout = timeout;
        self
    }

    /// How old what is known of a topic may grow before it is asked for again. Default: 5 minutes.
    pub fn metadata_max_age(mut self, age: Duration) -> Self {
        self.metadata_max_age = age;
        self
    }

    /// The largest response that is taken in, in bytes. Default: 128 MiB, on 32-bit targets 32 MiB.
    pub fn max_response_bytes(mut self, bytes: usize) -> Self {
        self.max_response_bytes = bytes;
        self
    }

    /// How long to wait after a failure: doubling from `min` to `max`, give or take a fifth
    /// (KIP-580). Default: 100 ms to 1 s.
    pub fn retry_backoff(mut self, min: Duration, max: Duration) -> Self {
        self.backoff = Backoff { min, max };
        self
    }

    /// Makes the client. It dials nobody yet.
    ///
    /// # Errors
    /// An address cannot be read, none is given, or there is no transport for it or no runtime here.
    pub fn build(self) -> Result<Client, Error> {
        let bridge = self.bootstrap.iter().find(|address| address.contains("://")).cloned();
        let (transport, bootstrap) = match (self.transport, bridge) {
            (Some(transport), None) if self.bootstrap.is_empty() => (transport, vec![anywhere("bootstrap")]),
            (Some(transport), None) => (transport, read_addresses(&self.bootstrap)?),
            (None, Some(url)) if self.bootstrap.len() == 1 => (platform::bridge(&url)?, vec![anywhere(&url)]),
            (_, Some(_)) => {
                return Err(Error::misuse("the URL of a bridge must be the only bootstrap address"));
            }
            (None, None) => (platform::direct()?, read_addresses(&self.bootstrap)?),
        };
        let runtime = match self.runtime {
            Some(runtime) => runtime,
            None => platform::runtime()?,
        };
        if self.backoff.min.is_zero() || self.backoff.min > self.backoff.max {
            return Err(Error::misuse(
                "the back-off must be more than 0, and its minimum no more than its maximum",
            ));
        }
        let connection = ConnectionConfig {
            transport,
            runtime,
            client_id: self.client_id,
            connect_timeout: self.connect_timeout,
            idle_timeout: self.idle_timeout,
            max_response_bytes: self.max_response_bytes,
        };
        let cluster = Cluster::new(ClusterConfig {
            bootstrap,
            connection,
            request_timeout: self.request_timeout,
            call_timeout: self.call_timeout,
            metadata_max_age: self.metadata_max_age,
            backoff: self.backoff,
        });
        Ok(Client { cluster })
    }
}

/// For a transport that knows by itself where the cluster is.
fn anywhere(called: &str) -> BrokerAddress {
    BrokerAddress { node_id: None, host: called.into(), port: ottla_transport::DEFAULT_PORT }
}

fn read_addresses(addresses: &[String]) -> Result<Vec<BrokerAddress>, Error> {
    if addresses.is_empty() {
        return Err(Error::misuse("no bootstrap address is given: name at least one broker"));
    }
    let read = |address: &String| {
        address.parse().map_err(|cause: ottla_transport::InvalidAddress| Error::misuse(cause.to_string()))
    };
    addresses.iter().map(read).collect()
}

impl fmt::Debug for ClientBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientBuilder").field("bootstrap", &self.bootstrap).finish_non_exhaustive()
    }
}
