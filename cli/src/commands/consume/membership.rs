use std::{sync::Arc, time::Duration};

use clap::ValueEnum;
use ottla::{
    Assignor, CooperativeStickyAssignor, Group, GroupProtocol, RangeAssignor, ReaderBuilder,
    RoundRobinAssignor, StickyAssignor,
};

use crate::duration;

/// How to be a member of a group.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Group")]
pub(super) struct Membership {
    /// Read as a member of this group: share the partitions, and begin where it has come to
    #[arg(long, value_name = "NAME", conflicts_with_all = ["partition", "until", "until_end"])]
    group: Option<String>,
    /// How often to commit what was printed [default: 5s]
    #[arg(long, value_name = "DURATION", value_parser = duration::read, requires = "group")]
    commit_interval: Option<Duration>,
    /// Be a static member of this name, which keeps its partitions while it restarts
    #[arg(long, value_name = "ID", requires = "group")]
    instance_id: Option<String>,
    /// How members agree: classic, or consumer where brokers assign [default: classic]
    #[arg(long, value_name = "PROTOCOL", value_enum, hide_possible_values = true, requires = "group")]
    protocol: Option<Protocol>,
    /// Who assigns: range, roundrobin, sticky or cooperative-sticky; with --protocol classic
    #[arg(long, value_name = "NAME", value_enum, hide_possible_values = true, requires = "group")]
    assignor: Option<AssignorName>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Protocol {
    Classic,
    Consumer,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum AssignorName {
    Range,
    #[value(name = "roundrobin")]
    RoundRobin,
    Sticky,
    CooperativeSticky,
}

impl AssignorName {
    fn assignor(self) -> Arc<dyn Assignor> {
        match self {
            Self::Range => Arc::new(RangeAssignor),
            Self::RoundRobin => Arc::new(RoundRobinAssignor),
            Self::Sticky => Arc::new(StickyAssignor),
            Self::CooperativeSticky => Arc::new(CooperativeStickyAssignor),
        }
    }
}

impl Membership {
    pub(super) fn is_wanted(&self) -> bool {
        self.group.is_some()
    }

    /// Why these options cannot go together, if they cannot.
    pub(super) fn contradiction(&self) -> Option<&'static str> {
        let contradict = self.protocol == Some(Protocol::Consumer) && self.assignor.is_some();
        contradict.then_some("with --protocol consumer the brokers assign: leave --assignor out")
    }

    /// Makes the Reader a member, if it is to be one. Only what is marked is committed.
    pub(super) fn apply(&self, builder: ReaderBuilder) -> ReaderBuilder {
        let Some(name) = &self.group else { return builder };
        let mut group = Group::new(name.as_str());
        if self.protocol == Some(Protocol::Consumer) {
            group = group.protocol(GroupProtocol::Consumer);
        }
        if let Some(assignor) = self.assignor {
            group = group.assignors(vec![assignor.assignor()]);
        }
        if let Some(id) = &self.instance_id {
            group = group.instance_id(id.as_str());
        }
        let builder = builder.group(group).auto_commit(false);
        match self.commit_interval {
            Some(interval) => builder.commit_interval(interval),
            None => builder,
        }
    }
}
