//! Records that are given up: their time has run out, or the Writer is closed.

use std::sync::Arc;

use ottla_transport::Instant;

use super::{
    accumulator::{Accumulator, Key},
    batch::Batch,
    partition::{Flying, PartitionQueue},
    refusal::{closed, expired},
};
use crate::error::Error;

/// How many records were lost.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Lost {
    /// They never left.
    pub(super) not_sent: u64,
    /// They may or may not be in the log.
    pub(super) unknown: u64,
}

impl Lost {
    fn count(&mut self, records: u32, uncertain: bool) {
        *if uncertain { &mut self.unknown } else { &mut self.not_sent } += u64::from(records);
    }
}

impl Accumulator {
    /// Fails what has not been acknowledged within its delivery timeout: how much.
    pub(super) fn expire(&mut self, now: Instant) -> Lost {
        let mut lost = Lost::default();
        if self.ledger.next_deadline().is_none_or(|first| first > now) {
            return lost;
        }
        let limit = self.limits.delivery_timeout;
        for key in self.active.clone() {
            let Some((name, partition)) = self.named(key) else { continue };
            let mut batches = Vec::new();
            partition.expire(now, limit, &mut batches);
            let id = partition.id;
            for batch in batches {
                let error = expired(batch.last_error.as_ref(), batch.uncertain, limit);
                self.fail(batch, (&name, id), error, &mut lost);
            }
        }
        self.tidy();
        // What is left of that age is on its way: it has its outcome when its time has come, though it may yet come
        // to lie in the log.
        while let Some((opened, key)) = self.ledger.overdue(now) {
            self.fail_in_flight(key, Some(opened), &mut lost, |flying| {
                expired(flying.last_error.as_ref(), flying.uncertain, limit)
            });
            self.ledger.forget(opened);
        }
        lost
    }

    /// When the first batch expires.
    pub(super) fn next_expiry(&self) -> Option<Instant> {
        self.ledger.next_deadline()
    }

    /// Fails what waits to be sent, and leaves what is on its way.
    pub(super) fn abandon_waiting(&mut self, error: &Error) {
        self.abandon_ready(&mut Lost::default(), |_| error.clone());
    }

    /// Fails everything that is still here, in flight or not: how much.
    pub(super) fn abandon(&mut self) -> Lost {
        let mut lost = Lost::default();
        self.abandon_ready(&mut lost, closed);
        for key in self.keys() {
            self.fail_in_flight(key, None, &mut lost, |flying| closed(flying.uncertain));
        }
        lost
    }

    fn abandon_ready(&mut self, lost: &mut Lost, error: impl Fn(bool) -> Error) {
        let limit = self.limits.delivery_timeout;
        for key in self.keys() {
            let Some((name, partition)) = self.named(key) else { continue };
            let (id, batches) = (partition.id, partition.take_waiting(limit));
            for batch in batches {
                let error = error(batch.uncertain);
                self.fail(batch, (&name, id), error, lost);
            }
        }
        self.tidy();
    }

    fn fail_in_flight(
        &mut self,
        key: Key,
        opened: Option<u64>,
        lost: &mut Lost,
        error: impl Fn(&Flying) -> Error,
    ) {
        let Some((name, partition)) = self.named(key) else { return };
        let (id, in_flight) = (partition.id, partition.in_flight());
        for flying in in_flight {
            if opened.is_some_and(|opened| opened != flying.batch.opened) {
                continue;
            }
            let outcome = Err(error(&flying).about(name.clone(), Some(id)));
            if self.ledger.tell(flying.batch, flying.records, (&name, id), &outcome) {
                lost.count(flying.records, flying.uncertain);
            }
        }
    }

    fn fail(&mut self, batch: Batch, at: (&Arc<str>, i32), error: Error, lost: &mut Lost) {
        let (records, uncertain) = (batch.records, batch.uncertain);
        let outcome = Err(error.about(at.0.clone(), Some(at.1)));
        if self.ledger.release(batch, at, &outcome) {
            lost.count(records, uncertain);
        }
    }

    fn keys(&self) -> Vec<Key> {
        let topics = self.topics.iter().enumerate();
        let keys = topics.flat_map(|(topic, queue)| {
            (0..queue.partitions.len()).map(move |partition| Key { topic, partition })
        });
        keys.collect()
    }

    fn named(&mut self, key: Key) -> Option<(Arc<str>, &mut PartitionQueue)> {
        let topic = self.topics.get_mut(key.topic)?;
        Some((topic.name.clone(), topic.partitions.get_mut(key.partition)?))
    }
}
