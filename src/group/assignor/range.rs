use super::{Assignor, GroupPlan};
use crate::group::TopicPartitions;

/// `range`: the partitions of each topic in order, in runs of equal length; the first members get one
/// more where they do not divide evenly (Java's rule; kafka-go's gives those to the last).
#[derive(Clone, Copy, Debug, Default)]
pub struct RangeAssignor;

impl Assignor for RangeAssignor {
    fn name(&self) -> &str {
        "range"
    }

    fn assign(&self, group: &GroupPlan) -> Vec<Vec<TopicPartitions>> {
        let mut assigned = vec![Vec::new(); group.members.len()];
        for topic in &group.topics {
            let members = group.wanting(&topic.name);
            let mut rest = topic.partitions.as_slice();
            for (at, member) in members.iter().enumerate() {
                let share = rest.len().div_ceil(members.len() - at);
                let (mine, others) = rest.split_at(share);
                rest = others;
                if let Some(assigned) = assigned.get_mut(*member).filter(|_| share > 0) {
                    let partitions = mine.iter().map(|partition| partition.id).collect();
                    assigned.push(TopicPartitions::new(topic.name.clone(), partitions));
                }
            }
        }
        assigned
    }
}
