use std::{collections::BTreeMap, sync::Arc};

use ottla_transport::Instant;

use super::{
    accumulator::{Key, Limits},
    batch::{Batch, BatchId, Outcome},
    completion::Completed,
    promise::Promise,
    stats::WriterStats,
};

/// Buffers that are kept for new batches: few are full at a time, many open where keys choose partitions.
const MOST_SPARE: usize = 16;

/// What the records take whose outcome is open.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Buffered {
    pub(super) bytes: usize,
    pub(super) records: usize,
}

/// What a Writer owes: an outcome for every batch, in time, and room in its buffer.
#[derive(Debug, Default)]
pub(super) struct Ledger {
    pub(super) buffered: Buffered,
    pub(super) stats: WriterStats,
    /// Whether a callback wants to be told of batches.
    pub(super) tells: bool,
    next_batch: u64,
    /// Batches with records without outcome. In order of opening, which is that of their deadlines.
    open: BTreeMap<u64, Owed>,
    completed: Vec<Completed>,
    /// Buffers of batches that are done with, for new ones: they are grown already, and their pages
    /// are there.
    spare: Vec<Vec<u8>>,
}

#[derive(Debug)]
struct Owed {
    promise: Arc<Promise>,
    key: Key,
    deadline: Instant,
}

impl Ledger {
    pub(super) fn is_full(&self, limits: &Limits) -> bool {
        self.buffered.bytes >= limits.buffer_bytes || self.buffered.records >= limits.buffer_records
    }

    /// The number of the batch that is opened next.
    pub(super) fn next_batch(&self) -> u64 {
        self.next_batch
    }

    /// Takes up the batch of that number.
    pub(super) fn opened(&mut self, promise: Arc<Promise>, key: Key, deadline: Instant) {
        self.open.insert(self.next_batch, Owed { promise, key, deadline });
        self.next_batch += 1;
    }

    /// Everything whose outcome is open.
    pub(super) fn promises(&self) -> Vec<Arc<Promise>> {
        self.open.values().map(|owed| Arc::clone(&owed.promise)).collect()
    }

    /// Whether the outcome of records of a batch is open.
    pub(super) fn is_open(&self, opened: u64) -> bool {
        self.open.contains_key(&opened)
    }

    /// When the first of the batches expires.
    pub(super) fn next_deadline(&self) -> Option<Instant> {
        self.open.values().next().map(|owed| owed.deadline)
    }

    /// The first batch, if its time has run out.
    pub(super) fn overdue(&self, now: Instant) -> Option<(u64, Key)> {
        let (opened, owed) = self.open.iter().next()?;
        (owed.deadline <= now).then_some((*opened, owed.key))
    }

    /// Nothing more will be told of a batch.
    pub(super) fn forget(&mut self, opened: u64) {
        self.open.remove(&opened);
    }

    /// Tells the outcome of a batch, or of a piece of one, unless it was told before: whether it was not.
    pub(super) fn tell(
        &mut self,
        id: BatchId,
        records: u32,
        (topic, partition): (&Arc<str>, i32),
        outcome: &Outcome,
    ) -> bool {
        let Some(owed) = self.open.get(&id.opened) else { return false };
        let promise = Arc::clone(&owed.promise);
        if !promise.settle(id.first, records, outcome.clone()) {
            return false;
        }
        if promise.is_over() {
            self.open.remove(&id.opened);
        }
        match outcome {
            Ok(_) => {
                self.stats.batches += 1;
                self.stats.messages += u64::from(records);
            }
            Err(_) => self.stats.lost += u64::from(records),
        }
        if self.tells {
            let (topic, first, outcome) = (Arc::clone(topic), id.first, outcome.clone());
            self.completed.push(Completed { promise, topic, partition, first, records, outcome });
        }
        true
    }

    /// Is done with a batch: tells its outcome, and takes its room back.
    pub(super) fn release(&mut self, batch: Batch, at: (&Arc<str>, i32), outcome: &Outcome) -> bool {
        let told = self.tell(batch.id, batch.records, at, outcome);
        if told && outcome.is_ok() {
            self.stats.bytes += batch.bytes as u64;
        }
        self.give_back(batch);
        told
    }

    /// Takes the room of a batch back.
    pub(super) fn give_back(&mut self, batch: Batch) {
        self.buffered.bytes = self.buffered.bytes.saturating_sub(batch.bytes);
        self.buffered.records = self.buffered.records.saturating_sub(batch.records as usize);
        self.reuse(batch.sealed.recycle());
    }

    /// What the callback is to be told.
    pub(super) fn take_completed(&mut self) -> Vec<Completed> {
        std::mem::take(&mut self.completed)
    }

    /// A buffer for a new batch.
    pub(super) fn spare(&mut self) -> Option<Vec<u8>> {
        self.spare.pop()
    }

    /// Keeps a buffer for a new batch.
    pub(super) fn reuse(&mut self, buffer: Option<Vec<u8>>) {
        if self.spare.len() < MOST_SPARE {
            self.spare.extend(buffer);
        }
    }
}
