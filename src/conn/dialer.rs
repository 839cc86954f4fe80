use std::{fmt, sync::Arc, time::Duration};

use ottla_transport::{BrokerAddress, DynRuntime, DynTransport, Instant, Runtime, Transport};

use super::{Address, Bound, Conn};
use crate::{
    connection::{Connection, ConnectionConfig},
    error::Error,
    platform,
    wire::Str,
};

/// Dials brokers: sets up [`Conn`]s.
///
/// TLS and SOCKS stack as transports: see [`Dialer::transport`].
///
/// ```no_run
/// use ottla::Dialer;
///
/// # async fn example() -> Result<(), ottla::Error> {
/// let dialer = Dialer::new().client_id("inspector").timeout(std::time::Duration::from_secs(3));
/// let conn = dialer.dial("localhost:9092").await?;
/// let controller = dialer.dial(&conn.controller().await?).await?;
/// # Ok(()) }
/// ```
#[derive(Clone)]
#[must_use]
pub struct Dialer {
    client_id: Arc<str>,
    transport: Option<DynTransport>,
    runtime: Option<DynRuntime>,
    timeout: Duration,
    idle_timeout: Duration,
    pub(super) request_timeout: Duration,
    pub(super) max_response_bytes: usize,
    pub(super) create_topics: bool,
}

impl Default for Dialer {
    fn default() -> Self {
        Self {
            client_id: "ottla".into(),
            transport: None,
            runtime: None,
            timeout: Duration::from_secs(10),
            idle_timeout: Duration::from_secs(9 * 60),
            request_timeout: Duration::from_secs(30),
            max_response_bytes: if cfg!(target_pointer_width = "32") { 32 << 20 } else { 128 << 20 },
            create_topics: false,
        }
    }
}

/// A dialer that is all set, and until when it may take.
pub(super) struct Dialling {
    pub(super) dialer: Dialer,
    pub(super) runtime: DynRuntime,
    pub(super) until: Instant,
    transport: DynTransport,
}

impl Dialer {
    /// A dialer with default settings.
    pub fn new() -> Self {
        Self::default()
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

    /// Where the connections' tasks run. Default: the current tokio runtime, or the browser's event
    /// loop.
    pub fn runtime(mut self, runtime: impl Runtime) -> Self {
        self.runtime = Some(DynRuntime::new(runtime));
        self
    }

    /// How long dialling or looking up may take in all: every connection, its handshake, and waiting
    /// for a leader to be elected or a topic to be created. Default: 10 s.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// How long a broker may take to answer one request before the connection counts as broken,
    /// beside what a read lets it wait for records. Default: 30 s.
    pub fn request_timeout(mut self, timeout: Duration) -> Self {
        self.request_timeout = timeout;
        self
    }

    /// How long a connection may carry nothing before it is closed. Default: 9 minutes, just under
    /// the brokers' own limit.
    pub fn idle_timeout(mut self, timeout: Duration) -> Self {
        self.idle_timeout = timeout;
        self
    }

    /// The largest response that is taken in, in bytes. Default: 128 MiB, on 32-bit targets 32 MiB.
    pub fn max_response_bytes(mut self, bytes: usize) -> Self {
        self.max_response_bytes = bytes;
        self
    }

    /// Whether looking up a topic that does not exist creates it, if the brokers are set to
    /// (`auto.create.topics.enable`): with their default number of partitions. The lookup then waits
    /// for it. Default: no.
    pub fn create_topics(mut self, create: bool) -> Self {
        self.create_topics = create;
        self
    }

    /// Connects to a broker. The connection is bound to no partition: it can ask about the cluster
    /// and create and delete topics.
    ///
    /// # Errors
    /// The address cannot be read, there is no transport for it or no runtime here; nobody listens
    /// there, or somebody who is no Kafka broker; it takes longer than [`Dialer::timeout`].
    ///
    /// # Cancel safety
    /// Safe: dropping the future gives the attempt up.
    pub async fn dial(&self, address: impl Into<Address>) -> Result<Conn, Error> {
        let address = address.into();
        let dialling = self.start(&address)?;
        let connection = dialling.open(&address.resolve()?).await?;
        Ok(Conn::new(dialling.dialer, dialling.runtime, connection))
    }

    /// Connects to the broker that leads a partition, asking the broker at `address` who that is, and
    /// binds the connection to the partition.
    ///
    /// # Errors
    /// As [`Dialer::dial`] and [`Dialer::lookup_leader`].
    ///
    /// # Cancel safety
    /// Safe: dropping the future gives the attempt up. The topic may have been created.
    pub async fn dial_leader(
        &self,
        address: impl Into<Address>,
        topic: impl Into<Str>,
        partition: i32,
    ) -> Result<Conn, Error> {
        let (address, bound) = (address.into(), Bound::new(topic, partition)?);
        let dialling = self.start(&address)?;
        let dialled = address.resolve()?;
        let first = dialling.open(&dialled).await?;
        let leader = dialling.leader_by(&first, &bound).await?;
        let to = leader.address();
        let connection = if (&to.host, to.port) == (&dialled.host, dialled.port) {
            first
        } else {
            drop(first);
            dialling.open(&to).await?
        };
        let mut conn = Conn::new(dialling.dialer, dialling.runtime, connection);
        (conn.broker, conn.bound) = (Some(leader), Some(bound));
        Ok(conn)
    }

    /// Connects to a broker that is known to lead a partition, by [`Dialer::lookup_leader`] say, and
    /// binds the connection to the partition. Nothing is looked up: a wrong broker shows when the
    /// first read or write fails.
    ///
    /// # Errors
    /// As [`Dialer::dial`].
    ///
    /// # Cancel safety
    /// Safe: dropping the future gives the attempt up.
    pub async fn dial_partition(
        &self,
        address: impl Into<Address>,
        topic: impl Into<Str>,
        partition: i32,
    ) -> Result<Conn, Error> {
        let bound = Bound::new(topic, partition)?;
        let mut conn = self.dial(address).await?;
        conn.bound = Some(bound);
        Ok(conn)
    }

    /// Settles what was left open, and starts the clock.
    pub(super) fn start(&self, address: &Address) -> Result<Dialling, Error> {
        let transport = match (&self.transport, address.bridge()) {
            (Some(transport), _) => transport.clone(),
            (None, Some(url)) => platform::bridge(url)?,
            (None, None) => platform::direct()?,
        };
        let runtime = match &self.runtime {
            Some(runtime) => runtime.clone(),
            None => platform::runtime()?,
        };
        let mut dialer = self.clone();
        (dialer.transport, dialer.runtime) = (Some(transport.clone()), Some(runtime.clone()));
        Ok(Dialling { dialer, until: runtime.now() + self.timeout, runtime, transport })
    }
}

impl Dialling {
    /// Connects and shakes hands.
    pub(super) async fn open(&self, to: &BrokerAddress) -> Result<Connection, Error> {
        let config = ConnectionConfig {
            transport: self.transport.clone(),
            runtime: self.runtime.clone(),
            client_id: Arc::clone(&self.dialer.client_id),
            connect_timeout: self.left(),
            idle_timeout: self.dialer.idle_timeout,
            max_response_bytes: self.dialer.max_response_bytes,
        };
        Connection::open(&config, to).await
    }

    pub(super) fn left(&self) -> Duration {
        self.until.since(self.runtime.now())
    }
}

impl Bound {
    pub(super) fn new(topic: impl Into<Str>, partition: i32) -> Result<Self, Error> {
        let topic = topic.into();
        if topic.is_empty() {
            return Err(Error::misuse("the topic must not be empty"));
        }
        if partition < 0 {
            return Err(Error::misuse("a partition's number is 0 or more").about(topic, Some(partition)));
        }
        Ok(Self { topic, partition })
    }
}

impl fmt::Debug for Dialer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Dialer")
            .field("client_id", &self.client_id)
            .field("timeout", &self.timeout)
            .finish_non_exhaustive()
    }
}
