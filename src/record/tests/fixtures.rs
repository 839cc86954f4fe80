//! What other implementations have written: see tests/fixtures/record/README.md.

use std::path::PathBuf;

use super::*;

fn fixture(name: &str) -> Bytes {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/record").join(name);
    std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display())).into()
}

/// The records of `Fixtures.java`.
fn written(magic: i8, repeat: usize) -> Vec<OwnedRecord> {
    let record = |i: i64| {
        let value = format!("value-{i} ").repeat(i as usize).repeat(repeat);
        let headers = [Header::new("a", "1"), Header::null("a"), Header::new("é", "")];
        let created = 1_700_000_000_000 + if i == 5 { -3 } else { i * 7 };
        OwnedRecord {
            offset: 100 + i,
            timestamp: if magic == 0 { -1 } else { created },
            key: (i % 5 != 0).then(|| if i % 5 == 1 { Bytes::new() } else { format!("key-{i}").into() }),
            value: (i % 7 != 3).then(|| if i % 7 == 4 { Bytes::new() } else { value.into() }),
            headers: if magic == 2 && i % 3 == 0 { headers.to_vec() } else { Vec::new() },
        }
    };
    (0..20).map(record).collect()
}

#[test]
fn kafkas_batches_and_message_sets() {
    for magic in 0..=2 {
        for codec in Compression::ALL {
            if magic < 2 && codec == Compression::Zstd {
                continue;
            }
            let name = format!("v{magic}-{codec}.bin");
            let set = fixture(&name);
            assert_eq!(decode(&set, usize::MAX, options()).unwrap(), written(magic, 1), "{name}");
            assert_eq!(decode(&set, 3, options()).unwrap(), written(magic, 1), "{name}");
            let from = DecodeOptions { from_offset: 110, ..options() };
            assert_eq!(decode(&set, 3, from).unwrap(), written(magic, 1)[10..], "{name}");
            let scanned = scan(&set).unwrap();
            assert_eq!(
                (scanned.next_offset, scanned.bytes, scanned.partial),
                (Some(120), set.len(), None),
                "{name}"
            );
        }
    }
}

#[test]
fn batches_of_several_blocks() {
    for codec in ["gzip", "snappy", "lz4", "zstd"] {
        let set = fixture(&format!("large-{codec}.bin"));
        assert_eq!(decode(&set, usize::MAX, options()).unwrap(), written(2, 200), "{codec}");
    }
}

#[test]
fn the_time_of_the_append_stands_for_all() {
    for magic in [1, 2] {
        let set = fixture(&format!("v{magic}-gzip-append-time.bin"));
        let mut expected = written(magic, 1);
        expected.iter_mut().for_each(|record| record.timestamp = 1_700_000_001_000);
        assert_eq!(decode(&set, usize::MAX, options()).unwrap(), expected, "{magic}");
    }
}

#[test]
fn formats_mixed_in_one_answer_with_a_partial_batch_behind() {
    let names = [
        "v0-none.bin",
        "v0-lz4.bin",
        "v1-none.bin",
        "v1-gzip.bin",
        "v2-snappy.bin",
        "v2-zstd.bin",
        "v0-gzip.bin",
    ];
    let mut set = Vec::new();
    let mut expected = Vec::new();
    for name in names {
        set.extend_from_slice(&fixture(name));
        expected.extend(written(name.as_bytes()[1] as i8 - b'0' as i8, 1));
    }
    let whole = set.len();
    let last = fixture("v1-snappy.bin");
    for cut in 0..last.len() {
        set.truncate(whole);
        set.extend_from_slice(&last[..cut]);
        let set = Bytes::from(set.clone());
        let mut records = RecordSet::new(set.clone(), options());
        let mut offsets = Vec::new();
        while let Some(records) = records.next_records(7).unwrap() {
            offsets.extend((0..records.len()).map(|index| records.owned(index).unwrap()));
        }
        assert_eq!(offsets, expected, "{cut}");
        let partial = scan(&set).unwrap().partial;
        assert_eq!(partial, [None, Some(0), Some(last.len())][usize::from(cut > 0) + usize::from(cut >= 12)]);
    }
}

fn text() -> Vec<u8> {
    let line = |i: u32| format!("{i} the same line again and again {}\n", i * i % 97);
    (0..2000).map(line).collect::<String>().into_bytes()
}

#[test]
fn streams_of_other_tools() {
    for (codec, name) in [
        (Compression::Gzip, "text-members.gz"),
        (Compression::Snappy, "text-raw.snappy"),
        (Compression::Snappy, "text-twice.snappy"),
        (Compression::Lz4, "text-linked.lz4"),
        (Compression::Lz4, "text-frames.lz4"),
        (Compression::Zstd, "text-frames.zst"),
        (Compression::Zstd, "text-window.zst"),
    ] {
        let packed = fixture(name);
        assert!(codec.decompress(&packed, LIMIT).unwrap() == text(), "{name}");
        assert!(codec.decompress(&packed, text().len()).unwrap() == text(), "{name}");
        assert_eq!(
            codec.decompress(&packed, text().len() - 1),
            Err(RecordError::TooLarge { limit: text().len() - 1 }),
            "{name}"
        );
    }
}

#[test]
fn read_committed_hides_what_was_aborted() {
    let set = fixture("transactions.bin");
    let values = |options| -> Vec<String> {
        let records = decode(&set, 2, options).unwrap().into_iter();
        records.map(|record| String::from_utf8(record.value.unwrap().to_vec()).unwrap()).collect()
    };
    let all = ["aborted-0", "aborted-1", "committed-2", "plain-3", "aborted-4", "committed-6"];
    assert_eq!(values(options()), all);
    let committed = DecodeOptions { read_committed: true, aborted: vec![(1, 0)], ..options() };
    assert_eq!(values(committed), ["committed-2", "plain-3", "committed-6"]);
}
