use std::time::Duration;

use ottla_transport::Instant;

use super::batch::Batch;

/// What a Writer has done since it was made, and what it holds now.
///
/// Counters never go back: keep what you were told last, and subtract.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct WriterStats {
    /// Produce requests that were answered, written without acknowledgement, or lost.
    pub writes: u64,
    /// Batches that were delivered.
    pub batches: u64,
    /// Records that were delivered.
    pub messages: u64,
    /// Bytes of the batches that were delivered, before compression.
    pub bytes: u64,
    /// Batches that came back with an error, each time.
    pub errors: u64,
    /// Batches that were put in the queue again: after an error, or in two pieces because they were too large.
    pub retries: u64,
    /// Records that were not delivered, or of which it is not known.
    pub lost: u64,
    /// Bytes that wait to be acknowledged now.
    pub buffered_bytes: u64,
    /// Records that wait to be acknowledged now.
    pub buffered_records: u64,
    /// From a batch's first record to its last: how long it took records.
    pub batch_time: Summary<Duration>,
    /// From there until it was taken into a request, or into the first of several.
    pub batch_queue_time: Summary<Duration>,
    /// From sending a request to its answer.
    pub write_time: Summary<Duration>,
    /// Records of a batch.
    pub batch_size: Summary<u64>,
    /// Bytes of a batch, before compression.
    pub batch_bytes: Summary<u64>,
}

/// What was measured many times, summed up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Summary<T> {
    /// How often.
    pub count: u64,
    /// All together.
    pub sum: T,
    /// The largest.
    pub max: T,
}

impl<T: Copy + Ord + std::ops::AddAssign> Summary<T> {
    pub(super) fn add(&mut self, measured: T) {
        self.count += 1;
        self.sum += measured;
        self.max = self.max.max(measured);
    }
}

impl WriterStats {
    /// A batch was taken into a request; only the first time counts.
    pub(super) fn taken(&mut self, batch: &mut Batch, now: Instant) {
        if std::mem::replace(&mut batch.taken, true) {
            return;
        }
        self.batch_time.add(batch.sealed_at.since(batch.opened_at));
        self.batch_queue_time.add(now.since(batch.sealed_at));
        self.batch_size.add(u64::from(batch.records));
        self.batch_bytes.add(batch.bytes as u64);
    }
}
