//! ConsumerGroupHeartbeat: all of a membership in the next-generation protocol (KIP-848): joining,
//! signs of life, assignment, and leaving.

use super::{ErrorCode, Uuid};
use crate::wire::Str;

/// As a member epoch: the member joins.
pub const JOIN: i32 = 0;
/// As a member epoch: the member leaves.
pub const LEAVE: i32 = -1;
/// As a member epoch: a static member leaves, to come back.
pub const LEAVE_FOR_NOW: i32 = -2;

api! {
    ConsumerGroupHeartbeat = 68, versions 0..=1, flexible 0;

    /// A sign of life, and what has changed since the last one.
    request {
        /// The group.
        group_id: Str [0..],
        /// The member's id, which it makes up for itself from version 1 on.
        member_id: Str [0..],
        /// The epoch that the member is in, or [`JOIN`], [`LEAVE`], [`LEAVE_FOR_NOW`].
        member_epoch: i32 [0..],
        /// The name of a static member (KIP-345); null if unchanged.
        instance_id: Option<Str> [0..],
        /// The rack that the member stands in; null if unchanged.
        rack_id: Option<Str> [0..],
        /// How long the member may take to give partitions back, in milliseconds; −1 if unchanged.
        rebalance_timeout_ms: i32 [0..] = -1,
        /// The topics to read; null if unchanged.
        subscribed_topic_names: Option<Vec<Str>> [0..],
        /// A pattern of topics to read, in the notation of RE2; null if unchanged.
        subscribed_topic_regex: Option<Str> [1..],
        /// The assignor that the broker shall use; null if unchanged.
        server_assignor: Option<Str> [0..],
        /// The partitions that the member has; null if unchanged.
        topic_partitions: Option<Vec<TopicPartitions>> [0..],
    }

    /// How the group stands.
    response {
        /// How long the broker held the answer back for a quota, in milliseconds.
        throttle_time_ms: i32 [0..],
        /// Whether the membership stands.
        error_code: ErrorCode [0..],
        /// What was wrong, in the broker's words.
        error_message: Option<Str> [0..],
        /// The member's id.
        member_id: Option<Str> [0..],
        /// The epoch that the member is in now.
        member_epoch: i32 [0..],
        /// When the next heartbeat is due, in milliseconds from now.
        heartbeat_interval_ms: i32 [0..],
        /// The partitions; null if unchanged.
        assignment: Option<Assignment> [0..],
    }

    /// What a member is to read.
    struct Assignment {
        /// The partitions by topic.
        topic_partitions: Vec<TopicPartitions> [0..],
    }

    /// Partitions of a topic.
    struct TopicPartitions {
        /// The topic's id.
        topic_id: Uuid [0..],
        /// The partitions.
        partitions: Vec<i32> [0..],
    }
}
