//! Who in a group reads what: the member that leads the group decides.

mod balance;
mod closure;
mod rack_affinity;
mod range;
mod round_robin;
mod sticky;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use bytes::Bytes;
use ottla_transport::{MaybeSend, MaybeSync};

use crate::sorting;

pub use self::{
    closure::AssignorFn,
    rack_affinity::RackAffinityAssignor,
    range::RangeAssignor,
    round_robin::RoundRobinAssignor,
    sticky::{CooperativeStickyAssignor, StickyAssignor},
};
use super::TopicPartitions;

/// Assigns the partitions of a group's topics to its members (`partition.assignment.strategy`).
///
/// It is asked in the member that leads the group, whoever that is: all members need one of the same
/// name. What it decides is not looked at again, so that no partition must be given to two members.
pub trait Assignor: MaybeSend + MaybeSync + 'static {
    /// Its name among members, such as `range`.
    fn name(&self) -> &str;

    /// Whether members keep their partitions while the group rebalances, and give up only those that
    /// go to others (KIP-429). Then no partition may be given to a member while another one owns it: it
    /// is left out, and assigned in the rebalance that follows its being given up. Default: no.
    fn is_cooperative(&self) -> bool {
        false
    }

    /// What the leader is to know of this member, which had these partitions from that generation (−1:
    /// from none). Default: nothing.
    fn user_data(&self, had: &[TopicPartitions], generation: i32) -> Option<Bytes> {
        let _ = (had, generation);
        None
    }

    /// What each member is to read, in the order of the members.
    fn assign(&self, group: &GroupPlan) -> Vec<Vec<TopicPartitions>>;
}

/// What there is to assign, and to whom.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct GroupPlan {
    /// The members, in order of their ids; static members before others, in order of their instance ids
    /// (as Java's assignors have it, so that a restart does not change the order).
    pub members: Vec<GroupMember>,
    /// The topics that any of them wants and that exist, in order of their names.
    pub topics: Vec<GroupTopic>,
}

/// A member of a group, as its leader sees it.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct GroupMember {
    /// The id that the coordinator gave it.
    pub id: Arc<str>,
    /// The name of a static member (KIP-345).
    pub instance_id: Option<Arc<str>>,
    /// The topics that it wants.
    pub topics: Vec<Arc<str>>,
    /// The partitions that it has.
    pub owned: Vec<TopicPartitions>,
    /// The generation that it has them from, or −1.
    pub generation: i32,
    /// The rack that it stands in.
    pub rack: Option<Arc<str>>,
    /// What its assignor says of it.
    pub user_data: Option<Bytes>,
}

/// A topic to be assigned.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct GroupTopic {
    /// Its name.
    pub name: Arc<str>,
    /// Its partitions, in order of their numbers.
    pub partitions: Vec<GroupPartition>,
}

/// A partition to be assigned.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct GroupPartition {
    /// Its number.
    pub id: i32,
    /// The rack of its leader, where that is known.
    pub leader_rack: Option<Arc<str>>,
}

impl GroupMember {
    /// A member that wants topics and has nothing yet.
    pub fn new(id: impl Into<Arc<str>>, topics: &[&str]) -> Self {
        let topics = topics.iter().map(|topic| Arc::from(*topic)).collect();
        Self { id: id.into(), topics, generation: -1, ..Self::default() }
    }

    /// Whether it wants a topic.
    pub fn wants(&self, topic: &str) -> bool {
        self.topics.iter().any(|wanted| &**wanted == topic)
    }
}

impl GroupTopic {
    /// A topic with partitions 0 to `partitions` − 1, whose leaders' racks are not known.
    pub fn new(name: impl Into<Arc<str>>, partitions: i32) -> Self {
        let partitions = (0..partitions).map(|id| GroupPartition { id, leader_rack: None }).collect();
        Self { name: name.into(), partitions }
    }
}

impl GroupPlan {
    /// A plan with its members and topics in order.
    pub fn new(mut members: Vec<GroupMember>, mut topics: Vec<GroupTopic>) -> Self {
        sorting::sort_by(&mut members, |a, b| rank(a).cmp(&rank(b)));
        sorting::sort_by(&mut topics, |a, b| a.name.cmp(&b.name));
        Self { members, topics }
    }

    /// The places of the members that want a topic, in their order.
    pub fn wanting(&self, topic: &str) -> Vec<usize> {
        (0..self.members.len()).filter(|at| self.members.get(*at).is_some_and(|m| m.wants(topic))).collect()
    }
}

/// Static members come first.
fn rank(member: &GroupMember) -> (bool, &str) {
    match &member.instance_id {
        Some(instance) => (false, instance),
        None => (true, &member.id),
    }
}
