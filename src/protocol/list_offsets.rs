//! ListOffsets: the first and last offsets of partitions, and offsets by time.

use super::ErrorCode;
use crate::wire::Str;

/// As a timestamp: the offset after the last record.
pub const LATEST: i64 = -1;
/// As a timestamp: the first offset.
pub const EARLIEST: i64 = -2;
/// As a timestamp, from version 7 on: the record with the highest timestamp (KIP-734).
pub const MAX_TIMESTAMP: i64 = -3;

api! {
    ListOffsets = 2, versions 0..=10, flexible 6;

    /// Asks for offsets by time.
    request {
        /// A follower's broker id; −1 for clients.
        replica_id: i32 [0..] = -1,
        /// 0 counts every record, 1 only those before the first open transaction.
        isolation_level: i8 [2..],
        /// The partitions by topic.
        topics: Vec<RequestTopic> [0..],
        /// How long the broker may ask its remote storage, in milliseconds (KIP-1075).
        timeout_ms: i32 [10..],
    }

    /// The offsets.
    response {
        /// How long the broker held the answer back for a quota, in milliseconds.
        throttle_time_ms: i32 [2..],
        /// The offsets by topic.
        topics: Vec<Topic> [0..],
    }

    /// A topic to look at.
    struct RequestTopic {
        /// Its name.
        name: Str [0..],
        /// The partitions.
        partitions: Vec<RequestPartition> [0..],
    }

    /// A partition to look at.
    struct RequestPartition {
        /// Its number.
        partition_index: i32 [0..],
        /// Epoch of the leadership that the client knows, −1 if it knows none (KIP-320).
        current_leader_epoch: i32 [4..] = -1,
        /// A time in milliseconds since 1970, or [`LATEST`], [`EARLIEST`], [`MAX_TIMESTAMP`].
        timestamp: i64 [0..],
        /// How many offsets to return.
        max_num_offsets: i32 [0..=0] = 1,
    }

    /// The offsets of a topic.
    struct Topic {
        /// Its name.
        name: Str [0..],
        /// The offsets by partition.
        partitions: Vec<Partition> [0..],
    }

    /// The offset of a partition.
    struct Partition {
        /// Its number.
        partition_index: i32 [0..],
        /// Whether it could be looked at.
        error_code: ErrorCode [0..],
        /// First offsets of the segments older than the time, newest first: version 0 knew no better.
        old_style_offsets: Vec<i64> [0..=0],
        /// Timestamp of the record found, in milliseconds; −1 for none.
        timestamp: i64 [1..] = -1,
        /// Offset of the first record not older than the time; −1 for none.
        offset: i64 [1..] = -1,
        /// Leader epoch of that record, −1 if unknown.
        leader_epoch: i32 [4..] = -1,
    }
}
