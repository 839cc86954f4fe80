//! Zstandard, by `ruzstd`: pure Rust on every target.
//!
//! A feature for the C library (`zstd-c`) would put another [`Codec`] in this one's place; it is the one with levels.

use ruzstd::decoding::errors::{FrameDecoderError, ReadFrameHeaderError};
use ruzstd::decoding::{BlockDecodingStrategy, FrameDecoder};
use ruzstd::encoding::CompressionLevel;

use super::output::Output;
use super::{Codec, Failure};

/// One level, about zstd's 1: the level asked for is not looked at.
pub(super) struct Zstd;

/// The window that the standard advises every decoder to take, however small its limit: memory of the codec's own.
const WINDOW: usize = 8 << 20;
/// What a tiny frame may claim to hold before anything is read.
const LIKELY_RATIO: usize = 64;
/// Decode about so much between two looks at the limit.
const STEP: usize = 256 << 10;

impl Codec for Zstd {
    fn compress(
        &self,
        input: &[u8],
        _level: Option<i32>,
        _magic: i8,
        out: &mut Vec<u8>,
    ) -> Result<(), Failure> {
        ruzstd::encoding::compress(input, out, CompressionLevel::Fastest);
        Ok(())
    }

    fn decompress(&self, input: &[u8], limit: usize, _magic: i8) -> Result<Vec<u8>, Failure> {
        let mut decoder = FrameDecoder::new();
        decoder.set_max_window_size(limit.max(WINDOW) as u64);
        let mut out = Output::new(0, limit);
        let mut rest = input;
        while !rest.is_empty() {
            match decoder.reset(&mut rest) {
                Ok(()) => read_frame(&mut decoder, &mut rest, &mut out)?,
                Err(FrameDecoderError::ReadFrameHeaderError(ReadFrameHeaderError::SkipFrame {
                    length,
                    ..
                })) => {
                    rest = rest
                        .get(length as usize..)
                        .ok_or_else(|| Failure::Broken("a frame is cut short".into()))?;
                }
                Err(FrameDecoderError::WindowSizeTooBig { .. }) => return Err(Failure::TooLarge),
                Err(error) => return Err(Failure::broken(error)),
            }
        }
        Ok(out.finish())
    }
}

fn read_frame(decoder: &mut FrameDecoder, rest: &mut &[u8], out: &mut Output) -> Result<(), Failure> {
    let size = usize::try_from(decoder.content_size()).unwrap_or(usize::MAX);
    out.expect(size, rest.len().saturating_mul(LIKELY_RATIO))?;
    loop {
        let done = decoder
            .decode_blocks(&mut *rest, BlockDecodingStrategy::UptoBytes(STEP))
            .map_err(Failure::broken)?;
        decoder.collect_to_writer(&mut *out).map_err(|error| out.failure(error))?;
        if done {
            return Ok(());
        }
    }
}
