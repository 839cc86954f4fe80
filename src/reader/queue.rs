use std::{collections::VecDeque, sync::Arc};

use bytes::Bytes;

use super::{cursors::Cursors, records::Records};
use crate::{error::Error, record};

/// What waits to be handed out, in order of its arrival, and how much of the room for it is taken.
#[derive(Debug, Default)]
pub(super) struct Queue {
    entries: VecDeque<Queued>,
    /// Bytes that were fetched and are not yet read.
    pub(super) bytes: usize,
    /// Bytes that were asked for and are not yet here.
    pub(super) expected: usize,
}

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
    /// The offset that is not to be read any more.
    pub(super) bound: i64,
    pub(super) high_watermark: i64,
    /// The claim of the group member that reads it, or 0.
    pub(super) claim: u64,
    pub(super) bytes: Bytes,
    pub(super) aborted: Vec<(i64, i64)>,
}

impl Fetched {
    /// Some of its records, decoded.
    pub(super) fn records(&self, records: record::Records) -> Records {
        let mut records = Records {
            topic: self.topic.clone(),
            partition: self.partition,
            high_watermark: self.high_watermark,
            range: 0..records.len(),
            records: Arc::new(records),
            cursor: self.cursor,
            generation: self.generation,
            claim: self.claim,
        };
        records.cut(self.bound);
        records
    }
}

impl Queue {
    pub(super) fn push(&mut self, queued: Queued) {
        if let Queued::Fetched(fetched) = &queued {
            self.bytes += fetched.bytes.len();
        }
        self.entries.push_back(queued);
    }

    /// Gives room back that fetched bytes took.
    pub(super) fn release(&mut self, bytes: usize) {
        self.bytes = self.bytes.saturating_sub(bytes);
    }

    /// How many bytes may be asked for without going beyond `limit`.
    pub(super) fn room(&self, limit: usize) -> usize {
        limit.saturating_sub(self.bytes + self.expected)
    }

    /// Whether an error waits that concerns no partition in particular.
    pub(super) fn has_general_error(&self) -> bool {
        self.entries.iter().any(|queued| matches!(queued, Queued::Failed { cursor: None, .. }))
    }

    /// What was fetched of a partition counts as fetched since its last seek.
    pub(super) fn keep(&mut self, cursor: usize, generation: u32) {
        for queued in &mut self.entries {
            if let Queued::Fetched(fetched) = queued
                && fetched.cursor == cursor
            {
                fetched.generation = generation;
            }
        }
    }
}

impl Cursors {
    /// The next thing to be handed out.
    pub(super) fn pop(&mut self) -> Option<Queued> {
        let queued = self.queue.entries.pop_front()?;
        if let Queued::Failed { cursor: Some(at), error } = &queued
            && let Some(found) = self.cursors.get_mut(*at)
        {
            found.complained = found.stuck;
            if found.stuck {
                // Nothing changes before a seek: it is told again, after what others have.
                self.queue.push(Queued::Failed { cursor: Some(*at), error: error.clone() });
            }
        }
        Some(queued)
    }

    /// Drops what a seek has overtaken: records, and errors that are settled by it.
    pub(super) fn drop_overtaken(&mut self) {
        let Self { queue: Queue { entries, bytes, .. }, cursors, .. } = self;
        entries.retain(|queued| match queued {
            Queued::Fetched(fetched) => {
                let kept = cursors.get(fetched.cursor).is_some_and(|it| it.generation == fetched.generation);
                if !kept {
                    *bytes = bytes.saturating_sub(fetched.bytes.len());
                }
                kept
            }
            Queued::Failed { cursor: Some(at), .. } => cursors.get(*at).is_some_and(|it| it.complained),
            Queued::Failed { cursor: None, .. } => true,
        });
    }

    /// Whether no seek of the cursor has overtaken what was fetched under this generation.
    pub(super) fn is_current(&self, cursor: usize, generation: u32) -> bool {
        self.cursors.get(cursor).is_some_and(|cursor| cursor.generation == generation)
    }

    /// What was fetched has been handed out up to `next`.
    pub(super) fn read_up_to(&mut self, fetched: &Fetched, next: i64) {
        if let Some(cursor) = self.cursors.get_mut(fetched.cursor)
            && cursor.generation == fetched.generation
        {
            cursor.read_at = Some(next);
        }
    }
}
