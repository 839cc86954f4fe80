//! ListGroups: the groups that a broker coordinates.

use super::ErrorCode;
use crate::wire::Str;

api! {
    ListGroups = 16, versions 0..=5, flexible 3;

    /// Asks for groups.
    request {
        /// Only those in one of these states (KIP-518); empty for all.
        states_filter: Vec<Str> [4..],
        /// Only those of one of these types, such as `classic` or `consumer` (KIP-848); empty for all.
        types_filter: Vec<Str> [5..],
    }

    /// The groups.
    response {
        /// How long the broker held the answer back for a quota, in milliseconds.
        throttle_time_ms: i32 [1..],
        /// Whether they could be listed.
        error_code: ErrorCode [0..],
        /// The groups.
        groups: Vec<Group> [0..],
    }

    /// A group.
    struct Group {
        /// Its id.
        group_id: Str [0..],
        /// What kind of group: `consumer` for consumers, empty for one that only has offsets.
        protocol_type: Str [0..],
        /// Its state.
        group_state: Str [4..],
        /// Its type.
        group_type: Str [5..],
    }
}
