use ottla::protocol::ErrorCode;
use tracing::debug;

use super::Place;
use crate::state::State;

/// Something that happens to the cluster while a request is under way: to each partition (or topic) of
/// the request that the rule names, or to a node.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Change {
    /// As [`Broker::move_leader`](crate::Broker::move_leader).
    MoveLeader(i32),
    /// As [`Broker::bump_leader_epoch`](crate::Broker::bump_leader_epoch).
    BumpLeaderEpoch,
    /// As [`Broker::elect_unclean`](crate::Broker::elect_unclean).
    ElectUnclean {
        /// The new leader.
        node_id: i32,
        /// The offset up to which it has the log.
        end: i64,
    },
    /// As [`Broker::forget_producers`](crate::Broker::forget_producers).
    ForgetProducers,
    /// As [`Broker::fence_producers`](crate::Broker::fence_producers).
    FenceProducers,
    /// As [`Broker::delete_topic`](crate::Broker::delete_topic).
    DeleteTopic,
    /// As [`Broker::recreate_topic`](crate::Broker::recreate_topic).
    RecreateTopic,
    /// As [`Broker::stop_node`](crate::Broker::stop_node).
    StopNode(i32),
    /// As [`Broker::isolate_node`](crate::Broker::isolate_node).
    IsolateNode(i32),
    /// As [`Broker::start_node`](crate::Broker::start_node).
    StartNode(i32),
}

impl Change {
    /// Makes it, at the places given. What cannot be done (a topic may have gone meanwhile) is left out.
    pub(crate) fn make<'a>(&self, state: &mut State, places: impl Iterator<Item = &'a Place>) {
        match *self {
            Self::StopNode(node) => state.stop_node(node),
            Self::IsolateNode(node) => state.isolate_node(node),
            Self::StartNode(node) => state.start_node(node),
            _ => places.for_each(|place| self.make_at(state, place)),
        }
    }

    /// The node whose connections it cuts.
    pub(crate) fn cuts(&self) -> Option<i32> {
        match *self {
            Self::StopNode(node) | Self::IsolateNode(node) => Some(node),
            _ => None,
        }
    }

    fn make_at(&self, state: &mut State, place: &Place) {
        let topic = &*place.topic;
        let made = match *self {
            Self::DeleteTopic => state.delete(topic),
            Self::RecreateTopic => state.recreate(topic),
            _ => {
                let partitions = state.topic(topic).map_or(0, |topic| topic.partitions.len());
                let mut all = (0..i32::try_from(partitions).unwrap_or(i32::MAX))
                    .filter(|index| place.partition.is_none_or(|one| one == *index));
                all.try_for_each(|index| self.make_in(state, topic, index))
            }
        };
        if let Err(code) = made {
            debug!(topic, change = ?self, %code, "a change on command could not be made");
        }
    }

    fn make_in(&self, state: &mut State, topic: &str, index: i32) -> Result<(), ErrorCode> {
        match *self {
            Self::MoveLeader(node) => state.move_leader(topic, index, node),
            Self::BumpLeaderEpoch => state.bump_leader_epoch(topic, index),
            Self::ElectUnclean { node_id, end } => state.elect_unclean(topic, index, node_id, end).map(drop),
            Self::ForgetProducers => state.producers(topic, index).map(|known| known.forget_all()),
            Self::FenceProducers => state.producers(topic, index).map(|known| known.fence_all()),
            _ => Ok(()),
        }
    }
}
