//! Bytes that are no message: cut, changed, with lengths that lie. Each decodes to an error or to
//! something else, in memory that its own size bounds; none brings the client down.

use bytes::Bytes;
use fastrand::Rng;
use ottla::wire::Malformed;
use ottla_tests::messages::{Codec, all};
use peak_alloc::PeakAlloc;
use std::sync::{Mutex, MutexGuard, PoisonError};

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

/// One test at a time: they measure what the process allocates.
fn alone() -> MutexGuard<'static, ()> {
    static ALONE: Mutex<()> = Mutex::new(());
    ALONE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Decodes, and holds the memory it takes against the size of the frame.
fn decode(codec: &Codec, version: i16, frame: Bytes) -> Result<usize, Malformed> {
    decode_within(8, codec, version, frame)
}

/// Decodes in `times` the memory of the frame, and a little.
fn decode_within(times: usize, codec: &Codec, version: i16, frame: Bytes) -> Result<usize, Malformed> {
    let allowed = 4 * 1024 + times * frame.len();
    let hint = frame.slice(..frame.len().min(64));
    MEMORY.reset_peak_usage();
    let before = MEMORY.current_usage();
    let result = (codec.decode)(version, frame);
    let used = MEMORY.peak_usage().saturating_sub(before);
    assert!(used <= allowed, "{} version {version} takes {used} bytes for {hint:?}…", codec.name);
    result
}

fn each(mut check: impl FnMut(&Codec, i16)) {
    for codec in all() {
        for version in codec.versions.clone() {
            check(&codec, version);
        }
    }
}

#[test]
fn cut_at_every_byte() {
    let _alone = alone();
    each(|codec, version| {
        for seed in 0..3 {
            let frame = codec.arbitrary(version, seed);
            assert_eq!(decode(codec, version, frame.clone()), Ok(0));
            for cut in 0..frame.len() {
                let result = decode(codec, version, frame.slice(..cut));
                assert!(result.is_err(), "{} {version} cut at {cut}: {result:?}", codec.name);
            }
        }
    });
}

#[test]
fn lengths_that_lie() {
    // 2 GiB − 1, −5, −2 GiB, 16 MiB; as varints 2 GiB − 2, 4 GiB − 2, 2 MiB, and one without end.
    let lies: [&[u8]; 8] = [
        &[0x7f, 0xff, 0xff, 0xff],
        &[0xff, 0xff, 0xff, 0xfb],
        &[0x80, 0, 0, 0],
        &[1, 0, 0, 0],
        &[0xff, 0xff, 0xff, 0xff, 0x07],
        &[0xff, 0xff, 0xff, 0xff, 0x0f],
        &[0x80, 0x80, 0x80, 0x01],
        &[0xff; 11],
    ];
    let _alone = alone();
    each(|codec, version| {
        let frame = codec.arbitrary(version, 1);
        // Large record sets say nothing new after their first bytes.
        for at in (0..frame.len()).take(500) {
            for lie in lies {
                let mut wrong = frame.to_vec();
                let end = (at + lie.len()).min(wrong.len());
                wrong.splice(at..end, lie.iter().copied());
                let _ = decode(codec, version, wrong.into());
            }
        }
    });
}

#[test]
fn changed_at_random() {
    let _alone = alone();
    let mut rng = Rng::with_seed(3);
    each(|codec, version| {
        for seed in 0..100 {
            let mut frame = codec.arbitrary(version, seed).to_vec();
            for _ in 0..rng.usize(1..5) {
                if let Some(index) = (!frame.is_empty()).then(|| rng.usize(..frame.len())) {
                    frame[index] = rng.u8(..);
                }
            }
            let _ = decode(codec, version, frame.into());
        }
    });
}

#[test]
fn noise() {
    let _alone = alone();
    let mut rng = Rng::with_seed(5);
    each(|codec, version| {
        for _ in 0..100 {
            let noise: Vec<u8> = (0..rng.usize(..300)).map(|_| rng.u8(..)).collect();
            let _ = decode(codec, version, noise.into());
        }
    });
}

/// The densest arrays there are: an element of two bytes on the wire may take fifty in memory, twice
/// that while the array grows.
#[test]
fn many_tiny_elements() {
    let _alone = alone();
    each(|codec, version| {
        for byte in 0..4 {
            let mut frame = vec![byte; 300_000];
            // A count of about 16 million: more than the elements that follow, or just the length of text.
            frame.splice(..4, [0x80, 0x80, 0x80, 0x08]);
            let _ = decode_within(100, codec, version, frame.clone().into());
            // A count of 100 000 elements that really follow.
            frame.splice(..4, [0xa1, 0x8d, 0x06]);
            let _ = decode_within(100, codec, version, frame.clone().into());
            frame.splice(..3, [0, 1, 0x86, 0xa0]);
            let _ = decode_within(100, codec, version, frame.into());
        }
    });
}

#[test]
fn versions_that_do_not_exist() {
    let _alone = alone();
    for codec in all() {
        let frame = codec.arbitrary(*codec.versions.end(), 1);
        for version in [-1, i16::MIN, codec.versions.end() + 1, i16::MAX] {
            let result = decode(&codec, version, frame.clone());
            assert_eq!(result, Err(Malformed::Version(version)), "{}", codec.name);
        }
    }
}
