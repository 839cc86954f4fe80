use std::sync::Arc;

use super::{
    balancer::{Balancer, Partitions},
    partition::PartitionQueue,
};
use crate::{cluster::TopicMetadata, error::Error, record::Record};

/// One topic of a Writer: its partitions, and who chooses among them.
#[derive(Debug)]
pub(super) struct TopicQueue {
    pub(super) name: Arc<str>,
    pub(super) balancer: Box<dyn Balancer>,
    pub(super) partitions: Vec<PartitionQueue>,
    ids: Vec<i32>,
    available: Vec<i32>,
    /// A leader is missing or was the wrong one: metadata is to be asked for anew.
    pub(super) stale: bool,
}

impl TopicQueue {
    pub(super) fn new(name: Arc<str>, balancer: Box<dyn Balancer>) -> Self {
        Self { name, balancer, partitions: Vec::new(), ids: Vec::new(), available: Vec::new(), stale: false }
    }

    /// Takes in what the cluster says of it.
    pub(super) fn learn(&mut self, topic: &TopicMetadata) {
        self.stale = false;
        for known in &topic.partitions {
            // Kafka numbers partitions without gaps: a new one comes after those known, whose places
            // therefore stay theirs.
            if self.ids.last().is_none_or(|last| *last < known.id) {
                self.ids.push(known.id);
                self.partitions.push(PartitionQueue::new(known.id));
            }
            let at = self.ids.binary_search(&known.id);
            if let Some(partition) = at.ok().and_then(|at| self.partitions.get_mut(at)) {
                partition.leader = known.leader;
            }
        }
        let led = self.partitions.iter().filter(|partition| partition.leader.is_some());
        self.available = led.map(|partition| partition.id).collect();
    }

    /// The place of the partition that a record goes to.
    pub(super) fn choose(&mut self, record: &Record<'_>) -> Result<usize, Error> {
        let partitions = Partitions { all: &self.ids, available: &self.available };
        let id = match record.partition {
            Some(id) => id,
            None if self.ids.is_empty() => -1,
            None => self.balancer.balance(record, &partitions),
        };
        self.ids.binary_search(&id).map_err(|_| {
            let count = self.ids.len();
            let what = match record.partition {
                Some(_) => format!("there is no such partition: the topic has {count}"),
                None => format!("the balancer chose a partition that does not exist: the topic has {count}"),
            };
            Error::misuse(what).about(self.name.clone(), Some(id))
        })
    }
}
