//! kafka-go's `message_test.go`: reading starts within what a broker sends.

use bytes::Bytes;
use ottla::{
    Compression,
    record::{BatchBuilder, DecodeOptions, RecordSet, down_convert},
};

const MOST: usize = 1 << 20;

/// Messages of format 1 at offsets from `base` on, their numbers their values; a wrapper of them if compressed.
fn messages(base: u8, count: u8, codec: Compression) -> Bytes {
    let mut batch = BatchBuilder::new(0);
    for number in base..base + count {
        batch.push(None, Some(number.to_string().as_bytes()), &[], 1).unwrap();
    }
    let mut bytes = batch.seal().compress(codec, None).unwrap().stamp(-1, -1, -1).to_vec();
    bytes[7] = base;
    down_convert(&bytes.into(), 1, MOST).unwrap()
}

/// Offsets of what is read from an offset on.
fn read(set: &Bytes, from_offset: i64) -> Vec<i64> {
    let mut set = RecordSet::new(set.clone(), DecodeOptions { from_offset, ..DecodeOptions::default() });
    let mut offsets = Vec::new();
    while let Some(records) = set.next_records(1).unwrap() {
        for record in records.iter() {
            assert_eq!(record.value.unwrap(), record.offset.to_string().as_bytes());
            offsets.push(record.offset);
        }
    }
    assert!(set.next_records(1).unwrap().is_none(), "the end stays the end");
    offsets
}

/// `TestV1BatchOffsets`.
#[test]
fn test_v1_batch_offsets() {
    for codec in [Compression::None, Compression::Gzip] {
        let set = messages(0, 3, codec);
        for (from, offsets) in [(0, &[0, 1, 2][..]), (1, &[1, 2]), (2, &[2]), (3, &[])] {
            assert_eq!(read(&set, from), offsets, "{codec} from {from}");
        }
        for number in 0..3 {
            assert_eq!(read(&messages(number, 1, codec), number.into()), [i64::from(number)], "{codec}");
        }
        let behind_each_other = [messages(0, 2, codec), messages(2, 3, codec)].concat().into();
        assert_eq!(read(&behind_each_other, 1), [1, 2, 3, 4], "{codec}");
    }
}

/// `TestMessageSetReaderEmpty`. There an empty answer is an error, a time that ran out; here it is the end.
#[test]
fn test_message_set_reader_empty() {
    assert_eq!(read(&Bytes::new(), 0), [0; 0]);
}
