//! Record sets of any format, as a broker or a producer may send them.

use bytes::Bytes;
use ottla::record::{
    BatchHeader, BatchMut, ControlMarker, DecodeOptions, RecordSet, batches as walk, check_crc, down_convert,
    scan, up_convert,
};

const LIMIT: usize = 1 << 20;

/// Decodes a record set in every way there is. With bit 0 of the first byte set, checksums are put right first, so that
/// what is behind them is reached; bit 1 asks for committed records only.
///
/// # Panics
/// If offsets go back, or what is given out does not hold together.
pub fn batches(data: &[u8]) {
    let [flags, set @ ..] = data else { return };
    let mut set = set.to_vec();
    if flags & 1 != 0 {
        reseal(&mut set);
    }
    let set = Bytes::from(set);
    let _ = scan(&set);
    for batch in walk(&set) {
        let Ok((header, batch)) = batch else { break };
        assert_eq!(header.size(), batch.len());
        let _ = check_crc(&batch);
        let _ = ControlMarker::parse(&batch);
    }
    for step in [usize::MAX, 3] {
        decode(&set, step, flags & 2 != 0);
    }
    for magic in [0, 1] {
        if let Ok(old) = down_convert(&set, magic, LIMIT) {
            decode(&old, usize::MAX, false);
        }
    }
    if let Ok(new) = up_convert(&set, LIMIT) {
        decode(&new, usize::MAX, false);
    }
}

fn decode(set: &Bytes, step: usize, read_committed: bool) {
    let options = DecodeOptions {
        max_decompressed_bytes: LIMIT,
        read_committed,
        aborted: vec![(0, 0), (1, 0), (i64::from(set.first().copied().unwrap_or(0)), 3)],
        ..DecodeOptions::default()
    };
    let mut decoder = RecordSet::new(set.clone(), options);
    let mut next = decoder.next_offset();
    while let Ok(Some(records)) = decoder.next_records(step) {
        assert!(!records.is_empty() && records.len() <= step);
        for (index, record) in records.iter().enumerate() {
            assert!(record.offset >= 0 && record.offset < decoder.next_offset());
            assert_eq!(record.headers().len(), record.headers().count());
            let owned = records.owned(index);
            assert_eq!(owned.as_ref().and_then(|owned| owned.value.as_deref()), record.value);
        }
        assert!(decoder.next_offset() >= next);
        next = decoder.next_offset();
    }
}

/// Gives every batch the checksum of its bytes.
fn reseal(set: &mut [u8]) {
    let mut rest = set;
    while let Ok(Some(header)) = BatchHeader::parse(rest) {
        let (batch, behind) = rest.split_at_mut(header.size());
        if header.magic < 2 {
            let crc = crc32fast::hash(batch.get(16..).unwrap_or_default());
            if let Some(place) = batch.get_mut(12..16) {
                place.copy_from_slice(&crc.to_be_bytes());
            }
        } else if let Ok(mut batch) = BatchMut::new(batch) {
            batch.set_producer(header.producer_id, header.producer_epoch, header.base_sequence);
        }
        rest = behind;
    }
}
