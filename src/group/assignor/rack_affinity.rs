use std::sync::Arc;

use bytes::Bytes;

use super::{Assignor, GroupMember, GroupPlan, GroupTopic};
use crate::group::{TopicPartitions, topic_partitions::add};

/// `rack-affinity`: each topic by itself, evenly, and as far as that allows to members in the rack of the
/// partition's leader (kafka-go's assignor, and its notation for the rack).
#[derive(Clone, Debug, Default)]
pub struct RackAffinityAssignor {
    rack: Arc<str>,
}

impl RackAffinityAssignor {
    /// For a member that stands in that rack.
    pub fn new(rack: impl Into<Arc<str>>) -> Self {
        Self { rack: rack.into() }
    }
}

impl Assignor for RackAffinityAssignor {
    fn name(&self) -> &str {
        "rack-affinity"
    }

    fn user_data(&self, _: &[TopicPartitions], _: i32) -> Option<Bytes> {
        Some(Bytes::copy_from_slice(self.rack.as_bytes()))
    }

    fn assign(&self, group: &GroupPlan) -> Vec<Vec<TopicPartitions>> {
        let mut assigned = vec![Vec::new(); group.members.len()];
        for topic in &group.topics {
            let members = group.wanting(&topic.name);
            for (partition, member) in share(group, topic, &members) {
                if let Some(assigned) = assigned.get_mut(member) {
                    add(assigned, &topic.name, partition);
                }
            }
        }
        assigned
    }
}

/// A member's rack; an unknown one is a rack like any other, that of the partitions whose leader's is.
fn rack(member: &GroupMember) -> &[u8] {
    member.user_data.as_deref().unwrap_or_default()
}

/// Each partition of the topic with the place of its member.
fn share(group: &GroupPlan, topic: &GroupTopic, members: &[usize]) -> Vec<(i32, usize)> {
    let Some(even) = topic.partitions.len().checked_div(members.len()) else { return Vec::new() };
    let mut spare = topic.partitions.len() % members.len();
    let mut loads: Vec<(usize, usize)> = members.iter().map(|member| (*member, 0)).collect();
    let mut given = Vec::with_capacity(topic.partitions.len());
    let mut left: Vec<_> = topic.partitions.iter().collect();
    // At home up to the even share, at home beyond it as long as that does not divide evenly, then wherever
    // something is missing.
    for (at_home, limit) in [(true, even), (true, even + 1), (false, even), (false, even + 1)] {
        left.retain(|partition| {
            let leader = partition.leader_rack.as_deref().unwrap_or_default().as_bytes();
            let home =
                |member: usize| !at_home || group.members.get(member).is_some_and(|it| rack(it) == leader);
            let open = loads.iter_mut().filter(|(member, load)| *load < limit && home(*member));
            let Some((member, load)) = open.min_by_key(|(_, load)| *load) else { return true };
            if *load == even {
                if spare == 0 {
                    return true;
                }
                spare -= 1;
            }
            *load += 1;
            given.push((partition.id, *member));
            false
        });
    }
    given
}
