//! DescribeGroups: the state and the members of groups of the classic protocol.

use super::ErrorCode;
use crate::wire::Str;
use bytes::Bytes;

api! {
    DescribeGroups = 15, versions 0..=6, flexible 5;

    /// Asks about groups, which the broker must coordinate.
    request {
        /// Their ids.
        groups: Vec<Str> [0..],
        /// Whether to say what the client may do.
        include_authorized_operations: bool [3..],
    }

    /// The groups.
    response {
        /// How long the broker held the answer back for a quota, in milliseconds.
        throttle_time_ms: i32 [1..],
        /// The groups.
        groups: Vec<Group> [0..],
    }

    /// A group.
    struct Group {
        /// Whether it could be looked at.
        error_code: ErrorCode [0..],
        /// What was wrong, in the broker's words (KIP-1043).
        error_message: Option<Str> [6..],
        /// Its id.
        group_id: Str [0..],
        /// `Empty`, `PreparingRebalance`, `CompletingRebalance`, `Stable` or `Dead`.
        group_state: Str [0..],
        /// What kind of group: `consumer` for consumers.
        protocol_type: Str [0..],
        /// The assignor.
        protocol_data: Str [0..],
        /// The members.
        members: Vec<Member> [0..],
        /// What the client may do, a bit for each operation; the lowest number if not asked for.
        authorized_operations: i32 [3..] = i32::MIN,
    }

    /// A member of a group.
    struct Member {
        /// Its id.
        member_id: Str [0..],
        /// The name of a static member (KIP-345).
        group_instance_id: Option<Str> [4..],
        /// The client id of its connection.
        client_id: Str [0..],
        /// The address that it comes from.
        client_host: Str [0..],
        /// Its subscription, while the group is stable.
        member_metadata: Bytes [0..],
        /// Its partitions, while the group is stable.
        member_assignment: Bytes [0..],
    }
}
