//! Metadata: brokers, topics, partitions and their leaders.

use super::{ErrorCode, Uuid};
use crate::wire::Str;

/// What a broker sends for authorized operations that were not asked for.
pub const NO_OPERATIONS: i32 = i32::MIN;

api! {
    Metadata = 3, versions 0..=13, flexible 9;

    /// Asks for the brokers and for some topics or all.
    request {
        /// The topics; null for all (in version 0, which has no null, an empty array is all).
        topics: Option<Vec<RequestTopic>> [0..] null [1..],
        /// Whether the broker may create topics that are missing, if it is configured to.
        allow_auto_topic_creation: bool [4..] = true,
        /// Whether to say what the user may do to the cluster.
        include_cluster_authorized_operations: bool [8..=10],
        /// Whether to say what the user may do to each topic.
        include_topic_authorized_operations: bool [8..],
    }

    /// The cluster as the broker sees it.
    response {
        /// How long the broker held the answer back for a quota, in milliseconds.
        throttle_time_ms: i32 [3..],
        /// The brokers that are alive.
        brokers: Vec<Broker> [0..],
        /// Id of the cluster.
        cluster_id: Option<Str> [2..],
        /// The controller, −1 if unknown.
        controller_id: i32 [1..] = -1,
        /// The topics.
        topics: Vec<Topic> [0..],
        /// What the user may do to the cluster, as a bit field.
        cluster_authorized_operations: i32 [8..=10] = NO_OPERATIONS,
        /// Whether the request as a whole worked; `REBOOTSTRAP_REQUIRED` says to begin anew (KIP-1102).
        error_code: ErrorCode [13..],
    }

    /// A topic that is asked for, by name or (from version 10) by id.
    struct RequestTopic {
        /// Its id, zero when asked for by name.
        topic_id: Uuid [10..],
        /// Its name, null when asked for by id (really from version 12 on).
        name: Option<Str> [0..] null [10..],
    }

    /// A broker.
    struct Broker {
        /// Its id.
        node_id: i32 [0..],
        /// Its advertised host.
        host: Str [0..],
        /// Its advertised port.
        port: i32 [0..],
        /// Its rack.
        rack: Option<Str> [1..],
    }

    /// A topic.
    struct Topic {
        /// Whether the topic is usable.
        error_code: ErrorCode [0..],
        /// Its name; null when it was asked for by an id that is unknown.
        name: Option<Str> [0..] null [12..],
        /// Its id.
        topic_id: Uuid [10..],
        /// Whether it is Kafka's own.
        is_internal: bool [1..],
        /// Its partitions, in no order.
        partitions: Vec<Partition> [0..],
        /// What the user may do to it, as a bit field.
        topic_authorized_operations: i32 [8..] = NO_OPERATIONS,
    }

    /// A partition.
    struct Partition {
        /// Whether the partition is usable.
        error_code: ErrorCode [0..],
        /// Its number.
        partition_index: i32 [0..],
        /// The broker that leads it, −1 if none.
        leader_id: i32 [0..],
        /// Epoch of that leadership, −1 if unknown (KIP-320).
        leader_epoch: i32 [7..] = -1,
        /// The brokers that have it.
        replica_nodes: Vec<i32> [0..],
        /// Those of them that are in sync.
        isr_nodes: Vec<i32> [0..],
        /// Those of them that are down.
        offline_replicas: Vec<i32> [5..],
    }
}
