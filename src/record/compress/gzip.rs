//! gzip, by `flate2`.

use std::io::Write;

use flate2::Compression;
use flate2::bufread::MultiGzDecoder;
use flate2::write::GzEncoder;

use super::output::Output;
use super::{Codec, Failure};

/// Levels 0 to 9, default 6.
pub(super) struct Gzip;

/// Deflate cannot do better than this.
const BEST_RATIO: usize = 1032;

impl Codec for Gzip {
    fn compress(
        &self,
        input: &[u8],
        level: Option<i32>,
        _magic: i8,
        out: &mut Vec<u8>,
    ) -> Result<(), Failure> {
        let level = match level {
            None => Compression::default(),
            Some(level) => match u32::try_from(level) {
                Ok(level @ 0..=9) => Compression::new(level),
                _ => return Err(Failure::Broken(format!("level {level} is not among 0 to 9").into())),
            },
        };
        let mut encoder = GzEncoder::new(out, level);
        encoder.write_all(input).and_then(|()| encoder.finish()).map(drop).map_err(Failure::broken)
    }

    fn decompress(&self, input: &[u8], limit: usize, _magic: i8) -> Result<Vec<u8>, Failure> {
        // The last four bytes tell the size, modulo 2^32, of the last member: nearly always of all.
        let size = input.last_chunk().map_or(0, |size| u32::from_le_bytes(*size) as usize);
        let mut out = Output::new(size.min(input.len().saturating_mul(BEST_RATIO)), limit);
        out.read_to_end(MultiGzDecoder::new(input))?;
        Ok(out.finish())
    }
}
