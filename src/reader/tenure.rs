use std::sync::Arc;

use super::{cursors::Cursors, start::Start};
use crate::{
    error::{Error, ErrorKind},
    group::{Assigned, CommittedOffset, TopicPartitions},
};

/// Offsets to be committed, and the claims under which they were read.
pub(super) type Marked = (Vec<CommittedOffset>, Vec<(usize, u64)>);

/// A partition as a member of a group has it: from when it is assigned until it is given back.
#[derive(Debug)]
pub(super) struct Tenure {
    /// Tells it from the times before and after: records carry it.
    pub(super) claim: u64,
    /// The offset of the next record to be read, when all before it are done with.
    done: Option<i64>,
    /// What is to be noted with it.
    metadata: Arc<str>,
    /// What the group remembers.
    committed: Option<i64>,
}

impl Cursors {
    /// The group has assigned a partition: reading goes on where the group has come to, or else from
    /// `start`; without that it stands still, and says so.
    pub(super) fn take(&mut self, assigned: &Assigned, start: Option<Start>, claim: u64) {
        let at = self.place(&assigned.topic, assigned.partition, true);
        let Some(cursor) = self.cursors.get_mut(at) else { return };
        let committed = assigned.committed.as_ref().map(|committed| committed.offset);
        cursor.seek(committed.map(Start::Offset).or(start).unwrap_or(Start::First));
        cursor.given_up = false;
        cursor.tenure = Some(Tenure { claim, done: None, metadata: "".into(), committed });
        if committed.is_none() && start.is_none() {
            let what =
                "the group has not committed an offset for the partition: commit one, or say where to start";
            let error = cursor.about(Error::new(ErrorKind::Misuse, what));
            self.give_up(at, error);
        }
        self.drop_overtaken();
    }

    /// The group wants partitions back: nothing more of them is handed out, and what has been can still be
    /// committed.
    pub(super) fn withhold(&mut self, partitions: &[TopicPartitions]) {
        for topic in partitions {
            for partition in &topic.partitions {
                if let Ok(cursor) = self.find_mut(&topic.topic, *partition) {
                    cursor.seek(Start::First);
                    cursor.given_up = true;
                }
            }
        }
        self.drop_overtaken();
    }

    /// The partitions are another's now, or may be.
    pub(super) fn give_away(&mut self, partitions: &[TopicPartitions]) {
        self.withhold(partitions);
        for topic in partitions {
            for partition in &topic.partitions {
                if let Ok(cursor) = self.find_mut(&topic.topic, *partition) {
                    cursor.tenure = None;
                }
            }
        }
    }

    /// The membership is over.
    pub(super) fn give_all_away(&mut self) {
        for cursor in &mut self.cursors {
            cursor.given_up = true;
            cursor.tenure = None;
        }
    }

    /// Everything before an offset is done with, as far as it was read under that claim. Never goes back.
    ///
    /// # Errors
    /// The partition has gone to another member since.
    pub(super) fn mark(
        &mut self,
        topic: &str,
        partition: i32,
        claim: u64,
        next: i64,
        metadata: &Arc<str>,
    ) -> Result<(), Error> {
        let tenure = self.find_mut(topic, partition).ok().and_then(|cursor| cursor.tenure.as_mut());
        let Some(tenure) = tenure.filter(|tenure| tenure.claim == claim) else {
            let what = "the record was read before the group rebalanced: its partition has gone to another member, \
                or come back";
            return Err(Error::new(ErrorKind::Fenced, what).about(topic, Some(partition)));
        };
        tenure.mark(next);
        if !metadata.is_empty() {
            tenure.metadata = metadata.clone();
        }
        Ok(())
    }

    /// The same where the cursor is known, and without a word if it is not so any more.
    pub(super) fn mark_at(&mut self, cursor: usize, claim: u64, next: i64) {
        let tenure = self.cursors.get_mut(cursor).and_then(|cursor| cursor.tenure.as_mut());
        if let Some(tenure) = tenure.filter(|tenure| tenure.claim == claim) {
            tenure.mark(next);
        }
    }

    /// What is done with and not yet committed, with the claims on it.
    pub(super) fn uncommitted(&self) -> Marked {
        let pending = self.cursors.iter().enumerate().filter_map(|(at, cursor)| {
            let tenure = cursor.tenure.as_ref()?;
            let done =
                tenure.done.filter(|done| tenure.committed.is_none_or(|committed| committed < *done))?;
            let offset = CommittedOffset::new(cursor.topic.clone(), cursor.partition, done);
            Some((offset.with_metadata(tenure.metadata.clone()), (at, tenure.claim)))
        });
        pending.unzip()
    }

    /// Whether the claims still hold.
    pub(super) fn are_ours(&self, claims: &[(usize, u64)]) -> bool {
        claims.iter().all(|(at, claim)| self.tenure_at(*at).is_some_and(|tenure| tenure.claim == *claim))
    }

    /// The group remembers these.
    pub(super) fn committed(&mut self, offsets: &[CommittedOffset], claims: &[(usize, u64)]) {
        for (offset, (at, claim)) in offsets.iter().zip(claims) {
            let tenure = self.cursors.get_mut(*at).and_then(|cursor| cursor.tenure.as_mut());
            if let Some(tenure) = tenure.filter(|tenure| tenure.claim == *claim) {
                tenure.committed = tenure.committed.max(Some(offset.offset));
            }
        }
    }

    pub(super) fn tenure_at(&self, cursor: usize) -> Option<&Tenure> {
        self.cursors.get(cursor)?.tenure.as_ref()
    }
}

impl Tenure {
    fn mark(&mut self, next: i64) {
        self.done = self.done.max(Some(next));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reader::cursors_tests::limits;

    fn assigned(partition: i32, committed: Option<i64>) -> Assigned {
        let committed = committed.map(|offset| CommittedOffset::new("t", partition, offset));
        Assigned { topic: "t".into(), partition, committed }
    }

    fn taken(committed: Option<i64>) -> Cursors {
        let mut cursors = Cursors::new(limits(), 0);
        cursors.take(&assigned(0, committed), Some(Start::First), 1);
        cursors
    }

    fn pending(cursors: &Cursors) -> Vec<(i32, i64)> {
        cursors.uncommitted().0.iter().map(|offset| (offset.partition, offset.offset)).collect()
    }

    fn mark(cursors: &mut Cursors, claim: u64, offset: i64) -> Result<(), Error> {
        cursors.mark("t", 0, claim, offset + 1, &"".into())
    }

    /// kafka-go's TestMakeCommit and TestOffsetStash.
    #[test]
    fn the_highest_offset_wins_and_nothing_goes_back() {
        let mut cursors = taken(None);
        assert_eq!(pending(&cursors), []);
        mark(&mut cursors, 1, 0).unwrap();
        assert_eq!(pending(&cursors), [(0, 1)]);
        for offset in [2, 3, 1] {
            mark(&mut cursors, 1, offset).unwrap();
        }
        cursors.take(&assigned(1, None), Some(Start::First), 2);
        cursors.mark("t", 1, 2, 7, &"note".into()).unwrap();
        assert_eq!(pending(&cursors), [(0, 4), (1, 7)]);
        assert_eq!(&*cursors.uncommitted().0[1].metadata, "note");

        let mut behind = taken(Some(2));
        mark(&mut behind, 1, 0).unwrap();
        assert_eq!(pending(&behind), [], "the group is further already");
    }

    #[test]
    fn what_is_committed_is_not_committed_again() {
        let mut cursors = taken(None);
        mark(&mut cursors, 1, 4).unwrap();
        let (offsets, claims) = cursors.uncommitted();
        mark(&mut cursors, 1, 5).unwrap();
        cursors.committed(&offsets, &claims);
        assert_eq!(pending(&cursors), [(0, 6)]);
    }

    #[test]
    fn what_was_read_before_a_rebalance_is_refused_after_it() {
        let mut cursors = taken(None);
        mark(&mut cursors, 1, 4).unwrap();
        let (offsets, claims) = cursors.uncommitted();
        let t = [TopicPartitions::new("t", vec![0])];
        cursors.withhold(&t);
        assert!(cursors.are_ours(&claims));
        mark(&mut cursors, 1, 6).unwrap();
        cursors.give_away(&t);
        assert_eq!(mark(&mut cursors, 1, 7).unwrap_err().kind(), ErrorKind::Fenced);
        assert_eq!(pending(&cursors), []);
        assert!(!cursors.are_ours(&claims));
        // It comes back: that is another time.
        cursors.take(&assigned(0, Some(2)), None, 9);
        assert_eq!(mark(&mut cursors, 1, 8).unwrap_err().kind(), ErrorKind::Fenced);
        cursors.mark_at(0, 1, 9);
        cursors.committed(&offsets, &claims);
        assert_eq!(pending(&cursors), []);
        mark(&mut cursors, 9, 2).unwrap();
        assert_eq!(pending(&cursors), [(0, 3)]);
    }

    #[test]
    fn reading_goes_on_where_the_group_has_come_to() {
        let cursors = taken(Some(42));
        assert_eq!(cursors.find("t", 0).unwrap().read_at, Some(42));
        let mut nowhere = Cursors::new(limits(), 0);
        nowhere.take(&assigned(0, None), None, 1);
        assert!(nowhere.find("t", 0).unwrap().stuck);
        assert!(nowhere.pop().is_some(), "and the caller hears why");
    }
}
