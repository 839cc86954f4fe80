//! Snappy in the framing of the Java library ("xerial"), which all Kafka clients write; raw blocks are read too.

use snap::raw::{Decoder, Encoder, decompress_len, max_compress_len};

use super::output::Output;
use super::{Codec, Failure};

/// No levels.
pub(super) struct Snappy;

const MAGIC: [u8; 8] = [0x82, b'S', b'N', b'A', b'P', b'P', b'Y', 0];
/// The magic, the version of the format and the oldest compatible one.
const HEADER: [u8; 16] = [0x82, b'S', b'N', b'A', b'P', b'P', b'Y', 0, 0, 0, 0, 1, 0, 0, 0, 1];
const BLOCK: usize = 32 << 10;
/// Three bytes copy at most 64.
const BEST_RATIO: usize = 22;

impl Codec for Snappy {
    fn compress(
        &self,
        input: &[u8],
        _level: Option<i32>,
        _magic: i8,
        out: &mut Vec<u8>,
    ) -> Result<(), Failure> {
        out.extend_from_slice(&HEADER);
        let mut encoder = Encoder::new();
        let mut packed = vec![0; max_compress_len(input.len().min(BLOCK))];
        for block in input.chunks(BLOCK) {
            let size = encoder.compress(block, &mut packed).map_err(Failure::broken)?;
            out.extend_from_slice(&(size as u32).to_be_bytes());
            out.extend_from_slice(packed.get(..size).unwrap_or_default());
        }
        Ok(())
    }

    fn decompress(&self, input: &[u8], limit: usize, _magic: i8) -> Result<Vec<u8>, Failure> {
        let mut decoder = Decoder::new();
        if !input.starts_with(&MAGIC) {
            let mut out = Output::new(0, limit);
            append_block(&mut decoder, input, &mut out)?;
            return Ok(out.finish());
        }
        let mut out = Output::new(decompressed_size(input)?, limit);
        for block in blocks(input) {
            append_block(&mut decoder, block?, &mut out)?;
        }
        Ok(out.finish())
    }
}

fn append_block(decoder: &mut Decoder, block: &[u8], out: &mut Output) -> Result<(), Failure> {
    let size = decompress_len(block).map_err(Failure::broken)?;
    let from = out.len();
    if size > block.len().saturating_mul(BEST_RATIO) && size <= BEST_RATIO << 20 {
        return Err(Failure::Broken("a block claims to hold more than its bytes can".into()));
    }
    let into = out.extend(size)?.get_mut(from..).unwrap_or_default();
    decoder.decompress(block, into).map(drop).map_err(Failure::broken)
}

/// What the blocks say they hold together, as far as their bytes can.
fn decompressed_size(framed: &[u8]) -> Result<usize, Failure> {
    let mut size = 0usize;
    for block in blocks(framed) {
        let block = block?;
        let claimed = decompress_len(block).map_err(Failure::broken)?;
        size = size.saturating_add(claimed.min(block.len().saturating_mul(BEST_RATIO)));
    }
    Ok(size)
}

/// The blocks of a framed stream, or of several that were put together.
fn blocks(mut rest: &[u8]) -> impl Iterator<Item = Result<&[u8], Failure>> {
    std::iter::from_fn(move || {
        while rest.starts_with(&MAGIC) {
            rest = rest.get(HEADER.len()..).unwrap_or_default();
        }
        if rest.is_empty() {
            return None;
        }
        let cut = || Failure::Broken("a block is cut short".into());
        let block = rest
            .split_first_chunk()
            .and_then(|(size, behind)| behind.split_at_checked(u32::from_be_bytes(*size) as usize));
        let Some((block, behind)) = block else {
            rest = &[];
            return Some(Err(cut()));
        };
        rest = behind;
        Some(Ok(block))
    })
}
