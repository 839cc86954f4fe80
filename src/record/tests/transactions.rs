//! Control batches, and what of a transaction shows.

use super::*;

/// A batch of one record of a transaction.
fn batch(producer: i64, offset: i64, value: &str) -> Vec<u8> {
    let mut batch = BatchBuilder::new(0);
    batch.push(None, Some(value.as_bytes()), &[], 5).unwrap();
    let mut batch = batch.seal();
    batch.set_transactional(true);
    let mut batch = batch.stamp(producer, 0, 0).to_vec();
    BatchMut::new(&mut batch).unwrap().set_base_offset(offset);
    batch
}

fn marker(marker: ControlMarker, producer: i64, offset: i64) -> Vec<u8> {
    let mut batch = marker.encode(producer, 0, 5).to_vec();
    BatchMut::new(&mut batch).unwrap().set_base_offset(offset);
    batch
}

fn values(set: &Bytes, aborted: &[(i64, i64)]) -> Vec<String> {
    let options = DecodeOptions { read_committed: true, aborted: aborted.to_vec(), ..options() };
    let records = decode(set, 1, options).unwrap().into_iter();
    records.map(|record| String::from_utf8(record.value.unwrap().to_vec()).unwrap()).collect()
}

#[test]
fn markers_come_back() {
    for kind in [ControlMarker::Abort, ControlMarker::Commit] {
        let batch = kind.encode(9, 2, 1234);
        assert_eq!(ControlMarker::parse(&batch), Ok(Some(kind)));
        let header = BatchHeader::parse(&batch).unwrap().unwrap();
        assert!(header.is_control() && header.is_transactional());
        assert_eq!((header.producer_id, header.producer_epoch, header.size()), (9, 2, batch.len()));
        assert_eq!(check_crc(&batch), Ok(()));
    }
    let plain = Bytes::from(batch(1, 0, "x"));
    assert!(matches!(ControlMarker::parse(&plain), Err(RecordError::Malformed(_))));
}

#[test]
fn an_abort_ends_with_its_marker_and_may_come_again() {
    use ControlMarker::{Abort, Commit};
    let set = [
        batch(1, 0, "a"),
        batch(2, 1, "b"),
        marker(Abort, 1, 2),
        batch(1, 3, "c"),
        marker(Commit, 1, 4),
        batch(1, 5, "d"),
        marker(Commit, 2, 6),
        marker(Abort, 1, 7),
    ];
    let set = Bytes::from(set.concat());
    // The list need not be in order.
    assert_eq!(values(&set, &[(1, 5), (1, 0)]), ["b", "c"]);
    assert_eq!(values(&set, &[]), ["a", "b", "c", "d"]);
    assert_eq!(values(&set, &[(2, 1)]), ["a", "c", "d"]);
}

#[test]
fn hidden_records_are_stepped_over() {
    let set = Bytes::from([batch(1, 10, "a"), marker(ControlMarker::Abort, 1, 11)].concat());
    let options =
        DecodeOptions { from_offset: 10, read_committed: true, aborted: vec![(1, 10)], ..options() };
    let mut records = RecordSet::new(set, options);
    assert_eq!(records.next_offset(), 10);
    assert!(records.next_records(10).unwrap().is_none());
    assert_eq!(records.next_offset(), 12);
}
