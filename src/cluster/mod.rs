//! The brokers of one cluster: who leads what, and a connection to each.

mod backoff;
mod call;
mod coordinator;
mod inquiry;
mod metadata;
mod offsets;
mod pool;
mod produce;

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use ottla_transport::{BoxFuture, BrokerAddress, DynRuntime, Instant, Runtime};
use parking_lot::Mutex;

pub use self::metadata::{Broker, Partition};
pub(crate) use self::{
    backoff::{Backoff, random},
    call::Route,
    inquiry::inquiry,
    metadata::{Metadata, TopicMetadata},
    offsets::{OffsetFound, OffsetQuery, offsets_from},
    pool::Purpose,
    produce::produce_bytes,
};
use self::{inquiry::complete, pool::Pool};
use crate::{
    connection::{Connection, ConnectionConfig},
    error::{Error, ErrorKind, Retry},
    protocol::{ErrorCode, metadata as api},
    tasks::Tasks,
    trace,
    wire::Str,
};

/// A cluster that was never reached is given up on after so many tries.
const FIRST_CONTACT_ATTEMPTS: u32 = 3;

/// How to reach a cluster, and how patient to be with it.
#[derive(Clone, Debug)]
pub(crate) struct ClusterConfig {
    pub(crate) bootstrap: Vec<BrokerAddress>,
    pub(crate) connection: ConnectionConfig,
    /// For one request and its answer.
    pub(crate) request_timeout: Duration,
    /// For a call with all its retries.
    pub(crate) call_timeout: Duration,
    /// What is known of a topic is asked for again when it is older.
    pub(crate) metadata_max_age: Duration,
    pub(crate) backoff: Backoff,
}

/// A cluster: shared by everything that talks to it.
pub(crate) struct Cluster {
    pub(crate) config: ClusterConfig,
    pub(crate) runtime: DynRuntime,
    metadata: Mutex<Metadata>,
    /// Held by the one who asks for metadata: others who want it wait, and look at the answer.
    asking: futures::lock::Mutex<()>,
    pool: Pool,
    tasks: Tasks,
    /// Who coordinates which group, as last heard.
    coordinators: Mutex<Vec<(Str, i32)>>,
    next_reader: AtomicU64,
}

impl Cluster {
    pub(crate) fn new(config: ClusterConfig) -> Arc<Self> {
        Arc::new(Self {
            runtime: config.connection.runtime.clone(),
            metadata: Mutex::default(),
            asking: futures::lock::Mutex::new(()),
            pool: Pool::new(config.connection.clone(), config.backoff),
            tasks: Tasks::default(),
            coordinators: Mutex::default(),
            next_reader: AtomicU64::new(0),
            config,
        })
    }

    pub(crate) fn metadata<T>(&self, look: impl FnOnce(&Metadata) -> T) -> T {
        look(&self.metadata.lock())
    }

    /// Whether no broker has ever answered: then the address is more likely wrong than the network.
    pub(crate) fn never_reached(&self) -> bool {
        self.metadata(|metadata| metadata.brokers.is_empty())
    }

    /// Whether no broker has ever answered in so many tries.
    pub(crate) fn is_out_of_reach(&self, failures: u32) -> bool {
        failures >= FIRST_CONTACT_ATTEMPTS && self.never_reached()
    }

    /// What is known of a topic, however old, and without asking.
    pub(crate) fn known_topic(&self, name: &str) -> Option<Arc<TopicMetadata>> {
        self.metadata.lock().topic(name, self.runtime.now())
    }

    /// What is known of a topic, or else what a broker says. Something too old is given as it is,
    /// and asked for anew in the background.
    pub(crate) async fn topic(
        self: &Arc<Self>,
        name: &str,
        create: bool,
    ) -> Result<Arc<TopicMetadata>, Error> {
        let now = self.runtime.now();
        match self.known_topic(name) {
            Some(topic) if topic.error == ErrorCode::NONE => {
                if now.since(topic.as_of) > self.config.metadata_max_age {
                    let (cluster, name) = (Arc::clone(self), Str::from(name));
                    self.tasks.spawn(&self.runtime, async move {
                        let _ = cluster.refresh(&name, now, false).await;
                    });
                }
                Ok(topic)
            }
            _ => self.refresh(name, now, create).await,
        }
    }

    /// What a broker says of a topic now. An answer to somebody else that is not older than `since`
    /// will do. A topic with an error is an answer, not a failure of this call.
    ///
    /// # Cancel safety
    /// Safe.
    pub(crate) fn refresh<'a>(
        &'a self,
        name: &'a str,
        since: Instant,
        create: bool,
    ) -> BoxFuture<'a, Result<Arc<TopicMetadata>, Error>> {
        Box::pin(async move {
            let _asking = self.asking.lock().await;
            match self.known_topic(name) {
                Some(topic) if topic.as_of >= since && !(create && topic.error != ErrorCode::NONE) => {
                    Ok(topic)
                }
                _ => {
                    let names = self.metadata.lock().in_use(self.runtime.now());
                    self.ask(Some(&names), create).await?;
                    self.known_topic(name).ok_or_else(|| {
                        Error::new(ErrorKind::Malformed, "the broker left out the topic it was asked for")
                            .about(name, None)
                            .or_retry(Retry::After)
                    })
                }
            }
        })
    }

    /// Asks any broker about topics (all of them: `None`) and keeps what it says.
    pub(crate) fn ask<'a>(
        &'a self,
        topics: Option<&'a [Str]>,
        create: bool,
    ) -> BoxFuture<'a, Result<api::Response, Error>> {
        Box::pin(async move {
            let connection = self.any_connection().await?;
            let version = connection.versions().choose::<api::Request>()?;
            let request = inquiry(version, topics, create);
            let asked_at = self.runtime.now();
            let mut response = connection.call_at(version, &request, self.config.request_timeout).await?;
            complete(&mut response, topics.unwrap_or_default());
            self.metadata.lock().install(&response, asked_at);
            trace!(debug, brokers = response.brokers.len(), topics = response.topics.len(), "metadata");
            Ok(response)
        })
    }

    /// A connection to a broker by its id.
    pub(crate) fn connection<'a>(
        &'a self,
        node: i32,
        purpose: Purpose,
    ) -> BoxFuture<'a, Result<Arc<Connection>, Error>> {
        Box::pin(async move {
            let address =
                self.metadata(|metadata| metadata.brokers.get(&node).map(metadata::Broker::address));
            let address = address.ok_or_else(|| {
                Error::new(ErrorKind::Io, format!("broker {node} is not (or no longer) part of the cluster"))
                    .or_retry(Retry::RefreshMetadata)
                    .not_sent()
            })?;
            self.pool.get(&address, purpose).await
        })
    }

    /// What the connections of one more Reader are for.
    pub(crate) fn new_reader(&self) -> Purpose {
        Purpose::Fetch(self.next_reader.fetch_add(1, Ordering::Relaxed))
    }

    /// What the connection of one more membership is for.
    pub(crate) fn new_member(&self) -> Purpose {
        Purpose::Group(self.next_reader.fetch_add(1, Ordering::Relaxed))
    }

    /// Gives up the connections for a purpose that is over.
    pub(crate) fn release(&self, purpose: Purpose) {
        self.pool.release(purpose);
    }

    /// A connection to whichever broker can be reached: one that is up, else a known broker, else a
    /// bootstrap address.
    pub(crate) fn any_connection<'a>(&'a self) -> BoxFuture<'a, Result<Arc<Connection>, Error>> {
        Box::pin(async move {
            if let Some(connection) = self.pool.any() {
                return Ok(connection);
            }
            let known: Vec<_> =
                self.metadata(|metadata| metadata.brokers.values().map(Broker::address).collect());
            let mut failure = None;
            for addresses in [&known, &self.config.bootstrap] {
                let first = random() as usize % addresses.len().max(1);
                for address in addresses.iter().cycle().skip(first).take(addresses.len()) {
                    match self.pool.get(address, Purpose::General).await {
                        Ok(connection) => return Ok(connection),
                        Err(error) if error.kind() == ErrorKind::Closed => return Err(error),
                        Err(error) => failure = Some(error),
                    }
                }
            }
            let failure = failure.unwrap_or_else(|| Error::misuse("there is no bootstrap address to dial"));
            match self.config.bootstrap.len() + known.len() {
                1 => Err(failure),
                tried => Err(Error::new(failure.kind(), format!("none of {tried} brokers can be reached"))
                    .or_retry(failure.retry())
                    .not_sent()
                    .caused_by(failure)),
            }
        })
    }

    /// Waits, but no longer than until `deadline`. Whether there is time left.
    pub(crate) async fn pause(&self, wait: Duration, deadline: Instant) -> bool {
        let left = deadline.since(self.runtime.now());
        if wait >= left {
            return false;
        }
        self.runtime.sleep(wait).await;
        true
    }

    /// Closes every connection: whatever uses the cluster fails from then on.
    pub(crate) async fn close(&self) {
        self.tasks.stop().await;
        self.pool.close().await;
    }
}

impl fmt::Debug for Cluster {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cluster").field("bootstrap", &self.config.bootstrap).finish_non_exhaustive()
    }
}
