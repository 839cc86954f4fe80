use std::{fmt, sync::Arc};

use ottla_transport::{BoxFuture, MaybeSend, MaybeSync};

use super::{Commit, Shared};
use crate::{error::Error, group::TopicPartitions};

/// A change of what a member of a group reads.
pub struct Rebalance {
    kind: RebalanceKind,
    partitions: Vec<TopicPartitions>,
    shared: Arc<Shared>,
}

/// What kind of change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum RebalanceKind {
    /// Partitions are the member's from now on, besides those that it has.
    Assigned,
    /// Partitions must be given back. Nothing more of them is handed out, and what has been can be finished
    /// and committed until the callback returns: the group waits for it, up to the rebalance timeout.
    Revoked,
    /// Partitions have been taken away: another member may be reading them already. What has been handed
    /// out of them cannot be committed any more.
    Lost,
}

impl Rebalance {
    pub(super) fn new(kind: RebalanceKind, partitions: Vec<TopicPartitions>, shared: Arc<Shared>) -> Self {
        Self { kind, partitions, shared }
    }

    /// What kind of change it is.
    pub fn kind(&self) -> RebalanceKind {
        self.kind
    }

    /// The partitions.
    pub fn partitions(&self) -> &[TopicPartitions] {
        &self.partitions
    }

    /// As [`Reader::commit`](crate::Reader::commit), from within the callback.
    ///
    /// # Errors
    /// As [`Reader::commit`](crate::Reader::commit).
    ///
    /// # Cancel safety
    /// A dropped call may have been carried out.
    pub async fn commit<C: Into<Commit>>(&self, read: impl IntoIterator<Item = C>) -> Result<(), Error> {
        let marked = self.shared.mark(read);
        self.shared.commit_marked().await?;
        marked
    }
}

impl fmt::Debug for Rebalance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rebalance")
            .field("kind", &self.kind)
            .field("partitions", &self.partitions)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for dyn Listener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Listener")
    }
}

/// A closure that is told of rebalances; a trait, so that it is `Send` where it must be.
pub(super) trait Listener: MaybeSend + MaybeSync {
    fn hear(&self, rebalance: Rebalance) -> BoxFuture<'static, ()>;
}

impl<L, F> Listener for L
where
    L: Fn(Rebalance) -> F + MaybeSend + MaybeSync,
    F: Future<Output = ()> + MaybeSend + 'static,
{
    fn hear(&self, rebalance: Rebalance) -> BoxFuture<'static, ()> {
        Box::pin(self(rebalance))
    }
}
