use std::{fmt, sync::Arc, time::Duration};

use ottla_transport::{MaybeSend, MaybeSync};

use super::{Assignor, CooperativeStickyAssignor, RangeAssignor};
use crate::{
    cluster::Backoff,
    connection::Versions,
    error::{Error, ErrorKind},
    protocol::{consumer_group_heartbeat, join_group},
};

/// From this version on a JoinGroup names static members (KIP-345).
const STATIC_SINCE: i16 = 5;

/// How members of a group agree on who reads what.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum GroupProtocol {
    /// Members join and one of them assigns. Every broker has it.
    #[default]
    Classic,
    /// The coordinator assigns, and moves partitions one by one (KIP-848, Kafka 4.0 and later).
    Consumer,
}

/// A closure that picks topics by their names; a trait, so that it is `Send` where it must be.
pub(crate) trait TopicFilter: MaybeSend + MaybeSync {
    fn wants(&self, topic: &str) -> bool;
}

impl<F: Fn(&str) -> bool + MaybeSend + MaybeSync> TopicFilter for F {
    fn wants(&self, topic: &str) -> bool {
        self(topic)
    }
}

/// What a membership is set to.
#[derive(Clone)]
pub(crate) struct GroupConfig {
    pub(crate) group: Arc<str>,
    /// The topics to read, by name.
    pub(crate) topics: Vec<Arc<str>>,
    /// And those that it wants, among all there are.
    pub(crate) filter: Option<Arc<dyn TopicFilter>>,
    pub(crate) protocol: GroupProtocol,
    /// By preference. Not empty.
    pub(crate) assignors: Vec<Arc<dyn Assignor>>,
    /// With [`GroupProtocol::Consumer`]: the coordinator's assignor, or its default.
    pub(crate) server_assignor: Option<Arc<str>>,
    pub(crate) instance_id: Option<Arc<str>>,
    pub(crate) rack: Option<Arc<str>>,
    pub(crate) session_timeout: Duration,
    pub(crate) rebalance_timeout: Duration,
    pub(crate) heartbeat_interval: Duration,
    pub(crate) backoff: Backoff,
    /// How often the leader looks whether topics have other partitions than it has assigned.
    pub(crate) watch_interval: Duration,
    /// For how long failures that may pass by themselves are kept from the holder.
    pub(crate) patience: Duration,
}

impl GroupConfig {
    pub(crate) fn new(group: Arc<str>, backoff: Backoff) -> Self {
        Self {
            group,
            topics: Vec::new(),
            filter: None,
            protocol: GroupProtocol::Classic,
            assignors: vec![Arc::new(RangeAssignor), Arc::new(CooperativeStickyAssignor)],
            server_assignor: None,
            instance_id: None,
            rack: None,
            session_timeout: Duration::from_secs(45),
            rebalance_timeout: Duration::from_secs(60),
            heartbeat_interval: Duration::from_secs(3),
            backoff,
            watch_interval: Duration::from_secs(30),
            patience: Duration::from_secs(60),
        }
    }

    /// Whether the settings make sense together.
    pub(crate) fn check(&self) -> Result<(), Error> {
        if self.group.is_empty() {
            return Err(Error::misuse("a group needs a name"));
        }
        if self.topics.is_empty() && self.filter.is_none() {
            return Err(Error::misuse("a member of a group needs a topic"));
        }
        if self.assignors.is_empty() {
            return Err(Error::misuse("a group needs an assignor, such as RangeAssignor"));
        }
        for (name, limit) in [
            ("session_timeout", self.session_timeout),
            ("rebalance_timeout", self.rebalance_timeout),
            ("heartbeat_interval", self.heartbeat_interval),
        ] {
            if limit.is_zero() || limit.as_millis() > i32::MAX as u128 {
                return Err(Error::misuse(format!(
                    "{name} must be more than 0 and at most 24 days: {limit:?}"
                )));
            }
        }
        if self.heartbeat_interval >= self.session_timeout {
            let (beat, session) = (self.heartbeat_interval, self.session_timeout);
            let what = format!(
                "the heartbeat_interval ({beat:?}) must be shorter than the session_timeout ({session:?}): a third \
                 of it lets two heartbeats be lost"
            );
            return Err(Error::misuse(what));
        }
        if self.instance_id.as_ref().is_some_and(|id| id.is_empty()) {
            return Err(Error::misuse("the instance_id of a static member must not be empty"));
        }
        Ok(())
    }

    /// Whether the broker can do what is set.
    pub(super) fn check_versions(&self, versions: &Versions) -> Result<(), Error> {
        let too_old = |what: &'static str| Err(Error::new(ErrorKind::Unsupported, what).not_sent());
        match self.protocol {
            GroupProtocol::Consumer if versions.choose::<consumer_group_heartbeat::Request>().is_err() => {
                too_old(
                    "the broker does not have the next-generation protocol of groups (it needs 4.0): use \
                    GroupProtocol::Classic",
                )
            }
            GroupProtocol::Classic
                if self.instance_id.is_some() && versions.choose::<join_group::Request>()? < STATIC_SINCE =>
            {
                too_old("the broker is too old for static members (it needs 2.3): leave the instance_id out")
            }
            _ => Ok(()),
        }
    }

    /// Whether the filter picks a topic.
    pub(super) fn wants(&self, topic: &str) -> bool {
        self.filter.as_ref().is_some_and(|filter| filter.wants(topic))
    }

    /// Whether members keep their partitions while the group rebalances: only if all of its assignors can do
    /// that, since any of them may be chosen.
    pub(crate) fn is_cooperative(&self) -> bool {
        self.assignors.iter().all(|assignor| assignor.is_cooperative())
    }
}

impl fmt::Debug for GroupConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GroupConfig").field("group", &self.group).finish_non_exhaustive()
    }
}

/// A duration as the protocol has it.
pub(super) fn millis(duration: Duration) -> i32 {
    i32::try_from(duration.as_millis()).unwrap_or(i32::MAX)
}
