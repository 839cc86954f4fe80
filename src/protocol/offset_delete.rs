//! OffsetDelete: forgets a group's offsets in topics that it is not subscribed to (KIP-496).

use super::ErrorCode;
use crate::wire::Str;

api! {
    OffsetDelete = 47, versions 0..=0, flexible never;

    /// Asks for offsets to be forgotten.
    request {
        /// The group.
        group_id: Str [0..],
        /// The partitions by topic.
        topics: Vec<RequestTopic> [0..],
    }

    /// Whether they are.
    response {
        /// Whether the request as a whole worked.
        error_code: ErrorCode [0..],
        /// How long the broker held the answer back for a quota, in milliseconds.
        throttle_time_ms: i32 [0..],
        /// The outcomes by topic.
        topics: Vec<Topic> [0..],
    }

    /// The partitions of a topic.
    struct RequestTopic {
        /// Its name.
        name: Str [0..],
        /// The partitions.
        partitions: Vec<RequestPartition> [0..],
    }

    /// A partition.
    struct RequestPartition {
        /// Its number.
        partition_index: i32 [0..],
    }

    /// The outcomes of a topic.
    struct Topic {
        /// Its name.
        name: Str [0..],
        /// The outcomes by partition.
        partitions: Vec<Partition> [0..],
    }

    /// The outcome of a partition.
    struct Partition {
        /// Its number.
        partition_index: i32 [0..],
        /// Whether its offset is forgotten.
        error_code: ErrorCode [0..],
    }
}
