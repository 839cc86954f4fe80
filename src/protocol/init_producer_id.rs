//! InitProducerId: the identity of an idempotent or transactional producer (KIP-98, KIP-360).

use super::ErrorCode;
use crate::wire::Str;

api! {
    InitProducerId = 22, versions 0..=5, flexible 2;

    /// Asks for a producer's identity, or for a new epoch of one.
    request {
        /// The transactional id, null for a producer that is only idempotent.
        transactional_id: Option<Str> [0..],
        /// After how long the broker aborts a transaction left open, in milliseconds.
        transaction_timeout_ms: i32 [0..],
        /// The id that the producer has, −1 if it has none.
        producer_id: i64 [3..] = -1,
        /// The epoch that the producer has, −1 if it has none.
        producer_epoch: i16 [3..] = -1,
    }

    /// The producer's identity.
    response {
        /// How long the broker held the answer back for a quota, in milliseconds.
        throttle_time_ms: i32 [0..],
        /// Whether it worked.
        error_code: ErrorCode [0..],
        /// The producer's id.
        producer_id: i64 [0..] = -1,
        /// The producer's epoch.
        producer_epoch: i16 [0..],
    }
}
