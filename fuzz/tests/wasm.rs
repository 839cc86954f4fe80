//! The targets as wasm, where other code does the work (inflate above all): over what others have written, and over
//! random inputs.
#![cfg(target_family = "wasm")]

use ottla::record::{DecodeOptions, RecordSet};
use ottla_fuzz::{Random, batches, codecs, frames, records};
use wasm_bindgen_test::wasm_bindgen_test;

macro_rules! fixtures {
    ($($name:literal)*) => {
        [$(($name, &include_bytes!(concat!("../../tests/fixtures/record/", $name))[..])),*]
    };
}

#[wasm_bindgen_test]
fn kafkas_batches_are_read() {
    let sets = fixtures!(
        "v0-gzip.bin" "v0-lz4.bin" "v0-snappy.bin" "v1-none.bin" "v1-gzip.bin" "v1-lz4.bin"
        "v2-none.bin" "v2-gzip.bin" "v2-snappy.bin" "v2-lz4.bin" "v2-zstd.bin"
        "large-gzip.bin" "large-snappy.bin" "large-lz4.bin" "large-zstd.bin"
    );
    for (name, set) in sets {
        let mut set = RecordSet::new(set.into(), DecodeOptions::default());
        let decoded =
            set.next_records(100).unwrap_or_else(|error| panic!("{name}: {error}")).unwrap_or_default();
        assert_eq!(decoded.len(), 20, "{name}");
        let last = decoded.get(19).unwrap_or_else(|| panic!("{name}"));
        assert_eq!((last.offset, last.key), (119, Some(&b"key-19"[..])), "{name}");
        let times = if name.starts_with("large") { 200 * 19 } else { 19 };
        assert_eq!(last.value, Some("value-19 ".repeat(times).as_bytes()), "{name}");
    }
}

#[wasm_bindgen_test]
fn targets_hold() {
    for (target, longest, runs) in
        [(frames as fn(&[u8]), 200, 3000), (batches, 300, 1000), (codecs, 2000, 1000), (records, 600, 500)]
    {
        let mut random = Random::new(3);
        for _ in 0..runs {
            target(&random.bytes(longest));
        }
    }
}
