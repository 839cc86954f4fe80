use std::sync::Arc;

use ottla_transport::Instant;

use super::{
    accumulator::Limits,
    ledger::Buffered,
    promise::{Delivery, Placed, Promise},
};
use crate::{
    error::Error,
    protocol::ErrorCode,
    record::{BatchBuilder, Record, RecordError, SealedBatch},
};

/// Room for a few records: a lone write needs no more, and a full batch doubles it a few times.
const FIRST_CAPACITY: usize = 1024;

/// A batch that still takes records.
#[derive(Debug)]
pub(super) struct OpenBatch {
    pub(super) id: u64,
    pub(super) builder: BatchBuilder,
    pub(super) promise: Arc<Promise>,
    pub(super) opened: Instant,
    /// What the batch takes of the Writer's buffer so far.
    pub(super) bytes: usize,
}

/// Who sent a batch and as which in order, so that the broker can tell a retry from a new one
/// (KIP-98).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Stamp {
    pub(super) identity: Identity,
    pub(super) sequence: i32,
}

impl Stamp {
    /// The sequence after so many records. It wraps to zero, not to the negative.
    pub(super) fn sequence_after(&self, records: u32) -> i32 {
        self.sequence.wrapping_add_unsigned(records) & i32::MAX
    }
}

/// A producer id and its epoch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Identity {
    pub(super) producer_id: i64,
    pub(super) epoch: i16,
}

impl Identity {
    /// What a batch carries that is not sent idempotently.
    pub(super) const NONE: Self = Self { producer_id: -1, epoch: -1 };
}

/// A batch's place in the order of its partition: which it is in the order of opening, and which of its records is the
/// first of a piece that it was split into.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct BatchId {
    pub(super) opened: u64,
    pub(super) first: u32,
}

/// A batch that is full, or was due.
#[derive(Debug)]
pub(super) struct Batch {
    pub(super) id: BatchId,
    pub(super) sealed: SealedBatch,
    pub(super) compressed: bool,
    pub(super) promise: Arc<Promise>,
    /// When its delivery timeout runs out.
    pub(super) deadline: Instant,
    pub(super) bytes: usize,
    pub(super) records: u32,
    pub(super) stamp: Option<Stamp>,
    pub(super) failures: u32,
    /// An earlier try may have reached the log: it must not be sent under another stamp.
    pub(super) uncertain: bool,
    pub(super) last_error: Option<Error>,
    pub(super) opened_at: Instant,
    pub(super) sealed_at: Instant,
    /// It was taken into a request before.
    pub(super) taken: bool,
}

impl OpenBatch {
    pub(super) fn new(id: u64, now: Instant, spare: Option<Vec<u8>>) -> Self {
        let builder = spare.map_or_else(|| BatchBuilder::new(FIRST_CAPACITY), BatchBuilder::recycled);
        Self { id, builder, promise: Arc::default(), opened: now, bytes: 0 }
    }

    /// Encodes a record at its end, or gives `None` when it does not fit.
    pub(super) fn push(
        &mut self,
        limits: &Limits,
        record: &Record<'_>,
        timestamp: i64,
        buffered: &mut Buffered,
    ) -> Result<Option<Delivery>, RecordError> {
        if self.builder.count() >= limits.batch_records {
            return Ok(None);
        }
        let Record { key, value, headers, .. } = *record;
        let Some(index) = self.builder.push_within(limits.batch_bytes, key, value, headers, timestamp)?
        else {
            return Ok(None);
        };
        let bytes = self.builder.len();
        buffered.bytes += bytes - self.bytes;
        buffered.records += 1;
        self.bytes = bytes;
        if let Some(user_data) = record.user_data {
            self.promise.keep(index, user_data.clone());
        }
        Ok(Some(Delivery { promise: Arc::clone(&self.promise), index, timestamp }))
    }

    pub(super) fn seal(self, delivery_timeout: std::time::Duration, now: Instant) -> Batch {
        let records = self.builder.count();
        Batch {
            id: BatchId { opened: self.id, first: 0 },
            sealed: self.builder.seal(),
            compressed: false,
            promise: self.promise,
            deadline: self.opened + delivery_timeout,
            bytes: self.bytes,
            records,
            stamp: None,
            failures: 0,
            uncertain: false,
            last_error: None,
            opened_at: self.opened,
            sealed_at: now,
            taken: false,
        }
    }
}

impl Batch {
    /// Whether it is stamped with that identity.
    pub(super) fn is_of(&self, identity: Identity) -> bool {
        self.stamp.is_some_and(|stamp| stamp.identity == identity)
    }
}

/// What came of sending a batch.
pub(super) type Outcome = Result<Placed, Error>;

/// The broker knows the batch: an earlier try had arrived.
pub(super) fn is_duplicate(error: &Error) -> bool {
    error.code() == Some(ErrorCode::DUPLICATE_SEQUENCE_NUMBER)
}

/// The broker does not take the batch under its stamp, and has not taken it before.
pub(super) fn is_out_of_sequence(error: &Error) -> bool {
    matches!(
        error.code(),
        Some(
            ErrorCode::OUT_OF_ORDER_SEQUENCE_NUMBER
                | ErrorCode::UNKNOWN_PRODUCER_ID
                | ErrorCode::INVALID_PRODUCER_EPOCH
                | ErrorCode::INVALID_PRODUCER_ID_MAPPING
        )
    )
}

/// Whether the batch may lie in the log although sending it failed.
pub(super) fn is_uncertain(error: &Error) -> bool {
    match error.code() {
        None => !error.is_not_sent(),
        Some(code) => matches!(
            code,
            ErrorCode::REQUEST_TIMED_OUT
                | ErrorCode::NOT_ENOUGH_REPLICAS_AFTER_APPEND
                | ErrorCode::NETWORK_EXCEPTION
                | ErrorCode::KAFKA_STORAGE_ERROR
                | ErrorCode::UNKNOWN_SERVER_ERROR
        ),
    }
}
