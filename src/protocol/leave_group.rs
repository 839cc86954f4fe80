//! LeaveGroup: ends a membership, so that the others need not wait for it to time out. Several at
//! once from version 3 on.

use super::ErrorCode;
use crate::wire::Str;

api! {
    LeaveGroup = 13, versions 0..=5, flexible 4;

    /// Says goodbye.
    request {
        /// The group.
        group_id: Str [0..],
        /// The member's id.
        member_id: Str [0..=2],
        /// The members that leave.
        members: Vec<Leaver> [3..],
    }

    /// Whether they have left.
    response {
        /// How long the broker held the answer back for a quota, in milliseconds.
        throttle_time_ms: i32 [1..],
        /// Whether the request as a whole worked.
        error_code: ErrorCode [0..],
        /// The outcomes.
        members: Vec<Left> [3..],
    }

    /// A member that leaves.
    struct Leaver {
        /// Its id.
        member_id: Str [3..],
        /// The name of a static member (KIP-345).
        group_instance_id: Option<Str> [3..],
        /// Why, for the broker's log (KIP-800).
        reason: Option<Str> [5..],
    }

    /// The outcome for a member.
    struct Left {
        /// Its id.
        member_id: Str [3..],
        /// The name of a static member.
        group_instance_id: Option<Str> [3..],
        /// Whether it has left.
        error_code: ErrorCode [3..],
    }
}
