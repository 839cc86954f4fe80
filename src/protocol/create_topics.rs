//! CreateTopics: sent to the controller.

use super::{ErrorCode, Uuid};
use crate::wire::Str;

api! {
    CreateTopics = 19, versions 0..=7, flexible 5;

    /// The topics to create.
    request {
        /// The topics.
        topics: Vec<CreatableTopic> [0..],
        /// How long the controller may take, in milliseconds.
        timeout_ms: i32 [0..] = 60_000,
        /// Whether only to check.
        validate_only: bool [1..],
    }

    /// What became of each topic.
    response {
        /// How long the broker held the answer back for a quota, in milliseconds.
        throttle_time_ms: i32 [2..],
        /// The results.
        topics: Vec<CreatableTopicResult> [0..],
    }

    /// A topic to create.
    struct CreatableTopic {
        /// Its name.
        name: Str [0..],
        /// How many partitions: −1 with `assignments`, or (from version 4 on) for the broker's default.
        num_partitions: i32 [0..],
        /// How many replicas: −1 with `assignments`, or (from version 4 on) for the broker's default.
        replication_factor: i16 [0..],
        /// Which brokers get which partition; empty to leave it to the controller.
        assignments: Vec<ReplicaAssignment> [0..],
        /// The topic's configuration, where it differs from the broker's.
        configs: Vec<TopicConfig> [0..],
    }

    /// The brokers that get a partition.
    struct ReplicaAssignment {
        /// The partition.
        partition_index: i32 [0..],
        /// The brokers, the preferred leader first.
        broker_ids: Vec<i32> [0..],
    }

    /// A setting of a topic.
    struct TopicConfig {
        /// Its name.
        name: Str [0..],
        /// Its value.
        value: Option<Str> [0..],
    }

    /// What became of a topic.
    struct CreatableTopicResult {
        /// Its name.
        name: Str [0..],
        /// Its id.
        topic_id: Uuid [7..],
        /// Whether it was created.
        error_code: ErrorCode [0..],
        /// What was wrong, in the broker's words.
        error_message: Option<Str> [1..],
        /// Why `configs` is null, if the user may not see it.
        topic_config_error_code: ErrorCode [5..] tag 0,
        /// How many partitions it has, −1 if unknown.
        num_partitions: i32 [5..] = -1,
        /// How many replicas it has, −1 if unknown.
        replication_factor: i16 [5..] = -1,
        /// The configuration that it has.
        configs: Option<Vec<TopicConfigResult>> [5..],
    }

    /// A setting that a topic has.
    struct TopicConfigResult {
        /// Its name.
        name: Str [5..],
        /// Its value.
        value: Option<Str> [5..],
        /// Whether it cannot be changed.
        read_only: bool [5..],
        /// Where it comes from, −1 if unknown.
        config_source: i8 [5..] = -1,
        /// Whether the value is a secret, and so withheld.
        is_sensitive: bool [5..],
    }
}
