use ottla::protocol::ErrorCode;

use crate::{notice::Notice, partition::Partition, producers::Producers, state::State};
use std::sync::Arc;

/// Nobody leads.
pub(crate) const NOBODY: i32 = -1;

impl State {
    /// Lets another replica lead, and wakes those who wait at the old leader.
    ///
    /// # Errors
    /// There is no such partition, the node has no replica of it, or is down.
    pub(crate) fn move_leader(&mut self, topic: &str, index: i32, node: i32) -> Result<(), ErrorCode> {
        self.elect(topic, index, node, |_| ())
    }

    /// Elects the leader once more.
    ///
    /// # Errors
    /// There is no such partition.
    pub(crate) fn bump_leader_epoch(&mut self, topic: &str, index: i32) -> Result<(), ErrorCode> {
        let leader = self.existing(topic, index)?.leader;
        self.elect(topic, index, leader, |_| ())
    }

    /// Lets a replica lead whose log ends earlier, and gives its end.
    ///
    /// # Errors
    /// As [`State::move_leader`].
    pub(crate) fn elect_unclean(
        &mut self,
        topic: &str,
        index: i32,
        node: i32,
        end: i64,
    ) -> Result<i64, ErrorCode> {
        let cost = self.existing(topic, index)?.log.cost();
        let end = self.elect(topic, index, node, |partition| partition.truncate(end))?;
        let left = self.existing(topic, index)?.log.cost();
        self.give_back(cost - left);
        Ok(end)
    }

    /// Lets a follower lag behind, or (`None`) catch up.
    ///
    /// # Errors
    /// There is no such partition, or the node does not follow in it.
    pub(crate) fn lag(
        &mut self,
        topic: &str,
        index: i32,
        node: i32,
        end: Option<i64>,
    ) -> Result<(), ErrorCode> {
        let partition = self.partition_mut(topic, index).ok_or(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION)?;
        if partition.leader == node || !partition.replicas.contains(&node) {
            return Err(ErrorCode::REPLICA_NOT_AVAILABLE);
        }
        partition.lag(node, end);
        let mut woken = Vec::new();
        partition.watchers.take_into(&mut woken);
        self.wake_later(woken);
        Ok(())
    }

    /// What a partition knows of its producers.
    ///
    /// # Errors
    /// There is no such partition.
    pub(crate) fn producers(&mut self, topic: &str, index: i32) -> Result<&mut Producers, ErrorCode> {
        let partition = self.partition_mut(topic, index);
        partition.map(|it| &mut it.producers).ok_or(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION)
    }

    /// Lets other replicas lead what a dead node led.
    pub(crate) fn elect_instead_of(&mut self, node: i32) {
        let alive: Vec<i32> = self.nodes().filter(|node| self.is_alive(*node)).collect();
        self.for_each_partition(|partition, woken| {
            if partition.leader == node {
                let next = partition.replicas.iter().find(|replica| alive.contains(replica));
                partition.lead(next.copied().unwrap_or(NOBODY));
                partition.watchers.take_into(woken);
            }
        });
    }

    /// Lets a node lead what nobody leads.
    pub(crate) fn elect_where_none_leads(&mut self, node: i32) {
        self.for_each_partition(|partition, _| {
            if partition.leader == NOBODY && partition.replicas.contains(&node) {
                partition.lead(node);
            }
        });
    }

    fn elect<T>(
        &mut self,
        topic: &str,
        index: i32,
        node: i32,
        before: impl FnOnce(&mut Partition) -> T,
    ) -> Result<T, ErrorCode> {
        let alive = self.is_alive(node);
        let mut woken: Vec<Arc<Notice>> = Vec::new();
        let partition = self.partition_mut(topic, index).ok_or(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION)?;
        if !partition.replicas.contains(&node) || !alive {
            return Err(ErrorCode::REPLICA_NOT_AVAILABLE);
        }
        let done = before(partition);
        partition.lead(node);
        partition.watchers.take_into(&mut woken);
        self.wake_later(woken);
        Ok(done)
    }

    fn existing(&self, topic: &str, index: i32) -> Result<&Partition, ErrorCode> {
        self.partition(topic, index).ok_or(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION)
    }
}
