use std::{collections::VecDeque, time::Duration};

use ottla_transport::Instant;

use super::{
    accumulator::Fate,
    batch::{
        Batch, BatchId, Identity, OpenBatch, Outcome, Stamp, is_duplicate, is_out_of_sequence, is_uncertain,
    },
    promise::Placed,
    refusal::{is_old_format, is_too_large},
    split::split,
};
use crate::error::{Error, Retry};

/// The batches of one partition, from the open one to those in flight, and their numbering.
#[derive(Debug)]
pub(super) struct PartitionQueue {
    pub(super) id: i32,
    pub(super) leader: Option<i32>,
    pub(super) open: Option<OpenBatch>,
    /// Sealed, in order of their ids; those that failed stand before those that were never sent.
    pub(super) ready: VecDeque<Batch>,
    in_flight: Vec<InFlight>,
    identity: Option<Identity>,
    next_sequence: i32,
    /// Something failed: what is in flight must come back before anything is sent, so that the order
    /// holds.
    recovering: bool,
    /// The sequence has a gap: a new identity is needed once nothing is in flight.
    renew: bool,
    /// The leader has taken a batch of this identity, and nothing has failed since. Before that it takes
    /// any sequence for the first (KIP-360), so that a second batch must not be on its way together with
    /// the first.
    established: bool,
    /// A batch of this identity was given up that may yet come to lie in the log, by a connection that
    /// is gone for the client but not for the broker.
    abandoned: Option<Identity>,
    /// The topic's format has no place for numbers: batches go without.
    plain: bool,
    not_before: Instant,
    /// Whether the accumulator has it on its list of partitions with work.
    pub(super) listed: bool,
}

#[derive(Clone, Debug)]
struct InFlight {
    batch: BatchId,
    records: u32,
    identity: Option<Identity>,
    uncertain: bool,
    /// It was handed to a connection.
    sent: bool,
    node: i32,
    /// What its last try failed with.
    last_error: Option<Error>,
}

/// A batch in flight, for those who give it up.
#[derive(Debug)]
pub(super) struct Flying {
    pub(super) batch: BatchId,
    pub(super) records: u32,
    /// It may lie in the log.
    pub(super) uncertain: bool,
    pub(super) last_error: Option<Error>,
}

/// What to do with a batch that came back.
#[derive(Debug)]
pub(super) enum Settled {
    /// It is done with: its promise is to be settled, its room given back.
    Done(Box<Batch>, Outcome),
    /// It stands in the queue again, in one piece or two. `stale` says that the leader may have changed.
    Again { fate: Fate, stale: bool },
}

/// Whether a partition may send now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Turn {
    /// It may.
    Now,
    /// Not before that time.
    At(Instant),
    /// Not before something comes back.
    Later,
    /// Not before it has an identity.
    NeedsIdentity,
}

impl PartitionQueue {
    pub(super) fn new(id: i32) -> Self {
        Self {
            id,
            leader: None,
            open: None,
            ready: VecDeque::new(),
            in_flight: Vec::new(),
            identity: None,
            next_sequence: 0,
            recovering: false,
            renew: false,
            established: false,
            abandoned: None,
            plain: false,
            not_before: Instant::default(),
            listed: false,
        }
    }

    /// Gives up what is not in flight.
    pub(super) fn take_waiting(&mut self, delivery_timeout: Duration) -> Vec<Batch> {
        let mut waiting: Vec<Batch> = self.ready.drain(..).collect();
        waiting.extend(self.open.take().map(|open| {
            let now = open.opened;
            open.seal(delivery_timeout, now)
        }));
        waiting.iter().for_each(|batch| self.give_up(batch));
        self.landed();
        waiting
    }

    /// What is in flight.
    pub(super) fn in_flight(&self) -> Vec<Flying> {
        let flying = |sent: &InFlight| Flying {
            batch: sent.batch,
            records: sent.records,
            uncertain: sent.sent || sent.uncertain,
            last_error: sent.last_error.clone(),
        };
        self.in_flight.iter().map(flying).collect()
    }

    /// A batch that was taken is handed to a connection.
    pub(super) fn sent(&mut self, batch: &Batch) {
        if let Some(sent) = self.in_flight.iter_mut().find(|sent| sent.batch == batch.id) {
            sent.sent = true;
        }
    }

    pub(super) fn has_work(&self) -> bool {
        self.open.is_some() || !self.ready.is_empty()
    }

    pub(super) fn needs_identity(&self) -> bool {
        self.identity.is_none() && !self.renew && !self.plain
    }

    /// Gives it an identity: its sequence starts anew.
    pub(super) fn identify(&mut self, identity: Identity) {
        self.identity = Some(identity);
        self.next_sequence = 0;
        self.established = false;
    }

    /// Whether the first of its sealed batches (or its open one) may go to `node` at `now`.
    pub(super) fn turn(&self, now: Instant, idempotent: bool, node: i32) -> Turn {
        if self.recovering {
            return Turn::Later;
        }
        if self.not_before > now {
            return Turn::At(self.not_before);
        }
        if !idempotent || self.plain {
            // Without sequence numbers only one at a time keeps the order through a retry.
            return if self.in_flight.is_empty() { Turn::Now } else { Turn::Later };
        }
        // A broker remembers five batches. One that may lie in the log already goes alone, or those
        // that overtake it could make the broker forget it, and it would be written twice.
        let uncertain = self.ready.front().is_some_and(|batch| batch.uncertain);
        if self.in_flight.iter().any(|sent| uncertain || sent.uncertain) {
            return Turn::Later;
        }
        let stamped = self.ready.front().and_then(|batch| batch.stamp).map(|stamp| stamp.identity);
        let Some(identity) = stamped.or(self.identity) else { return Turn::NeedsIdentity };
        // Neither a new identity nor a new leader may overtake the old one. With two leaders there
        // could also be more batches under way than a broker remembers.
        let may_join =
            |sent: &InFlight| sent.identity == Some(identity) && sent.node == node && self.established;
        if self.in_flight.iter().all(may_join) { Turn::Now } else { Turn::Later }
    }

    /// Takes the first sealed batch to be sent to `node`, and stamps it unless an earlier try did.
    pub(super) fn take(&mut self, idempotent: bool, node: i32) -> Option<Batch> {
        let mut batch = self.ready.pop_front()?;
        if idempotent && !self.plain && batch.stamp.is_none() {
            let stamp = Stamp { identity: self.identity?, sequence: self.next_sequence };
            self.next_sequence = stamp.sequence_after(batch.records);
            batch.stamp = Some(stamp);
        }
        let identity = batch.stamp.map(|stamp| stamp.identity);
        self.in_flight.push(InFlight {
            batch: batch.id,
            records: batch.records,
            identity,
            uncertain: batch.uncertain,
            sent: false,
            node,
            last_error: batch.last_error.clone(),
        });
        Some(batch)
    }

    /// Whether an earlier batch has failed since this one was taken: then it must not be sent.
    pub(super) fn is_recovering(&self) -> bool {
        self.recovering
    }

    /// Takes back a batch that was taken but never sent.
    pub(super) fn put_back(&mut self, batch: Batch) {
        self.in_flight.retain(|sent| sent.batch != batch.id);
        self.requeue(batch);
        self.landed();
    }

    /// Gives up a batch that was taken but never sent.
    pub(super) fn withdraw(&mut self, batch: &Batch) {
        self.in_flight.retain(|sent| sent.batch != batch.id);
        self.give_up(batch);
        self.landed();
    }

    /// Takes back a batch that was sent.
    pub(super) fn settle(
        &mut self,
        batch: Batch,
        outcome: Outcome,
        now: Instant,
        placed: impl FnOnce() -> Placed,
        backoff: impl FnOnce(u32) -> Duration,
        lenient: bool,
    ) -> Settled {
        self.in_flight.retain(|sent| sent.batch != batch.id);
        let outcome = match outcome {
            Err(error) if is_duplicate(&error) => Ok(placed()),
            outcome => outcome,
        };
        let settled = match outcome {
            Ok(placed) => {
                self.established |= self.identity.is_some_and(|own| batch.is_of(own));
                Settled::Done(Box::new(batch), Ok(placed))
            }
            Err(error) if !batch.uncertain && now < batch.deadline && is_too_large(&error) => {
                self.divide(batch, error)
            }
            Err(error) if !batch.uncertain && now < batch.deadline && lenient && is_old_format(&error) => {
                self.do_without(batch, error)
            }
            Err(error) => self.fail(batch, error, now, backoff),
        };
        self.landed();
        settled
    }

    fn fail(
        &mut self,
        mut batch: Batch,
        error: Error,
        now: Instant,
        backoff: impl FnOnce(u32) -> Duration,
    ) -> Settled {
        let out_of_sequence = is_out_of_sequence(&error);
        // An earlier try of unknown outcome stays unknown until a broker says otherwise. It
        // has not said so while the batch that it misses may come yet, and the earlier try
        // behind it: then another try under a new identity could be one too many.
        let may_come_yet =
            batch.uncertain && (!out_of_sequence || self.abandoned.is_some_and(|gone| batch.is_of(gone)));
        batch.uncertain = is_uncertain(&error) || may_come_yet;
        let try_again = if out_of_sequence { !may_come_yet } else { error.retry() != Retry::Never };
        if !try_again || now >= batch.deadline {
            return self.done(batch, error);
        }
        self.renew |= out_of_sequence && !self.has_earlier(batch.id);
        self.recovering = true;
        batch.failures += 1;
        self.not_before = now + backoff(batch.failures);
        let stale = error.retry() != Retry::After;
        batch.last_error = Some(error);
        self.requeue(batch);
        Settled::Again { fate: Fate::Again, stale }
    }

    fn done(&mut self, batch: Batch, error: Error) -> Settled {
        self.give_up(&batch);
        let error = if batch.uncertain { error.maybe_sent() } else { error };
        Settled::Done(Box::new(batch), Err(error))
    }

    /// Sends a batch that is too large in two pieces, at once. They share the numbers that it had: it was refused,
    /// and so the broker expects them still.
    fn divide(&mut self, mut batch: Batch, error: Error) -> Settled {
        if batch.records < 2 {
            return self.done(batch, error);
        }
        match split(&mut batch) {
            Ok(second) => {
                self.recovering = true;
                self.requeue(batch);
                self.requeue(second);
                Settled::Again { fate: Fate::Split, stale: false }
            }
            Err(cause) => self.done(batch, error.caused_by(cause)),
        }
    }

    /// Goes on without numbers, where the topic's format has no place for them.
    fn do_without(&mut self, mut batch: Batch, error: Error) -> Settled {
        if batch.stamp.take().is_none() {
            return self.done(batch, error);
        }
        self.plain = true;
        self.recovering = true;
        for ready in self.ready.iter_mut().filter(|ready| !ready.uncertain) {
            ready.stamp = None;
        }
        self.requeue(batch);
        Settled::Again { fate: Fate::Plain, stale: false }
    }

    /// Takes out the batches whose delivery timeout has run out before they could be sent (again).
    pub(super) fn expire(&mut self, now: Instant, delivery_timeout: Duration, out: &mut Vec<Batch>) {
        if self.open.as_ref().is_some_and(|open| open.opened + delivery_timeout <= now) {
            out.extend(self.open.take().map(|open| open.seal(delivery_timeout, now)));
        }
        let mut kept = VecDeque::with_capacity(self.ready.len());
        for batch in std::mem::take(&mut self.ready) {
            if batch.deadline <= now {
                self.give_up(&batch);
                out.push(batch);
            } else {
                kept.push_back(batch);
            }
        }
        self.ready = kept;
        self.landed();
    }

    /// From here on the sequence of the batch's identity has a gap.
    fn give_up(&mut self, batch: &Batch) {
        let Some(stamp) = batch.stamp else { return };
        self.renew = true;
        if batch.uncertain {
            self.abandoned = Some(stamp.identity);
        }
    }

    fn has_earlier(&self, batch: BatchId) -> bool {
        self.in_flight.iter().any(|sent| sent.batch < batch)
            || self.ready.iter().any(|ready| ready.id < batch)
    }

    fn requeue(&mut self, batch: Batch) {
        let at = self.ready.partition_point(|ready| ready.id < batch.id);
        self.ready.insert(at, batch);
    }

    /// Once nothing is in flight, sending may begin again, under a new identity where the old one
    /// has a gap. A batch of unknown outcome keeps its stamp: under another one it could be written
    /// twice.
    fn landed(&mut self) {
        if !self.in_flight.is_empty() {
            return;
        }
        if std::mem::take(&mut self.recovering) {
            // The topic may be another by now, deleted and created anew, which knows no identity.
            self.established = false;
        }
        if std::mem::take(&mut self.renew) {
            self.identity = None;
            for batch in self.ready.iter_mut().filter(|batch| !batch.uncertain) {
                batch.stamp = None;
            }
        }
    }
}
