use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
    time::Duration,
};

use ottla_transport::{BrokerAddress, Instant};

use crate::{
    protocol::{ErrorCode, Uuid, metadata},
    wire::Str,
};

/// A topic that nobody has asked for in so long is no longer kept up to date.
const FORGET_AFTER: Duration = Duration::from_secs(10 * 60);

/// What the cluster said of itself: its brokers, and the topics in use.
#[derive(Debug, Default)]
pub(crate) struct Metadata {
    pub(crate) brokers: BTreeMap<i32, Broker>,
    pub(crate) controller: Option<i32>,
    pub(crate) cluster_id: Option<Str>,
    topics: HashMap<Str, Known>,
}

#[derive(Debug)]
struct Known {
    topic: Option<Arc<TopicMetadata>>,
    last_used: Instant,
}

/// A broker of the cluster.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Broker {
    /// Its id.
    pub id: i32,
    /// The host it advertises.
    pub host: Str,
    /// The port it advertises.
    pub port: u16,
    /// The rack it says it stands in.
    pub rack: Option<Str>,
}

/// What the cluster said of a topic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TopicMetadata {
    pub(crate) name: Str,
    pub(crate) id: Uuid,
    pub(crate) internal: bool,
    pub(crate) error: ErrorCode,
    /// In order of their ids.
    pub(crate) partitions: Vec<Partition>,
    pub(crate) as_of: Instant,
}

/// A partition of a topic.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Partition {
    /// Its number within the topic.
    pub id: i32,
    /// The broker that leads it, or `None` while none does.
    pub leader: Option<i32>,
    /// How many leaders it has had (KIP-320), or -1 where the broker does not say.
    pub leader_epoch: i32,
    /// The brokers that keep a copy.
    pub replicas: Vec<i32>,
    /// Those of them that are up to date.
    pub isr: Vec<i32>,
}

impl Broker {
    pub(crate) fn address(&self) -> BrokerAddress {
        BrokerAddress::broker(self.id, &*self.host, self.port)
    }

    fn read(broker: &metadata::Broker) -> Option<Self> {
        let port = u16::try_from(broker.port).ok()?;
        Some(Self { id: broker.node_id, host: broker.host.clone(), port, rack: broker.rack.clone() })
    }
}

impl TopicMetadata {
    pub(crate) fn read(topic: &metadata::Topic, as_of: Instant) -> Self {
        let mut partitions: Vec<_> = topic.partitions.iter().map(Partition::read).collect();
        crate::sorting::sort_by_key(&mut partitions, |partition| partition.id);
        Self {
            name: topic.name.clone().unwrap_or_else(|| "".into()),
            id: topic.topic_id,
            internal: topic.is_internal,
            error: topic.error_code,
            partitions,
            as_of,
        }
    }

    pub(crate) fn partition(&self, id: i32) -> Option<&Partition> {
        let at = self.partitions.binary_search_by_key(&id, |partition| partition.id).ok()?;
        self.partitions.get(at)
    }
}

impl Partition {
    fn read(partition: &metadata::Partition) -> Self {
        Self {
            id: partition.partition_index,
            leader: Some(partition.leader_id).filter(|leader| *leader >= 0),
            leader_epoch: partition.leader_epoch,
            replicas: partition.replica_nodes.clone(),
            isr: partition.isr_nodes.clone(),
        }
    }
}

impl Metadata {
    /// Takes in what a broker answered.
    pub(crate) fn install(&mut self, response: &metadata::Response, as_of: Instant) {
        // A broker that is just starting may name none: the old ones are better than nothing.
        if !response.brokers.is_empty() {
            self.brokers.clear();
            // One by one: collecting would sort first, by code of its own that a browser must load.
            for broker in response.brokers.iter().filter_map(Broker::read) {
                self.brokers.insert(broker.id, broker);
            }
        }
        self.controller = Some(response.controller_id).filter(|controller| *controller >= 0);
        self.cluster_id = response.cluster_id.clone();
        for topic in &response.topics {
            let topic = TopicMetadata::read(topic, as_of);
            if let Some(known) = self.topics.get_mut(&topic.name) {
                known.topic = Some(Arc::new(topic));
            }
        }
    }

    /// Marks a topic as in use, and gives what is known of it.
    pub(crate) fn topic(&mut self, name: &str, now: Instant) -> Option<Arc<TopicMetadata>> {
        if let Some(known) = self.topics.get_mut(name) {
            known.last_used = now;
            return known.topic.clone();
        }
        self.topics.insert(name.into(), Known { topic: None, last_used: now });
        None
    }

    /// The topics to ask for: those in use.
    pub(crate) fn in_use(&mut self, now: Instant) -> Vec<Str> {
        self.topics.retain(|_, known| now.since(known.last_used) < FORGET_AFTER);
        self.topics.keys().cloned().collect()
    }
}
