//! The codecs, each behind its feature.

#[cfg(feature = "gzip")]
mod gzip;
#[cfg(feature = "lz4")]
mod lz4;
#[cfg_attr(
    any(
        not(all(feature = "gzip", feature = "snappy", feature = "lz4", feature = "zstd")),
        feature = "zstd-c"
    ),
    allow(dead_code, reason = "each codec uses a part of it")
)]
mod output;
#[cfg(feature = "snappy")]
mod snappy;
// With the C library there is no other use for it than to be compared.
#[cfg(all(feature = "zstd", any(test, target_family = "wasm", not(feature = "zstd-c"))))]
mod zstd;
// Browsers have no C library: there the feature changes nothing.
#[cfg(all(feature = "zstd-c", not(target_family = "wasm")))]
mod zstd_c;

use super::{Compression, RecordError};

/// Whether zstd is the C library's, which is the one that has levels.
pub(super) const ZSTD_HAS_LEVELS: bool = cfg!(all(feature = "zstd-c", not(target_family = "wasm")));

/// One way to compress. A trait object, so that what a build leaves out is not linked.
trait Codec: Sync {
    /// Appends `input`, compressed, to `out`. `magic` is the message format around it.
    fn compress(&self, input: &[u8], level: Option<i32>, magic: i8, out: &mut Vec<u8>)
    -> Result<(), Failure>;

    /// Decompresses all of `input` to at most `limit` bytes.
    fn decompress(&self, input: &[u8], limit: usize, magic: i8) -> Result<Vec<u8>, Failure>;
}

/// Why a codec gave up.
#[derive(Debug)]
#[cfg_attr(
    not(any(feature = "gzip", feature = "snappy", feature = "lz4", feature = "zstd")),
    allow(dead_code, reason = "without a codec nothing fails")
)]
enum Failure {
    /// The output would exceed the limit.
    TooLarge,
    /// The bytes are wrong, in the codec's words.
    Broken(Box<str>),
}

impl Failure {
    /// From what a library says.
    #[cfg_attr(
        not(any(feature = "gzip", feature = "snappy", feature = "lz4", feature = "zstd")),
        allow(dead_code, reason = "without a codec nothing fails")
    )]
    fn broken(error: impl std::fmt::Display) -> Self {
        Self::Broken(error.to_string().into())
    }
}

impl Compression {
    /// Compresses `input` in the form that batches of format 2 carry, at `level` if the codec has levels.
    ///
    /// # Errors
    /// [`RecordError::CodecMissing`] if the codec was not built in.
    pub fn compress(self, input: &[u8], level: Option<i32>) -> Result<Vec<u8>, RecordError> {
        let mut out = Vec::with_capacity(input.len() / 2);
        self.compress_into(input, level, 2, &mut out)?;
        Ok(out)
    }

    /// Decompresses `input` to at most `limit` bytes; no more than that is ever allocated for the result.
    ///
    /// # Errors
    /// [`RecordError::TooLarge`] beyond the limit, [`RecordError::Codec`] for broken input,
    /// [`RecordError::CodecMissing`] if the codec was not built in.
    pub fn decompress(self, input: &[u8], limit: usize) -> Result<Vec<u8>, RecordError> {
        self.decompress_as(input, limit, 2)
    }

    /// Appends `input`, compressed for message format `magic`, to `out`.
    pub(super) fn compress_into(
        self,
        input: &[u8],
        level: Option<i32>,
        magic: i8,
        out: &mut Vec<u8>,
    ) -> Result<(), RecordError> {
        let Some(codec) = self.codec()? else {
            out.extend_from_slice(input);
            return Ok(());
        };
        codec.compress(input, level, magic, out).map_err(|failure| self.error(failure, usize::MAX))
    }

    /// Decompresses what a batch or message of format `magic` holds.
    pub(super) fn decompress_as(self, input: &[u8], limit: usize, magic: i8) -> Result<Vec<u8>, RecordError> {
        match self.codec()? {
            Some(codec) => {
                codec.decompress(input, limit, magic).map_err(|failure| self.error(failure, limit))
            }
            None if input.len() > limit => Err(RecordError::TooLarge { limit }),
            None => Ok(input.to_vec()),
        }
    }

    fn error(self, failure: Failure, limit: usize) -> RecordError {
        match failure {
            Failure::TooLarge => RecordError::TooLarge { limit },
            Failure::Broken(reason) => RecordError::Codec { codec: self, reason },
        }
    }

    fn codec(self) -> Result<Option<&'static dyn Codec>, RecordError> {
        match self {
            Self::None => Ok(None),
            #[cfg(feature = "gzip")]
            Self::Gzip => Ok(Some(&gzip::Gzip)),
            #[cfg(feature = "snappy")]
            Self::Snappy => Ok(Some(&snappy::Snappy)),
            #[cfg(feature = "lz4")]
            Self::Lz4 => Ok(Some(&lz4::Lz4)),
            #[cfg(all(feature = "zstd", any(target_family = "wasm", not(feature = "zstd-c"))))]
            Self::Zstd => Ok(Some(&zstd::Zstd)),
            #[cfg(all(feature = "zstd-c", not(target_family = "wasm")))]
            Self::Zstd => Ok(Some(&zstd_c::ZstdC)),
            #[cfg(not(all(feature = "gzip", feature = "snappy", feature = "lz4", feature = "zstd")))]
            missing => Err(RecordError::CodecMissing(missing)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_codec_that_is_left_out_is_named_with_its_feature() {
        for codec in Compression::ALL {
            let outcome = codec.compress(b"some text", None);
            assert_eq!(outcome.is_ok(), codec.is_built_in());
            if let Err(error) = outcome {
                assert_eq!(error, RecordError::CodecMissing(codec));
                assert_eq!(codec.decompress(b"", 1), Err(error.clone()));
                let text = error.to_string();
                assert!(text.contains(&format!("feature `{codec}`")), "{text}");
            }
        }
    }
}
