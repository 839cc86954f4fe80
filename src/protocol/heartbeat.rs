//! Heartbeat: a member of a group says that it is alive, and hears whether the group rebalances.

use super::ErrorCode;
use crate::wire::Str;

api! {
    Heartbeat = 12, versions 0..=4, flexible 4;

    /// A sign of life.
    request {
        /// The group.
        group_id: Str [0..],
        /// The generation that the member is in.
        generation_id: i32 [0..],
        /// The member's id.
        member_id: Str [0..],
        /// The name of a static member (KIP-345).
        group_instance_id: Option<Str> [3..],
    }

    /// How the group stands.
    response {
        /// How long the broker held the answer back for a quota, in milliseconds.
        throttle_time_ms: i32 [1..],
        /// `REBALANCE_IN_PROGRESS` when members must join again.
        error_code: ErrorCode [0..],
    }
}
