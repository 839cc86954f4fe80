//! How Kafka writes values as bytes: an [`Encoder`], a [`Decoder`], and the macro by which
//! [`protocol`](crate::protocol) declares messages.
//!
//! Everything is big-endian. A message version is either *classic* (strings with a 2-byte length,
//! arrays with a 4-byte count) or *flexible* (KIP-482: compact lengths as varints, tagged fields).
//!
//! Nothing here trusts a length: what it asks for must be in the bytes that are left, else the
//! answer is [`Malformed`], and memory is taken only as elements are really read.

mod decoder;
#[doc(hidden)]
pub mod describe;
mod encoder;
pub(crate) mod field;
mod malformed;
pub(crate) mod message;
pub mod varint;

pub use self::{decoder::Decoder, encoder::Encoder, malformed::Malformed};

/// A string of the protocol: shared, never copied again once it is read.
pub type Str = std::sync::Arc<str>;
