use bytes::Bytes;

use super::{Assignor, GroupPlan, balance::Balance};
use crate::{
    group::TopicPartitions,
    wire::{Decoder, Encoder, Str},
};

/// `sticky`: evenly over all topics, while members keep as much as they can of what they had (KIP-54).
/// Everything is given back during a rebalance all the same: see [`CooperativeStickyAssignor`].
#[derive(Clone, Copy, Debug, Default)]
pub struct StickyAssignor;

impl Assignor for StickyAssignor {
    fn name(&self) -> &str {
        "sticky"
    }

    /// What the member had and from which generation, as Java's assignor notes it.
    fn user_data(&self, had: &[TopicPartitions], generation: i32) -> Option<Bytes> {
        let mut out = Encoder::new();
        out.put_count(Some(had.len()), false);
        for topic in had {
            out.put_str(Some(&topic.topic), false);
            out.put_count(Some(topic.partitions.len()), false);
            topic.partitions.iter().for_each(|partition| out.put_i32(*partition));
        }
        out.put_i32(generation);
        Some(out.into_chunks().ok()?.concat().into())
    }

    fn assign(&self, group: &GroupPlan) -> Vec<Vec<TopicPartitions>> {
        let had: Vec<_> = group.members.iter().map(|member| noted(member.user_data.as_ref())).collect();
        let mut balance = Balance::new(group, &had);
        balance.settle();
        balance.assigned()
    }
}

/// What a member noted; nothing, if it cannot be read.
fn noted(user_data: Option<&Bytes>) -> (Vec<TopicPartitions>, i32) {
    let read = |bytes: &Bytes| {
        let mut input = Decoder::new(bytes.clone());
        let mut had = Vec::new();
        for _ in 0..input.count(false, 6).ok()?.unwrap_or(0) {
            let topic: Str = input.str(false).ok()??;
            let mut partitions = Vec::new();
            for _ in 0..input.count(false, 4).ok()?.unwrap_or(0) {
                partitions.push(input.i32().ok()?);
            }
            had.push(TopicPartitions::new(topic, partitions));
        }
        // The first form of the note had no generation.
        Some((had, input.i32().unwrap_or(-1)))
    };
    user_data.and_then(read).unwrap_or((Vec::new(), -1))
}

/// `cooperative-sticky`: as [`StickyAssignor`], and members go on reading what they keep while the group
/// rebalances (KIP-429). A partition that moves is given up in one rebalance, and assigned in the next.
#[derive(Clone, Copy, Debug, Default)]
pub struct CooperativeStickyAssignor;

impl Assignor for CooperativeStickyAssignor {
    fn name(&self) -> &str {
        "cooperative-sticky"
    }

    fn is_cooperative(&self) -> bool {
        true
    }

    /// The generation, for leaders that do not read it from where it belongs (KIP-792).
    fn user_data(&self, _: &[TopicPartitions], generation: i32) -> Option<Bytes> {
        Some(Bytes::copy_from_slice(&generation.to_be_bytes()))
    }

    fn assign(&self, group: &GroupPlan) -> Vec<Vec<TopicPartitions>> {
        let generation = |user_data: Option<&Bytes>| {
            let noted = user_data.and_then(|bytes| bytes.first_chunk::<4>());
            noted.map_or(-1, |bytes| i32::from_be_bytes(*bytes))
        };
        let had = group.members.iter().map(|member| {
            let noted = generation(member.user_data.as_ref());
            (member.owned.clone(), if member.generation >= 0 { member.generation } else { noted })
        });
        let had: Vec<_> = had.collect();
        let mut balance = Balance::new(group, &had);
        balance.settle();
        balance.hold_back_what_moves();
        balance.assigned()
    }
}
