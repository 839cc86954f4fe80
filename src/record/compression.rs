//! The names and numbers of the codecs.

use std::fmt;
use std::ops::RangeInclusive;
use std::str::FromStr;

use super::{RecordError, compress};

/// How the records of a batch are compressed.
///
/// All names exist in every build; using a codec whose feature is off gives [`RecordError::CodecMissing`].
/// Writes and reads as `none`, `gzip`, `snappy`, `lz4` or `zstd`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Compression {
    /// Not compressed.
    #[default]
    None,
    /// gzip: small, slow to write.
    Gzip,
    /// Snappy, in the framing of the Java clients.
    Snappy,
    /// LZ4: the fastest.
    Lz4,
    /// Zstandard: the smallest for its speed. Needs a broker of 2.1 or later (KIP-110).
    Zstd,
}

impl Compression {
    /// All of them, in the order of their numbers.
    pub const ALL: [Self; 5] = [Self::None, Self::Gzip, Self::Snappy, Self::Lz4, Self::Zstd];

    /// The number in a batch's attributes.
    #[must_use]
    pub const fn id(self) -> u8 {
        match self {
            Self::None => 0,
            Self::Gzip => 1,
            Self::Snappy => 2,
            Self::Lz4 => 3,
            Self::Zstd => 4,
        }
    }

    /// The codec in a batch's attributes (their lowest three bits).
    ///
    /// # Errors
    /// [`RecordError::UnknownCodec`] for a number that Kafka has not defined.
    pub const fn from_attributes(attributes: i16) -> Result<Self, RecordError> {
        match attributes & 0b111 {
            0 => Ok(Self::None),
            1 => Ok(Self::Gzip),
            2 => Ok(Self::Snappy),
            3 => Ok(Self::Lz4),
            4 => Ok(Self::Zstd),
            other => Err(RecordError::UnknownCodec(other as u8)),
        }
    }

    /// Whether this build can compress and decompress it.
    #[must_use]
    pub const fn is_built_in(self) -> bool {
        match self {
            Self::None => true,
            Self::Gzip => cfg!(feature = "gzip"),
            Self::Snappy => cfg!(feature = "snappy"),
            Self::Lz4 => cfg!(feature = "lz4"),
            Self::Zstd => cfg!(feature = "zstd"),
        }
    }

    /// The levels that this build knows for it: gzip 0 to 9; zstd −131 072 to 22, but only with the feature `zstd-c`.
    /// `None` for what has no levels.
    #[must_use]
    pub const fn levels(self) -> Option<RangeInclusive<i32>> {
        match self {
            Self::Gzip if cfg!(feature = "gzip") => Some(0..=9),
            Self::Zstd if compress::ZSTD_HAS_LEVELS => Some(-131_072..=22),
            _ => None,
        }
    }

    const fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Gzip => "gzip",
            Self::Snappy => "snappy",
            Self::Lz4 => "lz4",
            Self::Zstd => "zstd",
        }
    }
}

impl fmt::Display for Compression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The text is not the name of a codec.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParseCompressionError(Box<str>);

impl fmt::Display for ParseCompressionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "compression must be one of none, gzip, snappy, lz4, zstd, not {:?}", self.0)
    }
}

impl std::error::Error for ParseCompressionError {}

impl FromStr for Compression {
    type Err = ParseCompressionError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|codec| codec.name() == text)
            .or_else(|| (text == "uncompressed").then_some(Self::None))
            .ok_or_else(|| ParseCompressionError(text.into()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_numbers_come_back() {
        for codec in Compression::ALL {
            assert_eq!(codec.to_string().parse(), Ok(codec));
            assert_eq!(Compression::from_attributes(i16::from(codec.id()) | 0x30), Ok(codec));
        }
        assert_eq!("uncompressed".parse(), Ok(Compression::None));
    }

    #[test]
    fn the_levels_told_are_those_that_work() {
        for codec in Compression::ALL.into_iter().filter(|codec| codec.is_built_in()) {
            let levels = codec.levels();
            assert_eq!(levels.is_some(), codec == Compression::Gzip || levels == Some(-131_072..=22));
            let Some((least, most)) = levels.map(RangeInclusive::into_inner) else { continue };
            for (level, works) in [(least - 1, false), (least, true), (most, true), (most + 1, false)] {
                assert_eq!(codec.compress(b"text", Some(level)).is_ok(), works, "{codec} {level}");
            }
        }
    }

    #[test]
    fn other_names_and_numbers_are_refused() {
        let error = "bogus".parse::<Compression>().unwrap_err();
        assert_eq!(
            error.to_string(),
            "compression must be one of none, gzip, snappy, lz4, zstd, not \"bogus\""
        );
        assert_eq!(Compression::from_attributes(5), Err(RecordError::UnknownCodec(5)));
    }
}
