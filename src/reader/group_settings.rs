use std::{sync::Arc, time::Duration};

use ottla_transport::{MaybeSend, MaybeSync};

use super::{ReaderBuilder, Rebalance, grouped::Membership};
use crate::group::Group;

/// Settings of a Reader that is a member of a consumer group.
impl ReaderBuilder {
    /// Makes the Reader a member of a group, which shares the topics' partitions among its members and
    /// remembers how far they have been read: a name, or a [`Group`] with settings of its own.
    /// [`ReaderBuilder::start`] is for partitions of which nothing is remembered yet. It reads topics as a
    /// whole, and goes on where the group has come to.
    pub fn group(mut self, group: impl Into<Group>) -> Self {
        let config = group.into().0;
        self.options.group = Some(match self.options.group.take() {
            Some(membership) => Membership { config, ..membership },
            None => Membership::new(config),
        });
        self
    }

    /// Reads, besides the topics that are named, those whose names a function picks, new ones too as they
    /// come up. For members of a group.
    pub fn topics_matching(
        mut self,
        wanted: impl Fn(&str) -> bool + MaybeSend + MaybeSync + 'static,
    ) -> Self {
        self.filter = Some(Arc::new(wanted));
        self
    }

    /// How often what is done with is committed. Zero: whenever more is asked for, which then waits for the
    /// coordinator. Default: 5 s.
    pub fn commit_interval(self, interval: Duration) -> Self {
        self.edit_group(|group| group.commit_interval = interval)
    }

    /// Whether what [`Reader::read`](crate::Reader::read) and [`Reader::poll`](crate::Reader::poll) have
    /// handed out counts as done with when they are called again. Without it, only what is committed or
    /// marked by hand is done with. Default: yes.
    pub fn auto_commit(self, auto: bool) -> Self {
        self.edit_group(|group| group.auto_commit = auto)
    }

    /// Whether it is an error if nothing is remembered of a partition yet, instead of beginning at
    /// [`ReaderBuilder::start`]. Default: no.
    pub fn must_have_offset(self, must: bool) -> Self {
        self.edit_group(|group| group.must_have_offset = must)
    }

    /// Calls a function whenever the member gets partitions or has to give some back: see
    /// [`Rebalance`]. The group waits for the future, up to its rebalance timeout; then it is dropped.
    pub fn on_rebalance<F>(self, listener: impl Fn(Rebalance) -> F + MaybeSend + MaybeSync + 'static) -> Self
    where
        F: Future<Output = ()> + MaybeSend + 'static,
    {
        self.edit_group(|group| group.listener = Some(Arc::new(listener)))
    }

    fn edit_group(mut self, edit: impl FnOnce(&mut Membership)) -> Self {
        // A group that is never named is found missing by `build`.
        edit(self.options.group.get_or_insert_with(|| Membership::new(Group::new("").0)));
        self
    }
}
