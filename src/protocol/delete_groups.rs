//! DeleteGroups: forgets groups that have no members, with their offsets.

use super::ErrorCode;
use crate::wire::Str;

api! {
    DeleteGroups = 42, versions 0..=2, flexible 2;

    /// Asks for groups to be forgotten, which the broker must coordinate.
    request {
        /// Their ids.
        groups_names: Vec<Str> [0..],
    }

    /// Whether they are.
    response {
        /// How long the broker held the answer back for a quota, in milliseconds.
        throttle_time_ms: i32 [0..],
        /// The outcomes.
        results: Vec<Outcome> [0..],
    }

    /// The outcome for a group.
    struct Outcome {
        /// Its id.
        group_id: Str [0..],
        /// Whether it is forgotten.
        error_code: ErrorCode [0..],
    }
}
