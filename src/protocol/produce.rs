//! Produce: writes record batches to the leaders of partitions.
//!
//! Versions 0 and 1 carry message sets of magic 0, version 2 of magic 1, versions from 3 on batches
//! of magic 2; zstd needs version 7. With `acks` 0 the broker sends no response at all.

use super::ErrorCode;
use crate::wire::Str;
use bytes::Bytes;

api! {
    Produce = 0, versions 0..=12, flexible 9;

    /// Records for partitions that the broker leads.
    request {
        /// The transaction's id, null outside of transactions.
        transactional_id: Option<Str> [3..],
        /// Who must have the records before the answer: −1 all replicas in sync, 1 the leader, 0 nobody.
        acks: i16 [0..],
        /// How long the broker may wait for the replicas, in milliseconds.
        timeout_ms: i32 [0..],
        /// The records by topic.
        topic_data: Vec<TopicData> [0..],
    }

    /// What became of each partition's records.
    response {
        /// The results by topic.
        responses: Vec<TopicResponse> [0..],
        /// How long the broker held the answer back for a quota, in milliseconds.
        throttle_time_ms: i32 [1..],
        /// Where the new leaders named in the results are (KIP-951).
        node_endpoints: Vec<NodeEndpoint> [10..] tag 0,
    }

    /// The records of a topic.
    struct TopicData {
        /// Its name.
        name: Str [0..],
        /// The records by partition.
        partition_data: Vec<PartitionData> [0..],
    }

    /// The records of a partition.
    struct PartitionData {
        /// Its number.
        index: i32 [0..],
        /// One batch, or a message set; written without being copied.
        records: Option<Bytes> [0..],
    }

    /// The results of a topic.
    struct TopicResponse {
        /// Its name.
        name: Str [0..],
        /// The results by partition.
        partition_responses: Vec<PartitionResponse> [0..],
    }

    /// The result of a partition.
    struct PartitionResponse {
        /// Its number.
        index: i32 [0..],
        /// Whether the records were written.
        error_code: ErrorCode [0..],
        /// Offset of the first record.
        base_offset: i64 [0..],
        /// The broker's time for the records in ms, −1 where the topic keeps the client's.
        log_append_time_ms: i64 [2..] = -1,
        /// The partition's first offset, −1 if unknown.
        log_start_offset: i64 [5..] = -1,
        /// The records that made the broker refuse the batch (KIP-467).
        record_errors: Vec<RecordError> [8..],
        /// What was wrong, in the broker's words.
        error_message: Option<Str> [8..],
        /// The new leader, after `NOT_LEADER_OR_FOLLOWER` (KIP-951).
        current_leader: LeaderIdAndEpoch [10..] tag 0,
    }

    /// A record that made the broker refuse the batch.
    struct RecordError {
        /// Its place in the batch, from 0.
        batch_index: i32 [8..],
        /// What was wrong with it.
        batch_index_error_message: Option<Str> [8..],
    }

    /// A partition's leader.
    struct LeaderIdAndEpoch {
        /// The broker, −1 if unknown.
        leader_id: i32 [10..] = -1,
        /// Epoch of its leadership, −1 if unknown.
        leader_epoch: i32 [10..] = -1,
    }

    /// Where a broker is.
    struct NodeEndpoint {
        /// Its id.
        node_id: i32 [10..],
        /// Its advertised host.
        host: Str [10..],
        /// Its advertised port.
        port: i32 [10..],
        /// Its rack.
        rack: Option<Str> [10..],
    }
}
