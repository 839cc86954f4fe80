//! A batch that is more than the broker takes becomes two.

use std::sync::Arc;

use super::batch::{Batch, BatchId, Stamp};
use crate::record::{BatchBuilder, BatchHeader, DecodeOptions, OwnedRecord, RecordError, RecordSet, Records};

/// Splits a batch in two of about the same size, which keep its place, its numbers and its time: it becomes the first,
/// and the second is given. It has at least two records, and no try of it may lie in the log: the broker could not tell
/// the pieces from it.
pub(super) fn split(batch: &mut Batch) -> Result<Batch, RecordError> {
    let records = decode(batch)?;
    let (left, right) = halve(batch, &records)?;
    Ok(divide(batch, left, right))
}

fn decode(batch: &mut Batch) -> Result<Records, RecordError> {
    let bytes = batch.sealed.stamp(-1, -1, -1);
    // The Writer's own bytes: the limit on what others may send does not apply.
    let options = DecodeOptions { max_decompressed_bytes: i32::MAX as usize, ..DecodeOptions::default() };
    let records = RecordSet::new(bytes, options).next_records(usize::MAX)?;
    let missing = RecordError::Malformed("a batch to be split has lost records");
    records.filter(|records| records.len() == batch.records as usize).ok_or(missing)
}

/// The first records, up to half of the bytes, and the others. Each gets one at least.
fn halve(batch: &Batch, records: &Records) -> Result<(BatchBuilder, BatchBuilder), RecordError> {
    let half = BatchHeader::SIZE + batch.bytes.saturating_sub(BatchHeader::SIZE) / 2;
    let mut left = BatchBuilder::new(half);
    let mut right = BatchBuilder::new(half);
    for at in 0..records.len() {
        let Some(OwnedRecord { timestamp, key, value, headers, .. }) = records.owned(at) else { break };
        let (key, value) = (key.as_deref(), value.as_deref());
        let fits = left.len() + left.size_with(key, value, &headers, timestamp) <= half;
        let goes_left = left.is_empty() || right.is_empty() && fits && at + 1 < records.len();
        let half = if goes_left { &mut left } else { &mut right };
        half.push(key, value, &headers, timestamp)?;
    }
    Ok((left, right))
}

fn divide(batch: &mut Batch, left: BatchBuilder, right: BatchBuilder) -> Batch {
    batch.promise.split();
    let (first_records, left_bytes) = (left.count(), left.len());
    let later = |stamp: Stamp| Stamp { sequence: stamp.sequence_after(first_records), ..stamp };
    let second = Batch {
        id: BatchId { first: batch.id.first + first_records, ..batch.id },
        records: right.count(),
        sealed: right.seal(),
        compressed: false,
        promise: Arc::clone(&batch.promise),
        bytes: batch.bytes.saturating_sub(left_bytes),
        stamp: batch.stamp.map(later),
        last_error: batch.last_error.clone(),
        ..*batch
    };
    batch.records = first_records;
    batch.sealed = left.seal();
    batch.compressed = false;
    batch.bytes = left_bytes;
    second
}
