//! SyncGroup: the leader hands in what it has assigned, and every member hears its part.

use super::ErrorCode;
use crate::wire::Str;
use bytes::Bytes;

api! {
    SyncGroup = 14, versions 0..=5, flexible 4;

    /// Asks for the member's assignment.
    request {
        /// The group.
        group_id: Str [0..],
        /// The generation that the member has joined.
        generation_id: i32 [0..],
        /// The member's id.
        member_id: Str [0..],
        /// The name of a static member (KIP-345).
        group_instance_id: Option<Str> [3..],
        /// What kind of group (KIP-559).
        protocol_type: Option<Str> [5..],
        /// The assignor that was chosen (KIP-559).
        protocol_name: Option<Str> [5..],
        /// From the leader: what each member gets.
        assignments: Vec<Assignment> [0..],
    }

    /// The member's assignment.
    response {
        /// How long the broker held the answer back for a quota, in milliseconds.
        throttle_time_ms: i32 [1..],
        /// Whether the generation stands.
        error_code: ErrorCode [0..],
        /// What kind of group.
        protocol_type: Option<Str> [5..],
        /// The assignor that was chosen.
        protocol_name: Option<Str> [5..],
        /// The partitions, in the notation of consumers.
        assignment: Bytes [0..],
    }

    /// What a member gets.
    struct Assignment {
        /// Its id.
        member_id: Str [0..],
        /// The partitions, in the notation of consumers.
        assignment: Bytes [0..],
    }
}
