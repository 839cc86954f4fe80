use std::sync::Arc;

use bytes::Bytes;

use super::{cursors::Cursors, records::Records};
use crate::{error::Error, record};

/// What waits to be handed out.
#[derive(Debug)]
pub(super) enum Queued {
    /// Records, still encoded.
    Fetched(Fetched),
    /// Something the caller must know.
    Failed { cursor: Option<usize>, error: Error },
}

/// One partition's part of a response.
#[derive(Debug)]
pub(super) struct Fetched {
    pub(super) cursor: usize,
    pub(super) generation: u32,
    pub(super) topic: Arc<str>,
    pub(super) partition: i32,
    pub(super) from_offset: i64,
    pub(super) next_offset: i64,
    pub(super) high_watermark: i64,
    pub(super) bytes: Bytes,
    pub(super) aborted: Vec<(i64, i64)>,
}

impl Fetched {
    /// Some of its records, decoded.
    pub(super) fn records(&self, records: record::Records) -> Records {
        Records {
            topic: self.topic.clone(),
            partition: self.partition,
            high_watermark: self.high_watermark,
            records: Arc::new(records),
            skip: 0,
            generation: self.generation,
        }
    }
}

impl Cursors {
    /// The next thing to be handed out. What a seek has overtaken is dropped.
    pub(super) fn pop(&mut self) -> Option<Queued> {
        loop {
            match self.queue.pop_front()? {
                Queued::Fetched(fetched) if !self.is_current(&fetched) => self.release(fetched.bytes.len()),
                Queued::Failed { cursor, error } => {
                    if let Some((at, found)) = cursor.and_then(|at| Some((at, self.cursors.get_mut(at)?))) {
                        found.complained = found.stuck;
                        if found.stuck {
                            // Nothing changes before a seek: it is told again, after what others have.
                            self.queue.push_back(Queued::Failed { cursor: Some(at), error: error.clone() });
                        }
                    }
                    return Some(Queued::Failed { cursor, error });
                }
                fetched => return Some(fetched),
            }
        }
    }

    /// Whether no seek has overtaken what was fetched.
    pub(super) fn is_current(&self, fetched: &Fetched) -> bool {
        self.cursors.get(fetched.cursor).is_some_and(|cursor| cursor.generation == fetched.generation)
    }

    /// What was fetched has been handed out up to `next`.
    pub(super) fn read_up_to(&mut self, fetched: &Fetched, next: i64) {
        if let Some(cursor) = self.cursors.get_mut(fetched.cursor)
            && cursor.generation == fetched.generation
        {
            cursor.read_at = Some(next);
        }
    }

    /// Gives room back that fetched bytes took.
    pub(super) fn release(&mut self, bytes: usize) {
        self.queued_bytes = self.queued_bytes.saturating_sub(bytes);
    }
}
