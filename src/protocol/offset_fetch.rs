//! OffsetFetch: how far a group has come. Several groups at once from version 8 on (KIP-709); topics
//! are named by id from version 10 on (KIP-848).

use super::{ErrorCode, Uuid};
use crate::wire::Str;

api! {
    OffsetFetch = 9, versions 0..=10, flexible 6;

    /// Asks for committed offsets.
    request {
        /// The group.
        group_id: Str [0..=7],
        /// The partitions by topic; null for all.
        topics: Option<Vec<RequestTopic>> [0..=7] null [2..=7],
        /// The groups.
        groups: Vec<RequestGroup> [8..],
        /// Whether to fail for partitions with open transactions (KIP-447).
        require_stable: bool [7..],
    }

    /// Committed offsets.
    response {
        /// How long the broker held the answer back for a quota, in milliseconds.
        throttle_time_ms: i32 [3..],
        /// The offsets by topic.
        topics: Vec<Topic> [0..=7],
        /// Whether the request as a whole worked.
        error_code: ErrorCode [2..=7],
        /// The offsets by group.
        groups: Vec<Group> [8..],
    }

    /// A topic to look at.
    struct RequestTopic {
        /// Its name.
        name: Str [0..=7],
        /// The partitions.
        partition_indexes: Vec<i32> [0..=7],
    }

    /// A group to look at.
    struct RequestGroup {
        /// Its id.
        group_id: Str [8..],
        /// The id of the member that asks.
        member_id: Option<Str> [9..],
        /// Its epoch, −1 for who is no member of the next-generation protocol.
        member_epoch: i32 [9..] = -1,
        /// The partitions by topic; null for all.
        topics: Option<Vec<GroupRequestTopic>> [8..],
    }

    /// A topic to look at in a group.
    struct GroupRequestTopic {
        /// Its name.
        name: Str [8..=9],
        /// Its id.
        topic_id: Uuid [10..],
        /// The partitions.
        partition_indexes: Vec<i32> [8..],
    }

    /// The offsets of a topic.
    struct Topic {
        /// Its name.
        name: Str [0..=7],
        /// The offsets by partition.
        partitions: Vec<Partition> [0..=7],
    }

    /// The offsets of a group.
    struct Group {
        /// Its id.
        group_id: Str [8..],
        /// The offsets by topic.
        topics: Vec<GroupTopic> [8..],
        /// Whether the group could be looked at.
        error_code: ErrorCode [8..],
    }

    /// The offsets of a topic in a group.
    struct GroupTopic {
        /// Its name.
        name: Str [8..=9],
        /// Its id.
        topic_id: Uuid [10..],
        /// The offsets by partition.
        partitions: Vec<Partition> [8..],
    }

    /// The offset of a partition.
    struct Partition {
        /// Its number.
        partition_index: i32 [0..],
        /// The offset, −1 if none is committed.
        committed_offset: i64 [0..],
        /// Leader epoch of the last record read, −1 if unknown (KIP-320).
        committed_leader_epoch: i32 [5..] = -1,
        /// The note that was committed with it.
        metadata: Option<Str> [0..],
        /// Whether the partition could be looked at.
        error_code: ErrorCode [0..],
    }
}
