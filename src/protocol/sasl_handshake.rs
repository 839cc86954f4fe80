//! SaslHandshake: chooses the SASL mechanism. After version 0 the tokens follow as bare frames, after
//! version 1 in SaslAuthenticate requests (KIP-152).

use super::ErrorCode;
use crate::wire::Str;

api! {
    SaslHandshake = 17, versions 0..=1, flexible never;

    /// The mechanism that the client wants.
    request {
        /// Its name, such as `SCRAM-SHA-256`.
        mechanism: Str [0..],
    }

    /// Whether the broker takes it.
    response {
        /// Whether it does.
        error_code: ErrorCode [0..],
        /// The mechanisms that it takes.
        mechanisms: Vec<Str> [0..],
    }
}
