//! Fetch: reads record batches from the leaders of partitions, or from a follower (KIP-392).
//!
//! The broker answers with whole batches as they lie in its log, so the first may begin before the
//! offset asked for, and the last may be cut. Versions below 4 get message sets of magic 0 or 1.
//! Topics are named by id from version 13 on (KIP-516).

use super::{ErrorCode, Uuid};
use crate::wire::Str;
use bytes::Bytes;

api! {
    Fetch = 1, versions 0..=17, flexible 12;

    /// Asks for records of partitions from given offsets on.
    request {
        /// Id of the cluster, if known.
        cluster_id: Option<Str> [12..] tag 0,
        /// A follower's broker id; −1 for clients.
        replica_id: i32 [0..=14] = -1,
        /// A follower's state.
        replica_state: ReplicaState [15..] tag 1,
        /// How long the broker may wait for `min_bytes`, in milliseconds.
        max_wait_ms: i32 [0..],
        /// How many bytes to wait for.
        min_bytes: i32 [0..],
        /// How many bytes to return, give or take a batch (KIP-74).
        max_bytes: i32 [3..] = i32::MAX,
        /// 0 returns every record, 1 only those before the first open transaction.
        isolation_level: i8 [4..],
        /// The fetch session, 0 for none or a new one (KIP-227).
        session_id: i32 [7..],
        /// Epoch in the session: 0 to begin one, −1 to do without.
        session_epoch: i32 [7..] = -1,
        /// The partitions; in a session, those that are new or changed.
        topics: Vec<FetchTopic> [0..],
        /// In a session, the partitions to drop.
        forgotten_topics_data: Vec<ForgottenTopic> [7..],
        /// The client's rack, to be sent to a follower in it.
        rack_id: Str [11..],
    }

    /// Records of partitions.
    response {
        /// How long the broker held the answer back for a quota, in milliseconds.
        throttle_time_ms: i32 [1..],
        /// Whether the request as a whole worked.
        error_code: ErrorCode [7..],
        /// The fetch session, 0 for none.
        session_id: i32 [7..],
        /// The results by topic.
        responses: Vec<TopicResponse> [0..],
        /// Where the new leaders named in the results are (KIP-951).
        node_endpoints: Vec<NodeEndpoint> [16..] tag 0,
    }

    /// A follower's state.
    struct ReplicaState {
        /// Its broker id, −1 for clients.
        replica_id: i32 [15..] = -1,
        /// Its epoch, −1 if unknown.
        replica_epoch: i64 [15..] = -1,
    }

    /// A topic to fetch.
    struct FetchTopic {
        /// Its name.
        topic: Str [0..=12],
        /// Its id.
        topic_id: Uuid [13..],
        /// The partitions.
        partitions: Vec<FetchPartition> [0..],
    }

    /// A partition to fetch.
    struct FetchPartition {
        /// Its number.
        partition: i32 [0..],
        /// Epoch of the leadership that the client knows, −1 if it knows none (KIP-320).
        current_leader_epoch: i32 [9..] = -1,
        /// The offset to begin at.
        fetch_offset: i64 [0..],
        /// Leader epoch of the last record fetched, −1 if there is none.
        last_fetched_epoch: i32 [12..] = -1,
        /// A follower's first offset; −1 for clients.
        log_start_offset: i64 [5..] = -1,
        /// How many bytes to return, give or take a batch (KIP-74).
        partition_max_bytes: i32 [0..],
        /// A follower's directory (KIP-853).
        replica_directory_id: Uuid [17..] tag 0,
    }

    /// Partitions to drop from a session.
    struct ForgottenTopic {
        /// The topic's name.
        topic: Str [7..=12],
        /// The topic's id.
        topic_id: Uuid [13..],
        /// The partitions.
        partitions: Vec<i32> [7..],
    }

    /// The results of a topic.
    struct TopicResponse {
        /// Its name.
        topic: Str [0..=12],
        /// Its id.
        topic_id: Uuid [13..],
        /// The results by partition.
        partitions: Vec<PartitionData> [0..],
    }

    /// The result of a partition.
    struct PartitionData {
        /// Its number.
        partition_index: i32 [0..],
        /// Whether it could be read.
        error_code: ErrorCode [0..],
        /// The offset after the last record that consumers may see.
        high_watermark: i64 [0..],
        /// The offset before which every transaction is settled, −1 if unknown.
        last_stable_offset: i64 [4..] = -1,
        /// The partition's first offset, −1 if unknown.
        log_start_offset: i64 [5..] = -1,
        /// Where a follower's log and the leader's part (KIP-595).
        diverging_epoch: EpochEndOffset [12..] tag 0,
        /// The new leader, after `NOT_LEADER_OR_FOLLOWER` (KIP-951).
        current_leader: LeaderIdAndEpoch [12..] tag 1,
        /// A snapshot that a follower must load first (KIP-630).
        snapshot_id: SnapshotId [12..] tag 2,
        /// The aborted transactions among these records; null when all records were asked for.
        aborted_transactions: Option<Vec<AbortedTransaction>> [4..],
        /// The replica to fetch from instead, −1 for none (KIP-392).
        preferred_read_replica: i32 [11..] = -1,
        /// The batches or message sets: a slice of the frame.
        records: Option<Bytes> [0..],
    }

    /// An epoch and where it ends.
    struct EpochEndOffset {
        /// The epoch, −1 for none.
        epoch: i32 [12..] = -1,
        /// The offset after its last record, −1 for none.
        end_offset: i64 [12..] = -1,
    }

    /// A partition's leader.
    struct LeaderIdAndEpoch {
        /// The broker, −1 if unknown.
        leader_id: i32 [12..] = -1,
        /// Epoch of its leadership, −1 if unknown.
        leader_epoch: i32 [12..] = -1,
    }

    /// A snapshot of a partition.
    struct SnapshotId {
        /// The offset at which it ends, −1 for none.
        end_offset: i64 [0..] = -1,
        /// The epoch at which it ends, −1 for none.
        epoch: i32 [0..] = -1,
    }

    /// An aborted transaction.
    struct AbortedTransaction {
        /// Its producer.
        producer_id: i64 [4..],
        /// Its first offset in this partition.
        first_offset: i64 [4..],
    }

    /// Where a broker is.
    struct NodeEndpoint {
        /// Its id.
        node_id: i32 [16..],
        /// Its advertised host.
        host: Str [16..],
        /// Its advertised port.
        port: i32 [16..],
        /// Its rack.
        rack: Option<Str> [16..],
    }
}
