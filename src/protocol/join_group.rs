//! JoinGroup: enters a group, or comes back to it for a new generation. The answer comes when all
//! members have joined or the rebalance timeout is over, which may be minutes.

use super::ErrorCode;
use crate::wire::Str;
use bytes::Bytes;

api! {
    JoinGroup = 11, versions 0..=9, flexible 6;

    /// Asks to be a member of the next generation.
    request {
        /// The group.
        group_id: Str [0..],
        /// Without a heartbeat for so long the member is taken for dead, in milliseconds.
        session_timeout_ms: i32 [0..],
        /// How long the coordinator waits for the others to join, in milliseconds.
        rebalance_timeout_ms: i32 [1..] = -1,
        /// The id that the coordinator gave; empty at first.
        member_id: Str [0..],
        /// The name of a static member (KIP-345).
        group_instance_id: Option<Str> [5..],
        /// What kind of group: `consumer` for consumers.
        protocol_type: Str [0..],
        /// The assignors that the member can do, the best first.
        protocols: Vec<Protocol> [0..],
        /// Why the member joins, for the broker's log (KIP-800).
        reason: Option<Str> [8..],
    }

    /// The generation.
    response {
        /// How long the broker held the answer back for a quota, in milliseconds.
        throttle_time_ms: i32 [2..],
        /// Whether the member has joined.
        error_code: ErrorCode [0..],
        /// The number of the generation.
        generation_id: i32 [0..] = -1,
        /// What kind of group.
        protocol_type: Option<Str> [7..],
        /// The assignor that all members can do.
        protocol_name: Option<Str> [0..] null [7..],
        /// Id of the member that assigns.
        leader: Str [0..],
        /// Whether the leader is not to assign, since nothing has changed (KIP-814).
        skip_assignment: bool [9..],
        /// The id of this member.
        member_id: Str [0..],
        /// To the leader: all members.
        members: Vec<Member> [0..],
    }

    /// An assignor that a member can do.
    struct Protocol {
        /// Its name, such as `range`.
        name: Str [0..],
        /// The member's subscription, in the notation of that assignor.
        metadata: Bytes [0..],
    }

    /// A member of the group.
    struct Member {
        /// Its id.
        member_id: Str [0..],
        /// The name of a static member.
        group_instance_id: Option<Str> [5..],
        /// Its subscription.
        metadata: Bytes [0..],
    }
}
