//! SaslAuthenticate: a step of a SASL exchange (KIP-152). What it carries is secret: it must not be logged, and
//! [`Secret`] keeps it out of `Debug`.

use super::ErrorCode;
use crate::wire::{
    Decoder, Encoder, Malformed, Str,
    describe::Kind,
    field::{Field, Form},
};
use bytes::Bytes;
use std::fmt;

api! {
    SaslAuthenticate = 36, versions 0..=2, flexible 2;

    /// The client's token.
    request {
        /// What the mechanism says.
        auth_bytes: Secret [0..],
    }

    /// The broker's token.
    response {
        /// Whether it went well.
        error_code: ErrorCode [0..],
        /// What was wrong, in the broker's words.
        error_message: Option<Str> [0..],
        /// What the mechanism says.
        auth_bytes: Secret [0..],
        /// After how long the client must authenticate anew, in milliseconds; 0 for never (KIP-368).
        session_lifetime_ms: i64 [1..],
    }
}

/// Bytes that `Debug` does not show.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Secret(pub Bytes);

impl<T: Into<Bytes>> From<T> for Secret {
    fn from(bytes: T) -> Self {
        Self(bytes.into())
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<{} secret bytes>", self.0.len())
    }
}

impl Field for Secret {
    const KIND: Kind = Bytes::KIND;

    fn write(&self, out: &mut Encoder, form: Form) {
        self.0.write(out, form);
    }

    fn read(input: &mut Decoder, form: Form) -> Result<Self, Malformed> {
        Bytes::read(input, form).map(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_keeps_the_secret() {
        let request = Request { auth_bytes: "\0user\0password".into() };
        assert_eq!(format!("{request:?}"), "Request { auth_bytes: <14 secret bytes> }");
    }
}
