use std::collections::VecDeque;

use super::{
    TopicPartitions,
    step::Change,
    topic_partitions::{merge, minus},
};

/// What a member has, and what its holder does not know of that yet.
#[derive(Debug, Default)]
pub(super) struct Holdings {
    /// What the holder has been told is its own.
    pub(super) owned: Vec<TopicPartitions>,
    changes: VecDeque<Change>,
    /// The first change is being told.
    telling: bool,
}

impl Holdings {
    /// The next thing to tell. [`Holdings::told`] ends it.
    pub(super) fn tell(&mut self) -> Option<Change> {
        let change = self.changes.front()?;
        self.telling = true;
        Some(change.clone())
    }

    /// The holder knows, or need not be waited for any more.
    pub(super) fn told(&mut self) {
        self.telling = false;
        match self.changes.pop_front() {
            Some(Change::Assigned(new)) => merge(&mut self.owned, &new),
            Some(Change::Revoked(gone) | Change::Lost(gone)) => self.owned = minus(&self.owned, &gone),
            None => {}
        }
    }

    pub(super) fn is_telling(&self) -> bool {
        self.telling
    }

    /// Whether the holder is being told that it has something.
    pub(super) fn is_assigning(&self) -> bool {
        self.telling && matches!(self.changes.front(), Some(Change::Assigned(_)))
    }

    /// Whether the holder knows everything.
    pub(super) fn is_settled(&self) -> bool {
        self.changes.is_empty()
    }

    /// Everything must be given back.
    pub(super) fn give_back(&mut self) {
        self.changes.push_back(Change::Revoked(self.owned.clone()));
    }

    /// Everything is lost.
    pub(super) fn lose(&mut self) {
        self.changes.clear();
        if !self.owned.is_empty() {
            self.changes.push_back(Change::Lost(self.owned.clone()));
        }
    }

    /// This is what the member is to have. Whether it must give something back for it.
    pub(super) fn aim_at(&mut self, new: &[TopicPartitions]) -> bool {
        let revoked = minus(&self.owned, new);
        let gives = !revoked.is_empty();
        if gives {
            self.changes.push_back(Change::Revoked(revoked));
        }
        self.changes.push_back(Change::Assigned(minus(new, &self.owned)));
        gives
    }
}
