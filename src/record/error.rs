//! What can be wrong with record bytes, or with a record to be written.

use std::fmt;

use super::Compression;

/// Why records could not be encoded or decoded.
///
/// `Display` says what is wrong at this level and what to do about it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RecordError {
    /// The bytes do not follow the format; the text says what was expected.
    Malformed(&'static str),
    /// The checksum of a batch or message does not match its bytes.
    Crc {
        /// Base offset the damaged batch claims.
        offset: i64,
        /// Checksum found in the batch.
        stored: u32,
        /// Checksum of the bytes that came.
        computed: u32,
    },
    /// A codec refused the compressed bytes, or failed to compress.
    Codec {
        /// The codec.
        codec: Compression,
        /// What it said.
        reason: Box<str>,
    },
    /// A batch decompresses to more than the limit.
    TooLarge {
        /// The limit, in bytes.
        limit: usize,
    },
    /// A batch of a format newer than this crate (or none at all).
    UnsupportedMagic(i8),
    /// A batch names a codec number that Kafka has not defined.
    UnknownCodec(u8),
    /// The codec is known, but was left out when this crate was built.
    CodecMissing(Compression),
    /// The codec cannot be used with this message format: Kafka knows zstd only from format 2 up.
    CodecFormat {
        /// The codec.
        codec: Compression,
        /// The format asked for.
        magic: i8,
    },
    /// Headers cannot be written to a broker before 0.11: its message formats have no place for them.
    HeadersUnsupported {
        /// The format asked for.
        magic: i8,
    },
    /// The record, or the batch with it, is larger than a batch can be (2 GiB).
    BatchFull,
}

impl fmt::Display for RecordError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Malformed(what) => write!(f, "malformed record batch: {what}"),
            Self::Crc { offset, stored, computed } => write!(
                f,
                "the batch at offset {offset} is damaged: its checksum is {stored:08x}, that of its bytes {computed:08x}"
            ),
            Self::Codec { codec, reason } => write!(f, "{codec}: {reason}"),
            Self::TooLarge { limit } => {
                write!(
                    f,
                    "a batch decompresses to more than {limit} bytes: raise the limit if it is to be trusted"
                )
            }
            Self::UnsupportedMagic(magic) => {
                write!(f, "message format {magic} is not known: formats 0, 1 and 2 are")
            }
            Self::UnknownCodec(id) => write!(f, "compression codec {id} is not known: 0 to 4 are"),
            Self::CodecMissing(codec) => {
                write!(f, "{codec} is not built in: enable the feature `{codec}` of the crate `ottla`")
            }
            Self::CodecFormat { codec, magic } => {
                write!(
                    f,
                    "{codec} cannot be used with message format {magic}: it needs a broker of 2.1 or later"
                )
            }
            Self::HeadersUnsupported { magic } => write!(
                f,
                "message format {magic} has no headers: leave them out, or write to a broker of 0.11 or later"
            ),
            Self::BatchFull => {
                f.write_str("the record does not fit into one batch: a batch is at most 2 GiB")
            }
        }
    }
}

impl std::error::Error for RecordError {}
