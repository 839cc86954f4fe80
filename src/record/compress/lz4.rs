//! LZ4 in frames, by Kafka's rules: blocks of 64 KiB, independent of each other, without checksums of their own.
//!
//! The frame is read and written here, over the block functions of `lz4_flex`: its own frames verify checksums that
//! Kafka computes differently (KIP-57: the header's in message format 0; the content's), and buffer twice. The CRC of
//! the batch covers all of it anyway.

use lz4_flex::block::{
    CompressTable, DecompressError, compress_into_with_table, decompress_into, decompress_into_with_dict,
    get_maximum_output_size,
};

use super::output::Output;
use super::{Codec, Failure};

/// No levels.
pub(super) struct Lz4;

const MAGIC: [u8; 4] = [0x04, 0x22, 0x4d, 0x18];
/// Version 1, independent blocks; blocks of 64 KiB; the checksum of these two bytes.
const DESCRIPTOR: [u8; 3] = [0x60, 0x40, 0x82];
/// The same with the checksum that clients of format 0 computed: over the magic too (KIP-57).
const OLD_DESCRIPTOR: [u8; 3] = [0x60, 0x40, 0x1a];
const BLOCK: usize = 64 << 10;
/// Set in the length of a block that is stored as it is.
const STORED: u32 = 1 << 31;
/// A literal or match of so many bytes takes one byte at least.
const BEST_RATIO: usize = 255;
/// What text usually comes to, and a little more.
const LIKELY_RATIO: usize = 6;
/// Matches reach back so far.
const WINDOW: usize = 64 << 10;

impl Codec for Lz4 {
    fn compress(
        &self,
        input: &[u8],
        _level: Option<i32>,
        magic: i8,
        out: &mut Vec<u8>,
    ) -> Result<(), Failure> {
        out.extend_from_slice(&MAGIC);
        out.extend_from_slice(if magic == 0 { &OLD_DESCRIPTOR } else { &DESCRIPTOR });
        let mut table = CompressTable::default();
        let mut packed = vec![0; get_maximum_output_size(input.len().min(BLOCK))];
        for block in input.chunks(BLOCK) {
            let size = compress_into_with_table(block, &mut packed, &mut table).map_err(Failure::broken)?;
            let (length, bytes) = match packed.get(..size) {
                Some(packed) if size < block.len() => (size as u32, packed),
                _ => (block.len() as u32 | STORED, block),
            };
            out.extend_from_slice(&length.to_le_bytes());
            out.extend_from_slice(bytes);
        }
        out.extend_from_slice(&[0; 4]);
        Ok(())
    }

    fn decompress(&self, input: &[u8], limit: usize, _magic: i8) -> Result<Vec<u8>, Failure> {
        let mut out = Output::new(input.len().saturating_mul(LIKELY_RATIO), limit);
        let mut rest = input;
        // Frames may follow each other.
        while !rest.is_empty() {
            rest = read_frame(rest, &mut out)?;
        }
        Ok(out.finish())
    }
}

/// What a frame's descriptor says of its blocks.
struct Frame {
    independent: bool,
    block_checksums: bool,
    content_checksum: bool,
    largest_block: usize,
}

/// Decompresses one frame; gives what stands behind it.
fn read_frame<'a>(input: &'a [u8], out: &mut Output) -> Result<&'a [u8], Failure> {
    let (frame, mut rest) = read_descriptor(input)?;
    let begin = out.len();
    loop {
        let length = take_u32(&mut rest)?;
        if length == 0 {
            break;
        }
        let block = take(&mut rest, (length & !STORED) as usize)?;
        if block.len() > frame.largest_block {
            return Err(Failure::Broken("a block is larger than its frame allows".into()));
        }
        let from = out.len();
        if length & STORED != 0 {
            let place = out.extend(block.len())?.get_mut(from..).unwrap_or_default();
            place.copy_from_slice(block);
        } else {
            let window = if frame.independent { from } else { begin.max(from.saturating_sub(WINDOW)) };
            append_block(block, window, frame.largest_block, out)?;
        }
        if frame.block_checksums {
            take(&mut rest, 4)?;
        }
    }
    if frame.content_checksum {
        take(&mut rest, 4)?;
    }
    Ok(rest)
}

fn read_descriptor(input: &[u8]) -> Result<(Frame, &[u8]), Failure> {
    let mut rest = input;
    if take(&mut rest, 4)? != MAGIC {
        return Err(Failure::Broken("not an LZ4 frame".into()));
    }
    let &[flags, block] = take(&mut rest, 2)? else { return Err(cut()) };
    if flags >> 6 != 1 {
        return Err(Failure::Broken("a version of the LZ4 frame that is not known".into()));
    }
    if flags & 1 != 0 {
        return Err(Failure::Broken("an LZ4 frame that needs a dictionary".into()));
    }
    let largest_block = match (block >> 4) & 7 {
        id @ 4..=7 => 1 << (8 + 2 * id),
        _ => return Err(Failure::Broken("a block size that LZ4 has not defined".into())),
    };
    // The size of the content, if it is told, and the checksum of the header.
    take(&mut rest, if flags & 8 != 0 { 9 } else { 1 })?;
    let frame = Frame {
        independent: flags & 0x20 != 0,
        block_checksums: flags & 0x10 != 0,
        content_checksum: flags & 4 != 0,
        largest_block,
    };
    Ok((frame, rest))
}

/// Decompresses a block behind what is there, back to `window` of which it may refer.
fn append_block(block: &[u8], window: usize, largest: usize, out: &mut Output) -> Result<(), Failure> {
    let from = out.len();
    let most = largest.min(block.len().saturating_mul(BEST_RATIO));
    // Room for all that the block may hold has to be cleared first: for small batches most of the work. So guess.
    let likely = most.min(block.len().saturating_mul(LIKELY_RATIO) + 1024);
    for room in [likely, most] {
        let left = out.left();
        let bytes = out.extend(room.min(left))?;
        let (before, into) = bytes.split_at_mut_checked(from).ok_or_else(cut)?;
        let dictionary = before.get(window..).unwrap_or_default();
        let outcome = match dictionary {
            [] => decompress_into(block, into),
            dictionary => decompress_into_with_dict(block, into, dictionary),
        };
        match outcome {
            Ok(size) => {
                out.truncate(from + size);
                return Ok(());
            }
            Err(DecompressError::OutputTooSmall { .. }) if room > left => return Err(Failure::TooLarge),
            Err(DecompressError::OutputTooSmall { .. }) if room < most => out.truncate(from),
            Err(error) => return Err(Failure::broken(error)),
        }
    }
    Err(Failure::Broken("a block holds more than its frame allows".into()))
}

fn cut() -> Failure {
    Failure::Broken("a frame is cut short".into())
}

fn take<'a>(rest: &mut &'a [u8], size: usize) -> Result<&'a [u8], Failure> {
    let (taken, behind) = rest.split_at_checked(size).ok_or_else(cut)?;
    *rest = behind;
    Ok(taken)
}

fn take_u32(rest: &mut &[u8]) -> Result<u32, Failure> {
    let (field, behind) = rest.split_first_chunk().ok_or_else(cut)?;
    *rest = behind;
    Ok(u32::from_le_bytes(*field))
}
