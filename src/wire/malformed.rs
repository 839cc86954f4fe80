use std::fmt;

/// Why bytes are not the message they should be, or why a message does not fit into bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Malformed {
    /// The bytes end before the value does, or a length points past their end.
    Truncated,
    /// A length or count is negative (and not the −1 that means null).
    NegativeLength,
    /// An array claims more elements than the bytes that are left could hold.
    Count,
    /// A varint goes on past the width of its type.
    Varint,
    /// A string is not UTF-8.
    Utf8,
    /// Null stands where the protocol allows no null.
    Null,
    /// Bytes are left over where the value should have ended.
    Trailing,
    /// The message does not exist in this version.
    Version(i16),
    /// A value to be written is longer than its length field can say.
    TooLong,
}

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Truncated => "the bytes end in the middle of a value",
            Self::NegativeLength => "a length is negative",
            Self::Count => "an array claims more elements than the frame can hold",
            Self::Varint => "a variable-length integer is too long",
            Self::Utf8 => "a string is not UTF-8",
            Self::Null => "null where the protocol allows none",
            Self::Trailing => "bytes are left over after the value",
            Self::Version(version) => return write!(f, "the message has no version {version}"),
            Self::TooLong => "a value is too long for the protocol: shorten the string or split the request",
        })
    }
}

impl std::error::Error for Malformed {}
