//! SaslAuthenticate: a step of a SASL exchange (KIP-152). What it carries is secret: it must not be logged.

use super::ErrorCode;
use crate::wire::Str;
use bytes::Bytes;

api! {
    SaslAuthenticate = 36, versions 0..=2, flexible 2;

    /// The client's token.
    request {
        /// What the mechanism says.
        auth_bytes: Bytes [0..],
    }

    /// The broker's token.
    response {
        /// Whether it went well.
        error_code: ErrorCode [0..],
        /// What was wrong, in the broker's words.
        error_message: Option<Str> [0..],
        /// What the mechanism says.
        auth_bytes: Bytes [0..],
        /// After how long the client must authenticate anew, in milliseconds; 0 for never (KIP-368).
        session_lifetime_ms: i64 [1..],
    }
}
