//! The life of a batch that is written: stamped, sent again, recycled.

use super::*;

#[test]
fn a_retry_only_changes_the_header() {
    for codec in Compression::ALL {
        let records = Random::new(5).records(50, true);
        let mut batch = batch_of(&records).compress(codec, None).unwrap();
        let first = batch.stamp(1, 0, 10);
        let copy = first.to_vec();
        let second = batch.stamp(2, 1, 0);
        assert_eq!(first, copy, "what is being sent must not change");
        assert_eq!(first[61..], second[61..]);
        for (bytes, expected) in [(&first, (1, 0, 10)), (&second, (2, 1, 0))] {
            let header = BatchHeader::parse(bytes).unwrap().unwrap();
            assert_eq!((header.producer_id, header.producer_epoch, header.base_sequence), expected);
            assert_eq!(decode(bytes, 99, options()).unwrap(), records, "{codec}");
        }
    }
}

#[test]
fn a_stamp_is_made_in_place_once_the_last_is_gone() {
    let mut batch = batch_of(&Random::new(5).records(50, true));
    let place = batch.stamp(1, 0, 10).as_ptr();
    assert_eq!(batch.stamp(1, 0, 11).as_ptr(), place);
    let held = batch.stamp(1, 0, 12);
    assert_ne!(batch.stamp(1, 0, 13).as_ptr(), place);
    drop(held);
}

#[test]
fn buffers_come_back() {
    let mut batch = BatchBuilder::new(1000);
    batch.push(None, Some(&[7; 900]), &[], 1).unwrap();
    let mut sealed = batch.seal();
    let held = sealed.stamp(-1, -1, -1);
    assert!(sealed.clone().recycle().is_none());
    let place = held.as_ptr();
    drop(held);
    let buffer = sealed.recycle().unwrap();
    let mut batch = BatchBuilder::recycled(buffer);
    assert!(batch.is_empty());
    assert_eq!(batch.len(), BatchHeader::SIZE);
    batch.push(Some(b"k"), None, &[], 2).unwrap();
    let mut sealed = batch.seal();
    let bytes = sealed.stamp(-1, -1, -1);
    assert_eq!(bytes.as_ptr(), place);
    let decoded = decode(&bytes, 9, options()).unwrap();
    assert_eq!((decoded[0].key.as_deref(), decoded[0].value.as_deref()), (Some(&b"k"[..]), None));
}

#[test]
fn compression_leaves_the_buffer_it_emptied() {
    let mut batch = BatchBuilder::new(1000);
    batch.push(None, Some(&[7; 900]), &[], 1).unwrap();
    let mut sealed = batch.seal().compress(Compression::Lz4, None).unwrap();
    assert_eq!(sealed.compression(), Compression::Lz4);
    assert!(sealed.take_spare().unwrap().capacity() >= 1000);
    assert!(sealed.take_spare().is_none());
}

#[test]
fn what_would_grow_stays_uncompressed() {
    for codec in [Compression::Gzip, Compression::Snappy, Compression::Lz4, Compression::Zstd] {
        let mut batch = BatchBuilder::new(0);
        batch.push(None, Some(b"x"), &[], 1).unwrap();
        let mut sealed = batch.seal().compress(codec, None).unwrap();
        assert_eq!(sealed.compression(), Compression::None);
        assert_eq!(decode(&sealed.stamp(-1, -1, -1), 9, options()).unwrap().len(), 1);
    }
}

#[test]
fn an_empty_batch_is_harmless() {
    let batch = BatchBuilder::new(0);
    assert_eq!(batch.max_timestamp(), None);
    let mut sealed = batch.seal().compress(Compression::Gzip, None).unwrap();
    assert!(sealed.is_empty());
    assert!(decode(&sealed.stamp(-1, -1, -1), 9, options()).unwrap().is_empty());
    assert!(sealed.to_message_set(1, Compression::Gzip).unwrap().is_empty());
}

#[test]
fn a_limit_is_kept() {
    let mut batch = BatchBuilder::new(0);
    let value = [1; 100];
    let size = batch.size_with(None, Some(&value), &[], 0);
    let limit = batch.len() + 2 * size;
    assert_eq!(batch.push_within(limit, None, Some(&value), &[], 0), Ok(Some(0)));
    assert_eq!(batch.push_within(limit, None, Some(&value), &[], 0), Ok(Some(1)));
    assert_eq!(batch.len(), limit);
    assert_eq!(batch.push_within(limit, None, None, &[], 0), Ok(None));
    assert_eq!((batch.count(), batch.len()), (2, limit));
}

#[test]
fn old_formats_refuse_what_they_cannot_hold() {
    let with_headers =
        [OwnedRecord { offset: 0, timestamp: 1, key: None, value: None, headers: vec![Header::null("h")] }];
    let batch = batch_of(&with_headers);
    for magic in [0, 1] {
        let error = batch.to_message_set(magic, Compression::None);
        assert_eq!(error, Err(RecordError::HeadersUnsupported { magic }));
    }
    let batch = batch_of(&Random::new(1).records(2, false));
    assert_eq!(
        batch.to_message_set(1, Compression::Zstd),
        Err(RecordError::CodecFormat { codec: Compression::Zstd, magic: 1 })
    );
    assert_eq!(batch.to_message_set(2, Compression::None), Err(RecordError::UnsupportedMagic(2)));
}

#[test]
fn levels_are_looked_at_where_there_are_any() {
    let text = b"the same again and again ".repeat(400);
    let [fast, small] = [1, 9].map(|level| Compression::Gzip.compress(&text, Some(level)).unwrap());
    assert!(small.len() < fast.len());
    for bad in [-1, 10] {
        let error = Compression::Gzip.compress(&text, Some(bad)).unwrap_err();
        assert_eq!(error.to_string(), format!("gzip: level {bad} is not among 0 to 9"));
    }
}
