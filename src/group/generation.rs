use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use event_listener::Event;
use ottla_transport::MaybeSend;

use super::{CommittedOffset, Member};
use crate::{cluster::Cluster, error::Error, tasks::Tasks};

/// One generation of a [`ConsumerGroup`](crate::ConsumerGroup), as one of its members sees it: what it is
/// to read until the group rebalances.
///
/// Dropping it gives nothing back: its tasks go on until the generation ends.
pub struct Generation {
    /// Its number. It grows with every rebalance.
    pub id: i32,
    /// The member's id.
    pub member_id: Arc<str>,
    /// What the member is to read. Empty if there are more members than partitions.
    pub partitions: Vec<PartitionAssignment>,
    pub(super) life: Arc<Life>,
    pub(super) member: Arc<Member>,
    pub(super) cluster: Arc<Cluster>,
}

/// A partition that a member is to read, and where from.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct PartitionAssignment {
    /// The topic.
    pub topic: Arc<str>,
    /// The partition.
    pub partition: i32,
    /// How far the group has come: the offset of the next record to be read. `None` if nothing was
    /// committed yet.
    pub committed: Option<CommittedOffset>,
}

/// How long a generation lasts.
#[derive(Debug, Default)]
pub(super) struct Life {
    over: AtomicBool,
    ended: Event,
    tasks: Tasks,
}

impl Life {
    /// Ends the generation, and waits until all that was started in it has ended. If the group does not
    /// wait that long, what still runs is aborted.
    pub(super) async fn end(&self) {
        self.over.store(true, Ordering::Release);
        self.ended.notify(usize::MAX);
        let late = AbortOnDrop(&self.tasks);
        self.tasks.ended().await;
        std::mem::forget(late);
    }

    pub(super) fn is_over(&self) -> bool {
        self.over.load(Ordering::Acquire)
    }
}

struct AbortOnDrop<'a>(&'a Tasks);

impl Drop for AbortOnDrop<'_> {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Generation {
    /// Runs a task for as long as the generation lasts. When it ends, the task is to end soon: the group
    /// waits for it, up to its rebalance timeout. A task that is started later finds the generation over.
    pub fn start<F: Future<Output = ()> + MaybeSend + 'static>(&self, task: impl FnOnce(GenerationEnd) -> F) {
        let task = task(self.end());
        self.life.tasks.spawn(&self.cluster.runtime, task);
    }

    /// Tells when the generation ends.
    pub fn end(&self) -> GenerationEnd {
        GenerationEnd(Arc::clone(&self.life))
    }

    /// Remembers how far the group has come. The offset of a record that has been read is its own plus
    /// one.
    ///
    /// # Errors
    /// The generation is over, or the coordinator refuses or cannot be reached.
    ///
    /// # Cancel safety
    /// A dropped call may have been carried out.
    pub async fn commit_offsets(&self, offsets: &[CommittedOffset]) -> Result<(), Error> {
        let life = &self.life;
        let ours = |offset: &&CommittedOffset| {
            self.partitions.iter().any(|it| it.partition == offset.partition && it.topic == offset.topic)
        };
        if let Some(foreign) = offsets.iter().find(|offset| !ours(offset)) {
            let error = Error::misuse("the partition is none of this generation's");
            return Err(error.about(foreign.topic.clone(), Some(foreign.partition)));
        }
        self.member.commit(offsets, || !life.is_over()).await
    }
}

impl fmt::Debug for Generation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Generation")
            .field("id", &self.id)
            .field("partitions", &self.partitions)
            .finish_non_exhaustive()
    }
}

/// When a [`Generation`] ends.
#[derive(Clone, Debug)]
pub struct GenerationEnd(Arc<Life>);

impl GenerationEnd {
    /// Whether it has ended.
    pub fn is_over(&self) -> bool {
        self.0.is_over()
    }

    /// Waits until it ends.
    ///
    /// # Cancel safety
    /// Safe.
    pub async fn wait(&self) {
        while !self.is_over() {
            let ended = self.0.ended.listen();
            if !self.is_over() {
                ended.await;
            }
        }
    }
}
