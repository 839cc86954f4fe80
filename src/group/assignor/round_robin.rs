use super::{Assignor, GroupPlan};
use crate::group::{TopicPartitions, topic_partitions::add};

/// `roundrobin`: all partitions of all topics in turn, each to the next member that wants its topic
/// (Java's rule; kafka-go begins anew with each topic).
#[derive(Clone, Copy, Debug, Default)]
pub struct RoundRobinAssignor;

impl Assignor for RoundRobinAssignor {
    fn name(&self) -> &str {
        "roundrobin"
    }

    fn assign(&self, group: &GroupPlan) -> Vec<Vec<TopicPartitions>> {
        let mut assigned = vec![Vec::new(); group.members.len()];
        let mut turn = 0;
        for topic in &group.topics {
            if !group.members.iter().any(|member| member.wants(&topic.name)) {
                continue;
            }
            for partition in &topic.partitions {
                let mut next = (0..group.members.len()).map(|step| (turn + step) % group.members.len());
                let taker = next.find(|at| group.members.get(*at).is_some_and(|it| it.wants(&topic.name)));
                if let Some((at, assigned)) = taker.and_then(|at| Some((at, assigned.get_mut(at)?))) {
                    add(assigned, &topic.name, partition.id);
                    turn = at + 1;
                }
            }
        }
        assigned
    }
}
