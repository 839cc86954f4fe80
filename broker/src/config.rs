use crate::{ApiRanges, UnknownRelease};

/// What a [`Broker`](crate::Broker) is like. Start from the default and change what matters:
///
/// ```
/// use ottla_broker::BrokerConfig;
///
/// let config = BrokerConfig { nodes: 3, default_partitions: 6, ..BrokerConfig::default() };
/// ```
#[derive(Clone, Debug)]
pub struct BrokerConfig {
    /// Simulated nodes; their ids are 1, 2, … Node 1 is the controller. At least 1. Default: 1.
    pub nodes: u16,
    /// The cluster's id, as metadata tells it.
    pub cluster_id: String,
    /// The host that clients are told to reach the nodes at over TCP. Default: `None`, which is the
    /// address a node listens on, or `localhost` when that is every address of the machine.
    pub advertised_host: Option<String>,
    /// Create a topic when a client that allows it asks for one that is missing. Default: yes.
    pub auto_create_topics: bool,
    /// Partitions of a topic created without a number. Default: 1.
    pub default_partitions: i32,
    /// Replicas of a topic created without a number, at most `nodes`. Default: 1.
    pub default_replicas: i16,
    /// Bytes a partition keeps before its oldest batches go, when the topic's own
    /// `retention.bytes` does not say less. Default: 64 MiB.
    pub retention_bytes: usize,
    /// Bytes all partitions keep together: the oldest batches of the largest partition go first.
    /// Default: 256 MiB.
    pub total_bytes: usize,
    /// The largest batch, in bytes, unless the topic's `max.message.bytes` says otherwise.
    /// Default: 1 048 588, as Kafka's.
    pub max_message_bytes: usize,
    /// The largest request, in bytes; a longer one closes its connection. Default: 100 MiB, as
    /// Kafka's.
    pub max_request_bytes: usize,
    /// The largest fetch response, in bytes of records, whatever the client asks for (its first
    /// batch excepted). Default: 55 MiB, as Kafka's.
    pub max_fetch_bytes: usize,
    /// The racks that the nodes stand in, in the order of their ids; those left out stand in none. Clients
    /// that say where they stand are sent to the nearest replica (KIP-392). Default: none.
    pub racks: Vec<String>,
    /// Fetch sessions a node holds (KIP-227); 0 opens none. Default: 1000, as Kafka's.
    pub max_fetch_sessions: usize,
    /// Partitions all topics may have together. Default: 10 000.
    pub max_partitions: usize,
    /// Connections at a time; more are closed as they come. Default: 1000.
    pub max_connections: usize,
    /// The APIs it offers, each with its versions. Default: all it knows.
    pub apis: ApiRanges,
}

impl Default for BrokerConfig {
    fn default() -> Self {
        Self {
            nodes: 1,
            cluster_id: "ottla-in-memory-broker".to_owned(),
            advertised_host: None,
            auto_create_topics: true,
            default_partitions: 1,
            default_replicas: 1,
            retention_bytes: 64 << 20,
            total_bytes: 256 << 20,
            max_message_bytes: 1_048_588,
            max_request_bytes: 100 << 20,
            max_fetch_bytes: 55 << 20,
            racks: Vec::new(),
            max_fetch_sessions: 1000,
            max_partitions: 10_000,
            max_connections: 1000,
            apis: ApiRanges::default(),
        }
    }
}

impl BrokerConfig {
    /// The rack that a node stands in.
    pub(crate) fn rack_of(&self, node: i32) -> Option<&str> {
        let at = usize::try_from(node).ok()?.checked_sub(1)?;
        self.racks.get(at).map(String::as_str).filter(|rack| !rack.is_empty())
    }

    /// Pretends to be a release of Kafka, `"0.10.1"` say, by offering what it offered.
    ///
    /// # Errors
    /// Not a release from 0.10.0 on.
    pub fn emulate(mut self, release: &str) -> Result<Self, UnknownRelease> {
        self.apis = ApiRanges::of(release)?;
        Ok(self)
    }
}
