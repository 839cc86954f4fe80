//! What the accumulator lacks: leaders, and an identity.

use std::sync::Arc;

use super::{
    accumulator::{Accumulator, Key},
    partition::PartitionQueue,
};

impl Accumulator {
    /// The brokers that lead partitions.
    pub(super) fn leaders(&self) -> Vec<i32> {
        let mut leaders = Vec::new();
        for leader in self.topics.iter().flat_map(|topic| &topic.partitions).filter_map(|it| it.leader) {
            if !leaders.contains(&leader) {
                leaders.push(leader);
            }
        }
        leaders
    }

    /// The topics whose leaders are to be asked for.
    pub(super) fn stale_topics(&self) -> Vec<Arc<str>> {
        let mut stale: Vec<_> =
            self.topics.iter().filter(|topic| topic.stale).map(|topic| topic.name.clone()).collect();
        for key in &self.active {
            let Some(topic) = self.topics.get(key.topic) else { continue };
            let leaderless = topic.partitions.get(key.partition).is_some_and(|it| it.leader.is_none());
            if leaderless && !stale.contains(&topic.name) {
                stale.push(topic.name.clone());
            }
        }
        stale
    }

    /// Has every topic asked about again.
    pub(super) fn doubt_all_topics(&mut self) {
        self.topics.iter_mut().for_each(|topic| topic.stale = true);
    }

    /// Whether a leader or an identity is missing.
    pub(super) fn has_chores(&self) -> bool {
        self.needs_identity() || !self.stale_topics().is_empty()
    }

    /// Whether a partition with work waits for an identity.
    pub(super) fn needs_identity(&self) -> bool {
        self.idempotent && self.active.iter().any(|key| self.waits_for_identity(*key))
    }

    fn waits_for_identity(&self, key: Key) -> bool {
        let partition = self.topics.get(key.topic).and_then(|topic| topic.partitions.get(key.partition));
        partition.is_some_and(PartitionQueue::needs_identity)
    }
}
