//! Zstandard, by `ruzstd`: pure Rust on every target.
//!
//! The feature `zstd-c` puts the C library in its place, natively: that is the one with levels.

use std::io::Read;

use ruzstd::decoding::errors::{FrameDecoderError, ReadFrameHeaderError};
use ruzstd::decoding::{BlockDecodingStrategy, FrameDecoder};
use ruzstd::encoding::CompressionLevel;

use super::output::Output;
use super::{Codec, Failure};

/// One level, about zstd's 1: the level asked for is not looked at.
pub(super) struct Zstd;

/// A block is so long at most, and no longer than the window.
const LONGEST_BLOCK: usize = 128 << 10;
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
        let window = limit.max(LONGEST_BLOCK).checked_next_power_of_two().unwrap_or(limit);
        decoder.set_max_window_size(window as u64);
        let mut out = Output::new(0, limit);
        let mut rest = input;
        while !rest.is_empty() {
            rest = read_frame(&mut decoder, rest, window, &mut out)?;
        }
        Ok(out.finish())
    }
}

/// Decompresses one frame; gives what stands behind it.
fn read_frame<'a>(
    decoder: &mut FrameDecoder,
    frame: &'a [u8],
    window: usize,
    out: &mut Output,
) -> Result<&'a [u8], Failure> {
    let (head, rest) = frame.split_at_checked(HEAD).ok_or_else(cut)?;
    let head = narrowed(head, window);
    let mut source = head.chain(rest);
    match decoder.reset(&mut source) {
        Ok(()) => {}
        Err(FrameDecoderError::ReadFrameHeaderError(ReadFrameHeaderError::SkipFrame { length, .. })) => {
            return frame.get(8..).and_then(|rest| rest.get(length as usize..)).ok_or_else(cut);
        }
        Err(FrameDecoderError::WindowSizeTooBig { .. }) => return Err(Failure::TooLarge),
        Err(error) => return Err(Failure::broken(error)),
    }
    let size = usize::try_from(decoder.content_size()).unwrap_or(usize::MAX);
    out.expect(size, rest.len().saturating_mul(LIKELY_RATIO))?;
    loop {
        let done = decoder
            .decode_blocks(&mut source, BlockDecodingStrategy::UptoBytes(STEP))
            .map_err(Failure::broken)?;
        decoder.collect_to_writer(&mut *out).map_err(|error| out.failure(error))?;
        if done {
            return Ok(source.into_inner().1);
        }
    }
}

/// Magic, descriptor, and the window's size, if the frame is not one segment.
const HEAD: usize = 6;

/// The head of a frame with a window that is not larger than `window`, a power of two.
///
/// High levels claim 128 MiB, whatever the size of the content, and the decoder reserves that much. No match reaches
/// back farther than the output is long, which the limit bounds.
fn narrowed(head: &[u8], window: usize) -> [u8; HEAD] {
    const MAGIC: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];
    const SINGLE_SEGMENT: u8 = 1 << 5;
    let mut copy = [0; HEAD];
    copy.copy_from_slice(head);
    // Mantissa 0: 2^(10 + exponent).
    let narrow = (window.trailing_zeros().saturating_sub(10) << 3) as u8;
    if let [magic @ .., descriptor, claimed] = &mut copy
        && *magic == MAGIC
        && *descriptor & SINGLE_SEGMENT == 0
    {
        *claimed = narrow.min(*claimed);
    }
    copy
}

fn cut() -> Failure {
    Failure::Broken("a frame is cut short".into())
}
