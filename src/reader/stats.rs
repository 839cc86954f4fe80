use std::time::Duration;

use super::Reader;
use crate::error::{Error, ErrorKind};

/// What a [`Reader`] has done so far, and how it stands. What counts never starts anew: the difference
/// between two of these is what happened in between.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ReaderStats {
    /// Answers to Fetch requests, those that hold nothing included.
    pub fetches: u64,
    /// Records that were handed out.
    pub messages: u64,
    /// Bytes of records that were fetched, as they came: compressed, and whole batches.
    pub bytes: u64,
    /// Fetch requests that were not answered in time.
    pub timeouts: u64,
    /// Errors of requests and of single partitions in answers, timeouts included, those too that were
    /// kept from the caller.
    pub errors: u64,
    /// How long brokers took for their answers to Fetch requests, all together. Where there is nothing to
    /// read they take [`max_wait`](super::ReaderBuilder::max_wait).
    pub fetch_time: Duration,
    /// How long callers waited for records, all together.
    pub wait_time: Duration,
    /// The partitions that are read, as far as they are known.
    pub partitions: usize,
    /// Bytes that are fetched and not read yet.
    pub queue_bytes: usize,
    /// The most that [`queue_bytes`](Self::queue_bytes) may come to, give or take a batch.
    pub queue_capacity: usize,
    /// Records still to be read of the partitions where this is known: see [`Reader::lag`].
    pub lag: i64,
}

/// What is counted while fetching.
#[derive(Debug, Default)]
pub(super) struct Counters {
    fetches: u64,
    pub(super) bytes: u64,
    timeouts: u64,
    errors: u64,
    fetch_time: Duration,
}

impl Counters {
    pub(super) fn answered(&mut self, after: Duration) {
        self.fetches += 1;
        self.fetch_time += after;
    }

    pub(super) fn failed(&mut self, error: &Error) {
        self.errors += 1;
        self.timeouts += u64::from(error.kind() == ErrorKind::Timeout);
    }
}

impl Reader {
    /// What it has done so far, and how it stands. Costs no request.
    pub fn stats(&self) -> ReaderStats {
        let decoding = self.shared.decoding.lock();
        let cursors = self.shared.cursors.lock();
        let Counters { fetches, bytes, timeouts, errors, fetch_time } = cursors.counters;
        let lags = cursors.cursors.iter().filter_map(|cursor| decoding.lag_of(cursor));
        ReaderStats {
            fetches,
            messages: decoding.messages,
            bytes,
            timeouts,
            errors,
            fetch_time,
            wait_time: decoding.waited,
            partitions: cursors.cursors.len(),
            queue_bytes: cursors.queue.bytes,
            queue_capacity: cursors.limits.queue_bytes,
            lag: lags.sum(),
        }
    }
}
