//! gzip, RFC 1952: its framing, around deflate by `flate2`.
//!
//! `flate2` has the framing too, but with the CRC of another crate, whose tables alone are a fifteenth of the wasm.

use std::io::Write;

use flate2::Compression;
use flate2::bufread::DeflateDecoder;
use flate2::write::DeflateEncoder;

use super::super::crc::crc32;
use super::output::Output;
use super::{Codec, Failure};

/// Levels 0 to 9, default 6.
pub(super) struct Gzip;

/// Deflate cannot do better than this.
const BEST_RATIO: usize = 1032;

/// Magic, deflate, no flags, no time, no extra flags, unknown system.
const HEADER: [u8; 10] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255];
/// The checksum and the size, modulo 2³², of what was compressed.
const TRAILER: usize = 8;

/// The flags of a header, by what follows it.
mod flag {
    pub(super) const HEADER_CRC: u8 = 2;
    pub(super) const EXTRA: u8 = 4;
    pub(super) const NAME: u8 = 8;
    pub(super) const COMMENT: u8 = 16;
    pub(super) const RESERVED: u8 = 0xe0;
}

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
        out.extend_from_slice(&HEADER);
        let mut encoder = DeflateEncoder::new(&mut *out, level);
        encoder.write_all(input).and_then(|()| encoder.finish()).map(drop).map_err(Failure::broken)?;
        out.extend_from_slice(&crc32(input).to_le_bytes());
        out.extend_from_slice(&(input.len() as u32).to_le_bytes());
        Ok(())
    }

    fn decompress(&self, input: &[u8], limit: usize, _magic: i8) -> Result<Vec<u8>, Failure> {
        // The last four bytes tell the size, modulo 2^32, of the last member: nearly always of all.
        let size = input.last_chunk().map_or(0, |size| u32::from_le_bytes(*size) as usize);
        let mut out = Output::new(size.min(input.len().saturating_mul(BEST_RATIO)), limit);
        let mut rest = read_member(input, &mut out)?;
        while !rest.is_empty() {
            rest = read_member(rest, &mut out)?;
        }
        Ok(out.finish())
    }
}

/// Decompresses one member; gives what stands behind it.
fn read_member<'a>(input: &'a [u8], out: &mut Output) -> Result<&'a [u8], Failure> {
    let start = out.len();
    let mut decoder = DeflateDecoder::new(skip_header(input)?);
    out.read_to_end(&mut decoder)?;
    let (trailer, rest) = decoder.into_inner().split_first_chunk::<TRAILER>().ok_or_else(cut)?;
    let [a, b, c, d, size @ ..] = *trailer;
    let written = out.since(start);
    if u32::from_le_bytes(size) != written.len() as u32 || u32::from_le_bytes([a, b, c, d]) != crc32(written)
    {
        return Err(Failure::broken("the gzip checksum or size does not match"));
    }
    Ok(rest)
}

/// What stands behind a member's header.
fn skip_header(input: &[u8]) -> Result<&[u8], Failure> {
    let (header, mut rest) = input.split_first_chunk::<{ HEADER.len() }>().ok_or_else(cut)?;
    let [0x1f, 0x8b, 8, flags, ..] = *header else {
        return Err(Failure::broken("there is no gzip header"));
    };
    if flags & flag::RESERVED != 0 {
        return Err(Failure::broken("the gzip header has flags that are reserved"));
    }
    if flags & flag::EXTRA != 0 {
        let (length, behind) = rest.split_first_chunk().ok_or_else(cut)?;
        rest = behind.get(usize::from(u16::from_le_bytes(*length))..).ok_or_else(cut)?;
    }
    for text in [flag::NAME, flag::COMMENT] {
        if flags & text != 0 {
            let end = rest.iter().position(|byte| *byte == 0).ok_or_else(cut)?;
            rest = rest.get(end + 1..).ok_or_else(cut)?;
        }
    }
    if flags & flag::HEADER_CRC != 0 {
        rest = rest.get(2..).ok_or_else(cut)?;
    }
    Ok(rest)
}

fn cut() -> Failure {
    Failure::broken("the gzip stream ends too early")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn compressed(text: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        Gzip.compress(text, None, 2, &mut out).unwrap();
        out
    }

    #[test]
    fn flate2_reads_what_is_written_and_the_other_way() {
        let text = b"hello hello hello".repeat(100);
        let mut read = Vec::new();
        std::io::Read::read_to_end(&mut flate2::bufread::MultiGzDecoder::new(&*compressed(&text)), &mut read)
            .unwrap();
        assert_eq!(read, text);
        let header = flate2::GzBuilder::new().filename("a name").comment("a comment").extra("more");
        let mut encoder = header.write(Vec::new(), Compression::new(9));
        encoder.write_all(&text).unwrap();
        assert_eq!(Gzip.decompress(&encoder.finish().unwrap(), 1 << 20, 2).unwrap(), text);
    }

    #[test]
    fn members_follow_each_other_and_each_is_checked() {
        let both = [compressed(b"one, "), compressed(b""), compressed(b"two")].concat();
        assert_eq!(Gzip.decompress(&both, 100, 2).unwrap(), b"one, two");
        for end in 0..both.len() {
            let whole = [compressed(b"one, ").len(), compressed(b"one, ").len() + compressed(b"").len()];
            assert_eq!(Gzip.decompress(&both[..end], 100, 2).is_ok(), whole.contains(&end), "cut at {end}");
        }
        for at in both.len() - TRAILER..both.len() {
            let mut wrong = both.clone();
            wrong[at] ^= 1;
            assert!(Gzip.decompress(&wrong, 100, 2).is_err(), "byte {at}");
        }
    }
}
