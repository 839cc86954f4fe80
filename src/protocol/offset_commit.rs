//! OffsetCommit: remembers how far a group has come. Topics are named by id from version 10 on
//! (KIP-848).

use super::{ErrorCode, Uuid};
use crate::wire::Str;

api! {
    OffsetCommit = 8, versions 0..=10, flexible 8;

    /// Offsets to be remembered.
    request {
        /// The group.
        group_id: Str [0..],
        /// The generation, or in the next-generation protocol the member's epoch; −1 for who is no
        /// member.
        generation_id_or_member_epoch: i32 [1..] = -1,
        /// The member's id.
        member_id: Str [1..],
        /// The name of a static member (KIP-345).
        group_instance_id: Option<Str> [7..],
        /// How long to remember, in milliseconds; −1 for the broker's own setting.
        retention_time_ms: i64 [2..=4] = -1,
        /// The offsets by topic.
        topics: Vec<RequestTopic> [0..],
    }

    /// Whether they are remembered.
    response {
        /// How long the broker held the answer back for a quota, in milliseconds.
        throttle_time_ms: i32 [3..],
        /// The outcomes by topic.
        topics: Vec<Topic> [0..],
    }

    /// The offsets of a topic.
    struct RequestTopic {
        /// Its name.
        name: Str [0..=9],
        /// Its id.
        topic_id: Uuid [10..],
        /// The offsets by partition.
        partitions: Vec<RequestPartition> [0..],
    }

    /// The offset of a partition.
    struct RequestPartition {
        /// Its number.
        partition_index: i32 [0..],
        /// The offset of the next record to be read.
        committed_offset: i64 [0..],
        /// Leader epoch of the last record read, −1 if unknown (KIP-320).
        committed_leader_epoch: i32 [6..] = -1,
        /// When the offset was committed, in milliseconds since 1970; −1 for now.
        commit_timestamp: i64 [1..=1] = -1,
        /// A note of the client's.
        committed_metadata: Option<Str> [0..],
    }

    /// The outcomes of a topic.
    struct Topic {
        /// Its name.
        name: Str [0..=9],
        /// Its id.
        topic_id: Uuid [10..],
        /// The outcomes by partition.
        partitions: Vec<Partition> [0..],
    }

    /// The outcome of a partition.
    struct Partition {
        /// Its number.
        partition_index: i32 [0..],
        /// Whether the offset is remembered.
        error_code: ErrorCode [0..],
    }
}
