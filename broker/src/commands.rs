//! What a test does to the cluster: leaders, nodes, producers, topics. [`faults`](crate::faults) does the
//! same in the middle of a request.

use ottla::protocol::ErrorCode;

use crate::{Broker, faults::Faults, state::State};

impl Broker {
    /// What goes wrong with requests.
    pub fn faults(&self) -> Faults {
        self.core().faults.clone()
    }

    /// Lets another replica lead a partition, as after a node's failure: its leader epoch counts on.
    ///
    /// # Errors
    /// There is no such partition, the node has no replica of it, or is down.
    pub fn move_leader(&self, topic: &str, partition: i32, node_id: i32) -> Result<(), ErrorCode> {
        self.change(|state| state.move_leader(topic, partition, node_id))
    }

    /// Lets the leader of a partition be elected once more: its leader epoch counts on, and clients that
    /// know the old one are fenced (KIP-320).
    ///
    /// # Errors
    /// There is no such partition.
    pub fn bump_leader_epoch(&self, topic: &str, partition: i32) -> Result<(), ErrorCode> {
        self.change(|state| state.bump_leader_epoch(topic, partition))
    }

    /// Lets a replica lead that lags behind: the log is lost from `end` on (from the start of the batch
    /// that holds it), as in an unclean election. Gives the offset that the log ends at now.
    ///
    /// # Errors
    /// As [`Broker::move_leader`].
    pub fn elect_unclean(
        &self,
        topic: &str,
        partition: i32,
        node_id: i32,
        end: i64,
    ) -> Result<i64, ErrorCode> {
        self.change(|state| state.elect_unclean(topic, partition, node_id, end))
    }

    /// Lets a follower have a partition's log up to an offset only, as one that cannot keep up; `None` lets
    /// it catch up. It serves fetches up to there (KIP-392).
    ///
    /// # Errors
    /// There is no such partition, or the node does not follow in it.
    pub fn lag_replica(
        &self,
        topic: &str,
        partition: i32,
        node_id: i32,
        end: Option<i64>,
    ) -> Result<(), ErrorCode> {
        self.change(|state| state.lag(topic, partition, node_id, end))
    }

    /// Forgets every fetch session of a node, as after many others have come (KIP-227).
    pub fn evict_fetch_sessions(&self, node_id: i32) {
        self.change(|state| state.sessions(node_id).evict_all());
    }

    /// How many fetch sessions a node holds.
    pub fn fetch_sessions(&self, node_id: i32) -> usize {
        self.change(|state| state.sessions(node_id).count())
    }

    /// Forgets the producers of a partition, as Kafka does when all that they wrote has expired: before
    /// 2.5 their next batch meets `UNKNOWN_PRODUCER_ID`, and later it is taken whatever its sequence
    /// (KIP-360).
    ///
    /// # Errors
    /// There is no such partition.
    pub fn forget_producers(&self, topic: &str, partition: i32) -> Result<(), ErrorCode> {
        self.change(|state| state.producers(topic, partition).map(|producers| producers.forget_all()))
    }

    /// Counts the epochs of the producers of a partition on: their next batch meets
    /// `INVALID_PRODUCER_EPOCH`.
    ///
    /// # Errors
    /// There is no such partition.
    pub fn fence_producers(&self, topic: &str, partition: i32) -> Result<(), ErrorCode> {
        self.change(|state| state.producers(topic, partition).map(|producers| producers.fence_all()))
    }

    /// Deletes a topic.
    ///
    /// # Errors
    /// There is no such topic.
    pub fn delete_topic(&self, name: &str) -> Result<(), ErrorCode> {
        self.change(|state| state.delete(name))
    }

    /// Deletes a topic and creates it anew: as it was, without records, with another id.
    ///
    /// # Errors
    /// There is no such topic.
    pub fn recreate_topic(&self, name: &str) -> Result<(), ErrorCode> {
        self.change(|state| state.recreate(name))
    }

    /// Takes a node down: its connections are cut, new ones closed as they come, and the others lead
    /// what it led. Metadata names it no more. Partitions that it alone had are without a leader.
    pub fn stop_node(&self, node_id: i32) {
        self.change(|state| state.stop_node(node_id));
        drop(self.core().restart_connections(Some(node_id)));
    }

    /// Takes a node off the clients' network: as [`Broker::stop_node`], but nothing else is changed, as
    /// before the cluster notices.
    pub fn isolate_node(&self, node_id: i32) {
        self.change(|state| state.isolate_node(node_id));
        drop(self.core().restart_connections(Some(node_id)));
    }

    /// Lets a node be there again. It leads what nobody else could.
    pub fn start_node(&self, node_id: i32) {
        self.change(|state| state.start_node(node_id));
    }

    /// Cuts every connection to a node; new ones are served.
    pub fn disconnect_node(&self, node_id: i32) {
        drop(self.core().restart_connections(Some(node_id)));
    }

    fn change<T>(&self, work: impl FnOnce(&mut State) -> T) -> T {
        self.core().with(work)
    }
}
