//! OffsetForLeaderEpoch: where the records of a leader's epoch end, so that a client can tell whether its
//! place is still in the log (KIP-320).

use super::ErrorCode;
use crate::wire::Str;

api! {
    OffsetForLeaderEpoch = 23, versions 0..=4, flexible 4;

    /// Asks for the ends of epochs.
    request {
        /// A follower's broker id; −1 for clients, −2 for the debugger that older versions take one for.
        replica_id: i32 [3..] = -2,
        /// The partitions by topic.
        topics: Vec<RequestTopic> [0..],
    }

    /// Where the epochs end.
    response {
        /// How long the broker held the answer back for a quota, in milliseconds.
        throttle_time_ms: i32 [2..],
        /// The results by topic.
        topics: Vec<Topic> [0..],
    }

    /// The partitions of a topic.
    struct RequestTopic {
        /// Its name.
        topic: Str [0..],
        /// The partitions.
        partitions: Vec<RequestPartition> [0..],
    }

    /// A partition, and the epoch to look up.
    struct RequestPartition {
        /// Its number.
        partition: i32 [0..],
        /// Epoch of the leadership that the client knows, −1 if it knows none.
        current_leader_epoch: i32 [2..] = -1,
        /// The epoch to look up.
        leader_epoch: i32 [0..],
    }

    /// The results of a topic.
    struct Topic {
        /// Its name.
        topic: Str [0..],
        /// The results by partition.
        partitions: Vec<EpochEndOffset> [0..],
    }

    /// The result of a partition.
    struct EpochEndOffset {
        /// Whether the epoch was looked up.
        error_code: ErrorCode [0..],
        /// The partition's number.
        partition: i32 [0..],
        /// The largest epoch not above the one asked for, −1 if there is none.
        leader_epoch: i32 [1..] = -1,
        /// The offset after its last record, −1 if unknown.
        end_offset: i64 [0..] = -1,
    }
}
