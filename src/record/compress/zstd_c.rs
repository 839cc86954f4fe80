//! Zstandard, by the C library: three times as fast as `ruzstd`, smaller, and with levels.

use parking_lot::Mutex;
use zstd_safe::{CCtx, CParameter, DCtx, InBuffer, OutBuffer, ResetDirective, zstd_sys};

use super::{Codec, Failure};

/// Levels as the library has them, default 3.
pub(super) struct ZstdC;

/// What a frame is given room for at first; text comes to a tenth of it.
const LIKELY_RATIO: usize = 64;
/// The same for the smallest.
const LIKELY_LEAST: usize = 64 << 10;

/// Contexts are a megabyte each: made anew for every batch, the system would have to find their pages every time.
static COMPRESSORS: Mutex<Vec<CCtx<'static>>> = Mutex::new(Vec::new());
static DECOMPRESSORS: Mutex<Vec<DCtx<'static>>> = Mutex::new(Vec::new());
/// How many wait for the next batch, of each kind. More may work at a time.
const MOST_KEPT: usize = 4;
/// High levels take much more, and so much time that making a context does not count.
const LARGEST_KEPT: usize = 4 << 20;

impl Codec for ZstdC {
    fn compress(
        &self,
        input: &[u8],
        level: Option<i32>,
        _magic: i8,
        out: &mut Vec<u8>,
    ) -> Result<(), Failure> {
        let level = level.unwrap_or(zstd_safe::CLEVEL_DEFAULT);
        let levels = zstd_safe::min_c_level()..=zstd_safe::max_c_level();
        if !levels.contains(&level) {
            let (least, most) = levels.into_inner();
            return Err(Failure::Broken(format!("level {level} is not among {least} to {most}").into()));
        }
        let kept = COMPRESSORS.lock().pop();
        let mut context = kept.or_else(CCtx::try_create).ok_or_else(no_memory)?;
        out.reserve(zstd_safe::compress_bound(input.len()));
        context.set_parameter(CParameter::CompressionLevel(level)).map_err(broken)?;
        let from = out.len();
        let mut place = OutBuffer::around_pos(out, from);
        // With room for all of it this goes straight from the input to the output.
        let end = zstd_sys::ZSTD_EndDirective::ZSTD_e_end;
        let left = context.compress_stream2(&mut place, &mut InBuffer::around(input), end).map_err(broken)?;
        if left > 0 {
            return Err(Failure::broken("the output is larger than the library said it could be"));
        }
        if context.sizeof() <= LARGEST_KEPT && context.reset(ResetDirective::SessionOnly).is_ok() {
            keep(&COMPRESSORS, context);
        }
        Ok(())
    }

    /// Any number of frames, at once: whatever window they claim, none is allocated.
    fn decompress(&self, input: &[u8], limit: usize, _magic: i8) -> Result<Vec<u8>, Failure> {
        let bound = zstd_safe::decompress_bound(input).map_err(broken)?;
        let most = usize::try_from(bound).unwrap_or(usize::MAX).min(limit);
        let likely = input.len().saturating_mul(LIKELY_RATIO).max(LIKELY_LEAST);
        let kept = DECOMPRESSORS.lock().pop();
        let mut context = kept.or_else(DCtx::try_create).ok_or_else(no_memory)?;
        let mut room = most.min(likely);
        loop {
            let mut out = Vec::with_capacity(room);
            match context.decompress(&mut out, input) {
                Ok(_) if out.len() > limit => return Err(Failure::TooLarge),
                Ok(_) => {
                    keep(&DECOMPRESSORS, context);
                    return Ok(out);
                }
                Err(code) if !is_too_small(code) => return Err(broken(code)),
                Err(_) if room < most => room = most,
                Err(_) if bound > limit as u64 => return Err(Failure::TooLarge),
                Err(code) => return Err(broken(code)),
            }
        }
    }
}

fn keep<T>(kept: &Mutex<Vec<T>>, context: T) {
    let mut kept = kept.lock();
    if kept.len() < MOST_KEPT {
        kept.push(context);
    }
}

fn is_too_small(code: usize) -> bool {
    zstd_safe::is_error_kind(code, zstd_sys::ZSTD_ErrorCode::ZSTD_error_dstSize_tooSmall)
}

fn broken(code: usize) -> Failure {
    Failure::broken(zstd_safe::get_error_name(code))
}

fn no_memory() -> Failure {
    Failure::broken("there is no memory for it")
}

#[cfg(test)]
mod tests {
    use super::super::zstd::Zstd;
    use super::*;

    fn text(size: usize) -> Vec<u8> {
        let lines = (0..)
            .flat_map(|line| format!("{{\"line\":{line},\"word\":{}}}\n", line * 7919 % 1009).into_bytes());
        lines.take(size).collect()
    }

    fn compressed(codec: &dyn Codec, input: &[u8], level: Option<i32>) -> Vec<u8> {
        let mut out = b"before".to_vec();
        codec.compress(input, level, 2, &mut out).unwrap();
        assert!(out.starts_with(b"before"));
        out.split_off(6)
    }

    fn failure(input: &[u8], limit: usize) -> Failure {
        ZstdC.decompress(input, limit, 2).unwrap_err()
    }

    #[test]
    fn ruzstd_reads_what_is_written_and_the_other_way() {
        for size in [0, 1, 100, 70_000, 1 << 20] {
            let text = text(size);
            assert_eq!(Zstd.decompress(&compressed(&ZstdC, &text, None), size, 2).unwrap(), text);
            assert_eq!(ZstdC.decompress(&compressed(&Zstd, &text, None), size, 2).unwrap(), text);
        }
    }

    #[test]
    fn levels_are_honoured_and_those_that_do_not_exist_refused() {
        let text = text(300_000);
        let size = |level| compressed(&ZstdC, &text, level).len();
        assert!(size(Some(-5)) > size(Some(1)) && size(Some(1)) > size(Some(19)));
        assert_eq!(size(None), size(Some(3)));
        assert!(size(Some(3)) < compressed(&Zstd, &text, None).len());
        // A context that was used for one level is used for another.
        assert_eq!(size(Some(1)), size(Some(1)));
        for level in [23, i32::MIN] {
            let error = ZstdC.compress(&text, Some(level), 2, &mut Vec::new()).unwrap_err();
            assert!(
                matches!(error, Failure::Broken(reason) if reason.contains("is not among -131072 to 22"))
            );
        }
    }

    #[test]
    fn nothing_comes_out_beyond_the_limit() {
        let text = text(100_000);
        let packed = compressed(&ZstdC, &text, None);
        assert_eq!(ZstdC.decompress(&packed, text.len(), 2).unwrap(), text);
        assert!(matches!(failure(&packed, text.len() - 1), Failure::TooLarge));
        assert!(matches!(failure(&packed, 0), Failure::TooLarge));
        // A frame of zeros, a hundred million of them.
        let bomb = compressed(&ZstdC, &vec![0; 100 << 20], None);
        assert!(bomb.len() < 16 << 10);
        assert!(matches!(failure(&bomb, 1 << 20), Failure::TooLarge));
        assert_eq!(ZstdC.decompress(&bomb, 100 << 20, 2).unwrap().len(), 100 << 20);
        // Many small ones.
        assert!(matches!(failure(&packed.repeat(11), 1 << 20), Failure::TooLarge));
        assert_eq!(ZstdC.decompress(&packed.repeat(3), 1 << 20, 2).unwrap(), text.repeat(3));
    }

    #[test]
    fn a_frame_that_does_not_tell_its_size_is_read_too() {
        let text = text(300_000);
        let mut context = CCtx::create();
        let mut packed = Vec::with_capacity(zstd_safe::compress_bound(text.len()));
        context.set_parameter(CParameter::ContentSizeFlag(false)).unwrap();
        context.compress2(&mut packed, &text).unwrap();
        assert_eq!(zstd_safe::get_frame_content_size(&packed).unwrap(), None);
        assert_eq!(ZstdC.decompress(&packed, 1 << 20, 2).unwrap(), text);
        assert_eq!(ZstdC.decompress(&packed, text.len(), 2).unwrap(), text);
        assert!(matches!(failure(&packed, text.len() - 1), Failure::TooLarge));
    }

    #[test]
    fn what_is_cut_or_damaged_is_refused() {
        let packed = compressed(&ZstdC, &text(5000), None);
        for end in 1..packed.len() {
            assert!(matches!(failure(&packed[..end], 1 << 20), Failure::Broken(_)), "cut at {end}");
        }
        assert!(matches!(failure(b"no frame at all", 1 << 20), Failure::Broken(_)));
        assert!(matches!(failure(&[&packed[..], b"x"].concat(), 1 << 20), Failure::Broken(_)));
        // A size that is claimed, and not there, costs no memory: 2^60 bytes.
        let claim = [&[0x28, 0xb5, 0x2f, 0xfd, 0xe0][..], &(1u64 << 60).to_le_bytes(), &[1, 0, 0]].concat();
        assert!(ZstdC.decompress(&claim, 1 << 20, 2).is_err());
    }
}
