//! CreatePartitions: adds partitions to topics (KIP-195). Sent to the controller.

use super::ErrorCode;
use crate::wire::Str;

api! {
    CreatePartitions = 37, versions 0..=3, flexible 2;

    /// The topics to enlarge.
    request {
        /// The topics.
        topics: Vec<PartitionsTopic> [0..],
        /// How long the controller may take, in milliseconds.
        timeout_ms: i32 [0..],
        /// Whether only to check.
        validate_only: bool [0..],
    }

    /// What became of each topic.
    response {
        /// How long the broker held the answer back for a quota, in milliseconds.
        throttle_time_ms: i32 [0..],
        /// The results.
        results: Vec<TopicResult> [0..],
    }

    /// A topic to enlarge.
    struct PartitionsTopic {
        /// Its name.
        name: Str [0..],
        /// How many partitions it shall have, the old ones counted.
        count: i32 [0..],
        /// Which brokers get each new partition; null to leave it to the controller.
        assignments: Option<Vec<Assignment>> [0..],
    }

    /// The brokers that get a new partition.
    struct Assignment {
        /// The brokers, the preferred leader first.
        broker_ids: Vec<i32> [0..],
    }

    /// What became of a topic.
    struct TopicResult {
        /// Its name.
        name: Str [0..],
        /// Whether it was enlarged.
        error_code: ErrorCode [0..],
        /// What was wrong, in the broker's words.
        error_message: Option<Str> [0..],
    }
}
