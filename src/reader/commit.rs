use std::{sync::Arc, time::Duration};

use ottla_transport::Runtime;

use super::{Handed, Reader, Records, Shared};
use crate::{connection::within, error::Error, message::Message};

/// How far a member of a group has come in a partition: up to and with a record that it has read.
#[derive(Clone, Debug)]
pub struct Commit {
    pub(super) topic: Arc<str>,
    pub(super) partition: i32,
    pub(super) claim: u64,
    /// The offset of the next record to be read.
    pub(super) next: i64,
    pub(super) metadata: Arc<str>,
}

impl Commit {
    /// The same with a note, which the group remembers with the offset.
    #[must_use]
    pub fn with_metadata(mut self, metadata: impl Into<Arc<str>>) -> Self {
        self.metadata = metadata.into();
        self
    }
}

impl From<&Message> for Commit {
    fn from(message: &Message) -> Self {
        Self {
            topic: message.topic.clone(),
            partition: message.partition.unwrap_or(-1),
            claim: message.claim,
            next: message.offset + 1,
            metadata: "".into(),
        }
    }
}

impl From<&Records> for Commit {
    fn from(records: &Records) -> Self {
        Self {
            topic: records.topic.clone(),
            partition: records.partition,
            claim: records.claim,
            next: records.last_offset().map_or(-1, |last| last + 1),
            metadata: "".into(),
        }
    }
}

impl Reader {
    /// Lets the group remember that records have been dealt with, and waits until it does: those given, and
    /// all before them in their partitions. The highest offset wins; it never goes back.
    ///
    /// # Errors
    /// The Reader is in no group; a record was read before a rebalance that has taken its partition away
    /// ([`ErrorKind::Fenced`](crate::ErrorKind::Fenced)): the others are committed all the same; or the
    /// coordinator refuses or cannot be reached.
    ///
    /// # Cancel safety
    /// A dropped call may have been carried out.
    pub async fn commit<C: Into<Commit>>(&self, read: impl IntoIterator<Item = C>) -> Result<(), Error> {
        let marked = self.mark(read);
        self.shared.commit_marked().await?;
        marked
    }

    /// The same without waiting: it is committed with the next [`ReaderBuilder::commit_interval`], when
    /// partitions are given back, and at [`Reader::close`].
    ///
    /// # Errors
    /// The Reader is in no group, or a record was read before a rebalance that has taken its partition away.
    ///
    /// [`ReaderBuilder::commit_interval`]: crate::ReaderBuilder::commit_interval
    pub fn mark<C: Into<Commit>>(&self, read: impl IntoIterator<Item = C>) -> Result<(), Error> {
        self.shared.mark(read)
    }
}

impl Reader {
    /// What was handed out before is done with, now that more is wanted.
    pub(super) async fn done_before(&self) -> Result<(), Error> {
        let Some(group) = &self.shared.options.group else { return Ok(()) };
        if !group.auto_commit {
            return Ok(());
        }
        self.shared.mark_handed();
        if group.commit_interval.is_zero() { self.shared.commit_marked().await } else { Ok(()) }
    }

    /// Commits what is done with and leaves the group, if there is one, for at most `limit`.
    pub(super) async fn leave_group(&self, limit: Duration) -> Result<(), Error> {
        let (Some(group), Some(member)) = (&self.shared.options.group, self.shared.member.get()) else {
            return Ok(());
        };
        if group.auto_commit {
            self.shared.mark_handed();
        }
        let runtime = self.shared.runtime();
        let started = runtime.now();
        let late = || Err(Error::timeout(format!("what is done with was not committed within {limit:?}")));
        let committed = within(runtime, limit, self.shared.commit_marked()).await.unwrap_or_else(late);
        member.end(limit.saturating_sub(runtime.now().since(started))).await;
        self.shared.cursors.lock().give_all_away();
        committed
    }
}

impl Shared {
    fn mark_handed(&self) {
        let mut decoding = self.decoding.lock();
        if let Some(Handed { cursor, claim, next }) = decoding.handed.take() {
            self.cursors.lock().mark_at(cursor, claim, next);
        }
    }

    pub(super) fn mark<C: Into<Commit>>(&self, read: impl IntoIterator<Item = C>) -> Result<(), Error> {
        if self.options.group.is_none() {
            return Err(Error::misuse("there is nothing to commit to: the Reader is in no group"));
        }
        let mut cursors = self.cursors.lock();
        let mut outcome = Ok(());
        for commit in read {
            let Commit { topic, partition, claim, next, metadata } = commit.into();
            let marked = cursors.mark(&topic, partition, claim, next, &metadata);
            outcome = outcome.and(marked);
        }
        outcome
    }

    /// Commits what is done with and not yet committed.
    pub(super) async fn commit_marked(&self) -> Result<(), Error> {
        let Some(member) = self.member.get() else { return Ok(()) };
        let marked = self.cursors.lock().uncommitted();
        if marked.0.is_empty() { Ok(()) } else { member.commit(self, marked).await }
    }
}
