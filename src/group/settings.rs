use std::{sync::Arc, time::Duration};

use super::{Assignor, GroupProtocol, config::GroupConfig};
use crate::cluster::Backoff;

/// A group, and how to be a member of it. Its name alone will do: `"my-group".into()`.
#[derive(Clone, Debug)]
#[must_use]
pub struct Group(pub(crate) GroupConfig);

impl Group {
    /// The group of that name (`group.id`), with the usual settings.
    pub fn new(name: impl Into<Arc<str>>) -> Self {
        // The client's own back-off takes the place of this one.
        let backoff = Backoff { min: Duration::from_millis(100), max: Duration::from_secs(1) };
        Self(GroupConfig::new(name.into(), backoff))
    }

    /// How members agree on who reads what. Default: [`GroupProtocol::Classic`], which every broker has.
    pub fn protocol(mut self, protocol: GroupProtocol) -> Self {
        self.0.protocol = protocol;
        self
    }

    /// Who assigns partitions, with [`GroupProtocol::Classic`], if this member leads. All members need
    /// one of the same name. Default: [`RangeAssignor`](super::RangeAssignor), or else
    /// [`CooperativeStickyAssignor`](super::CooperativeStickyAssignor), as with Java's consumer.
    pub fn assignor(self, assignor: impl Assignor) -> Self {
        self.assignors(vec![Arc::new(assignor)])
    }

    /// The same with several, the best first: the coordinator takes one that all members have. Members go on
    /// reading through rebalances only if all of theirs are cooperative: a group goes over to one that is by
    /// restarting its members with both, and then with that one alone (KIP-429).
    pub fn assignors(mut self, assignors: Vec<Arc<dyn Assignor>>) -> Self {
        self.0.assignors = assignors;
        self
    }

    /// The coordinator's assignor, with [`GroupProtocol::Consumer`]: `uniform` or `range`. Default: what
    /// the coordinator is set to.
    pub fn server_assignor(mut self, name: impl Into<Arc<str>>) -> Self {
        self.0.server_assignor = Some(name.into());
        self
    }

    /// Makes the member a static one (KIP-345, brokers of 2.3 and later): it does not leave the group when
    /// it is closed, and has the same partitions when it comes back before its session times out. No two
    /// members may have the same. Default: none.
    pub fn instance_id(mut self, id: impl Into<Arc<str>>) -> Self {
        self.0.instance_id = Some(id.into());
        self
    }

    /// The rack that the member stands in, for assignors that look at it. Default: none.
    pub fn rack(mut self, rack: impl Into<Arc<str>>) -> Self {
        self.0.rack = Some(rack.into());
        self
    }

    /// Without a heartbeat for so long the member is taken for dead. Brokers allow 6 s to 30 min unless
    /// they are set otherwise; with [`GroupProtocol::Consumer`] they have a setting of their own, and this
    /// is after how long the member takes itself for thrown out. Default: 45 s.
    pub fn session_timeout(mut self, timeout: Duration) -> Self {
        self.0.session_timeout = timeout;
        self
    }

    /// How long a member may take to give partitions back before the group goes on without it. Default:
    /// one minute.
    pub fn rebalance_timeout(mut self, timeout: Duration) -> Self {
        self.0.rebalance_timeout = timeout;
        self
    }

    /// How often the coordinator is told that the member lives, with [`GroupProtocol::Classic`]. Default:
    /// 3 s.
    pub fn heartbeat_interval(mut self, interval: Duration) -> Self {
        self.0.heartbeat_interval = interval;
        self
    }

    /// How often to look for new partitions and topics. Default: 30 s.
    pub fn watch_interval(mut self, interval: Duration) -> Self {
        self.0.watch_interval = interval;
        self
    }
}

impl<S: Into<Arc<str>>> From<S> for Group {
    fn from(name: S) -> Self {
        Self::new(name)
    }
}
