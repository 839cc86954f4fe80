//! FindCoordinator: the broker that manages a group or a transaction. Several at once from version
//! 4 on (KIP-699).

use super::ErrorCode;
use crate::wire::Str;

/// As a key type: a consumer group.
pub const GROUP: i8 = 0;
/// As a key type: a transaction.
pub const TRANSACTION: i8 = 1;
/// As a key type, from version 6 on: a share group's partition (KIP-932).
pub const SHARE: i8 = 2;

api! {
    FindCoordinator = 10, versions 0..=6, flexible 3;

    /// Asks who coordinates.
    request {
        /// The group or the transactional id.
        key: Str [0..=3],
        /// What the key is: [`GROUP`], [`TRANSACTION`] or [`SHARE`].
        key_type: i8 [1..],
        /// The groups or transactional ids.
        coordinator_keys: Vec<Str> [4..],
    }

    /// Who coordinates.
    response {
        /// How long the broker held the answer back for a quota, in milliseconds.
        throttle_time_ms: i32 [1..],
        /// Whether the coordinator is known.
        error_code: ErrorCode [0..=3],
        /// What was wrong, in the broker's words.
        error_message: Option<Str> [1..=3],
        /// The coordinator's id.
        node_id: i32 [0..=3],
        /// The coordinator's host.
        host: Str [0..=3],
        /// The coordinator's port.
        port: i32 [0..=3],
        /// The coordinators by key.
        coordinators: Vec<Coordinator> [4..],
    }

    /// The coordinator of a key.
    struct Coordinator {
        /// The group or the transactional id.
        key: Str [4..],
        /// The coordinator's id.
        node_id: i32 [4..],
        /// The coordinator's host.
        host: Str [4..],
        /// The coordinator's port.
        port: i32 [4..],
        /// Whether the coordinator is known.
        error_code: ErrorCode [4..],
        /// What was wrong, in the broker's words.
        error_message: Option<Str> [4..],
    }
}
