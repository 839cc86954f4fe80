use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use ottla::{protocol::Uuid, wire::Str};

use crate::{
    BrokerConfig,
    ids::Ids,
    log::Batch,
    nodes::Outages,
    notice::Notice,
    partition::Partition,
    sessions::{Asked, Sessions},
    topics::Topic,
};

/// The cluster: what all nodes know, for they are one process. It does no input or output and
/// knows no time but what it is told.
pub(crate) struct State {
    pub(crate) config: Arc<BrokerConfig>,
    pub(crate) ids: Ids,
    topics: BTreeMap<Str, Topic>,
    names: HashMap<Uuid, Str>,
    /// Memory that all logs take together, in bytes.
    cost: usize,
    pub(crate) outages: Outages,
    /// The fetch sessions of each node.
    sessions: BTreeMap<i32, Sessions>,
    woken: Vec<Arc<Notice>>,
}

impl State {
    pub(crate) fn new(config: Arc<BrokerConfig>, now_ms: i64) -> Self {
        Self {
            config,
            ids: Ids::new(now_ms),
            topics: BTreeMap::new(),
            names: HashMap::new(),
            cost: 0,
            outages: Outages::default(),
            sessions: BTreeMap::new(),
            woken: Vec::new(),
        }
    }

    /// The nodes' ids.
    pub(crate) fn nodes(&self) -> std::ops::RangeInclusive<i32> {
        1..=i32::from(self.config.nodes.max(1))
    }

    /// The fetch sessions of a node.
    pub(crate) fn sessions(&mut self, node: i32) -> &mut Sessions {
        self.sessions.entry(node).or_default()
    }

    /// What a fetch session is about.
    pub(crate) fn in_session(&self, node: i32, id: i32) -> impl Iterator<Item = &Asked> {
        self.sessions.get(&node).into_iter().flat_map(move |sessions| sessions.of(id))
    }

    /// Every topic, by name.
    pub(crate) fn topics(&self) -> impl Iterator<Item = &Topic> {
        self.topics.values()
    }

    pub(crate) fn topic(&self, name: &str) -> Option<&Topic> {
        self.topics.get(name)
    }

    /// The name of the topic with this id.
    pub(crate) fn name_of(&self, id: Uuid) -> Option<Str> {
        self.names.get(&id).cloned()
    }

    pub(crate) fn partition(&self, topic: &str, index: i32) -> Option<&Partition> {
        self.topic(topic)?.partitions.get(usize::try_from(index).ok()?)
    }

    pub(crate) fn partition_mut(&mut self, topic: &str, index: i32) -> Option<&mut Partition> {
        self.topics.get_mut(topic)?.partitions.get_mut(usize::try_from(index).ok()?)
    }

    /// Partitions of all topics.
    pub(crate) fn partitions(&self) -> usize {
        self.topics().map(|topic| topic.partitions.len()).sum()
    }

    pub(crate) fn add(&mut self, topic: Topic) {
        self.names.insert(topic.id, Arc::clone(&topic.name));
        self.topics.insert(Arc::clone(&topic.name), topic);
    }

    pub(crate) fn topic_mut(&mut self, name: &str) -> Option<&mut Topic> {
        self.topics.get_mut(name)
    }

    /// Removes a topic, and wakes those who wait for its records: they have none to wait for.
    pub(crate) fn remove(&mut self, name: &str) -> Option<Topic> {
        let mut topic = self.topics.remove(name)?;
        self.names.remove(&topic.id);
        for partition in &mut topic.partitions {
            self.cost -= partition.log.cost();
            partition.watchers.take_into(&mut self.woken);
        }
        Some(topic)
    }

    /// Does something with every partition, which may wake those who wait for it.
    pub(crate) fn for_each_partition(&mut self, mut work: impl FnMut(&mut Partition, &mut Vec<Arc<Notice>>)) {
        let Self { topics, woken, .. } = self;
        let partitions = topics.values_mut().flat_map(|topic| &mut topic.partitions);
        partitions.for_each(|partition| work(partition, woken));
    }

    /// Wakes them when the lock is let go.
    pub(crate) fn wake_later(&mut self, waiting: Vec<Arc<Notice>>) {
        self.woken.extend(waiting);
    }

    /// Memory of a log that was freed.
    pub(crate) fn give_back(&mut self, cost: usize) {
        self.cost -= cost;
    }

    /// Adds a batch to a partition's log, wakes those who wait for it, and keeps the memory bounded.
    pub(crate) fn append(&mut self, topic: &str, index: i32, batch: Batch) {
        let default_retention = self.config.retention_bytes;
        let Some(topic) = self.topics.get_mut(topic) else { return };
        let limit = topic.config.retention_bytes.unwrap_or(usize::MAX).min(default_retention);
        let Some(partition) = usize::try_from(index).ok().and_then(|at| topic.partitions.get_mut(at)) else {
            return;
        };
        self.cost -= partition.log.cost();
        partition.log.append(batch);
        partition.log.shrink(limit, 1);
        self.cost += partition.log.cost();
        partition.watchers.take_into(&mut self.woken);
        if self.cost > self.config.total_bytes {
            self.shrink_all();
        }
    }

    /// Takes the oldest batches from the largest partitions until a sixteenth of the room is free:
    /// not at every append then, since this looks at every partition.
    fn shrink_all(&mut self) {
        let target = self.config.total_bytes - self.config.total_bytes / 16;
        while self.cost > target {
            let logs = self.topics.values_mut().flat_map(|topic| &mut topic.partitions);
            let Some(largest) = logs.max_by_key(|partition| partition.log.cost()) else { return };
            let before = largest.log.cost();
            largest.log.shrink(before.saturating_sub((self.cost - target).min(before / 2 + 1)), 0);
            let freed = before - largest.log.cost();
            if freed == 0 {
                return;
            }
            self.cost -= freed;
        }
    }

    /// Those who waited for what has changed.
    pub(crate) fn take_woken(&mut self) -> Vec<Arc<Notice>> {
        std::mem::take(&mut self.woken)
    }
}
