use std::{collections::HashMap, sync::Arc, time::Duration};

use ottla_transport::Instant;

use super::{
    balancer::Balancer,
    batch::{Batch, Identity, OpenBatch, Outcome},
    completion::Completed,
    ledger::Ledger,
    partition::{PartitionQueue, Settled, Turn},
    promise::{Delivery, Placed, Promise},
    refusal::{refused, too_large},
    stats::WriterStats,
    topic::TopicQueue,
};
use crate::{
    cluster::{Backoff, TopicMetadata},
    error::Error,
    record::Record,
};

/// What a Writer may hold, and when a batch is due.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    pub(super) batch_bytes: usize,
    pub(super) batch_records: u32,
    pub(super) buffer_bytes: usize,
    pub(super) buffer_records: usize,
    pub(super) request_bytes: usize,
    pub(super) requests_in_flight: usize,
    pub(super) linger: Duration,
    pub(super) delivery_timeout: Duration,
    pub(super) backoff: Backoff,
}

/// A partition by its place in the accumulator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Key {
    pub(super) topic: usize,
    pub(super) partition: usize,
}

/// The records of a Writer from `send` to their outcome, and what is due when. It does no I/O and
/// reads no clock.
#[derive(Debug)]
pub(super) struct Accumulator {
    pub(super) limits: Limits,
    /// Whether batches are numbered, so that the broker drops repeats.
    pub(super) idempotent: bool,
    /// Whether a partition that cannot have them numbered is to do without.
    pub(super) lenient: bool,
    pub(super) topics: Vec<TopicQueue>,
    by_name: HashMap<Arc<str>, usize>,
    /// Partitions with batches that are not in flight.
    pub(super) active: Vec<Key>,
    requests_in_flight: HashMap<i32, usize>,
    flushing: usize,
    pub(super) ledger: Ledger,
}

/// What came of pushing a record.
#[derive(Debug)]
pub(super) enum Pushed {
    /// It is in a batch. `wake` says that the batch was opened or closed by it.
    In { delivery: Delivery, wake: bool },
    /// The buffer is full: room must be waited for.
    Full,
}

/// The batches of one Produce request.
pub(super) type Job = Vec<(Key, Batch)>;

/// What a look for due batches came to.
#[derive(Debug)]
pub(super) enum Due {
    /// A request's worth of them.
    Job(Job),
    /// Nothing before that time, or before something else changes.
    Nothing(Option<Instant>),
}

/// What became of a batch that came back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    /// It was delivered.
    Delivered,
    /// It was given up.
    Failed,
    /// It is sent again.
    Again,
    /// It is sent again in two pieces.
    Split,
    /// It is sent again, and all of its partition from here on, without numbers.
    Plain,
}

impl Accumulator {
    pub(super) fn new(limits: Limits, idempotent: bool) -> Self {
        Self {
            limits,
            idempotent,
            lenient: true,
            topics: Vec::new(),
            by_name: HashMap::new(),
            active: Vec::new(),
            requests_in_flight: HashMap::new(),
            flushing: 0,
            ledger: Ledger::default(),
        }
    }

    pub(super) fn topic(&self, name: &str) -> Option<usize> {
        // Nearly always there is one topic, or the same one again: no need to hash its name.
        let first = self.topics.first().filter(|topic| &*topic.name == name).map(|_| 0);
        first.or_else(|| self.by_name.get(name).copied())
    }

    /// Takes in what the cluster says of a topic. Partitions are never taken away: their batches
    /// wait for a leader, or for their delivery timeout.
    pub(super) fn learn(
        &mut self,
        topic: &TopicMetadata,
        balancer: impl FnOnce() -> Box<dyn Balancer>,
    ) -> usize {
        let at = *self.by_name.entry(topic.name.clone()).or_insert(self.topics.len());
        if at == self.topics.len() {
            self.topics.push(TopicQueue::new(topic.name.clone(), balancer()));
        }
        if let Some(queue) = self.topics.get_mut(at) {
            queue.learn(topic);
        }
        at
    }

    /// Encodes a record into its partition's open batch.
    pub(super) fn push(
        &mut self,
        topic: usize,
        record: &Record<'_>,
        timestamp: i64,
        now: impl FnOnce() -> Instant,
    ) -> Result<Pushed, Error> {
        let Self { limits, ledger, .. } = self;
        if ledger.is_full(limits) {
            return Ok(Pushed::Full);
        }
        let Some(queue) = self.topics.get_mut(topic) else { return Err(Error::closed("writer").not_sent()) };
        let at = queue.choose(record)?;
        let TopicQueue { partitions, balancer, .. } = queue;
        let Some(partition) = partitions.get_mut(at) else { return Err(Error::closed("writer").not_sent()) };
        if let Some(open) = &mut partition.open
            && let Some(delivery) = open.push(limits, record, timestamp, &mut ledger.buffered)?
        {
            return Ok(Pushed::In { delivery, wake: false });
        }
        let now = now();
        if let Some(full) = partition.open.take() {
            partition.ready.push_back(full.seal(limits.delivery_timeout, now));
            balancer.batch_closed(partition.id);
        }
        let mut open = OpenBatch::new(ledger.next_batch(), now, ledger.spare());
        let mut pushed = open.push(limits, record, timestamp, &mut ledger.buffered);
        let Some(delivery) = pushed.as_mut().ok().and_then(Option::take) else {
            let size = open.builder.size_with(record.key, record.value, record.headers, timestamp);
            ledger.reuse(open.builder.seal().recycle());
            pushed?;
            return Err(too_large(size, limits.batch_bytes).about(queue.name.clone(), Some(partition.id)));
        };
        let key = Key { topic, partition: at };
        ledger.opened(Arc::clone(&open.promise), key, now + limits.delivery_timeout);
        partition.open = Some(open);
        if !std::mem::replace(&mut partition.listed, true) {
            self.active.push(key);
        }
        Ok(Pushed::In { delivery, wake: true })
    }

    /// The due batches of the partitions that `node` leads, as far as one request carries them.
    pub(super) fn drain(&mut self, node: i32, now: Instant) -> Due {
        let in_flight = self.requests_in_flight.get(&node).copied().unwrap_or(0);
        if in_flight >= self.limits.requests_in_flight {
            return Due::Nothing(None);
        }
        let at_once = in_flight == 0 || self.flushing > 0 || self.ledger.is_full(&self.limits);
        let (mut batches, mut bytes, mut next) = (Vec::new(), 0, None::<Instant>);
        for at in 0..self.active.len() {
            let Some(key) = self.active.get(at).copied() else { break };
            let Some(topic) = self.topics.get_mut(key.topic) else { continue };
            let Some(partition) = topic.partitions.get_mut(key.partition) else { continue };
            if partition.leader != Some(node) || bytes >= self.limits.request_bytes {
                continue;
            }
            match partition.turn(now, self.idempotent, node) {
                Turn::Now => {}
                Turn::At(then) => {
                    next = earlier(next, then);
                    continue;
                }
                Turn::Later | Turn::NeedsIdentity => continue,
            }
            if partition.ready.is_empty() {
                let due = partition.open.as_ref().map(|open| open.opened + self.limits.linger);
                match due {
                    Some(due) if !at_once && due > now => {
                        next = earlier(next, due);
                        continue;
                    }
                    _ => {}
                }
                let sealed = partition.open.take().map(|open| open.seal(self.limits.delivery_timeout, now));
                partition.ready.extend(sealed);
                topic.balancer.batch_closed(partition.id);
            }
            if let Some(mut batch) = partition.take(self.idempotent, node) {
                self.ledger.stats.taken(&mut batch, now);
                bytes += batch.bytes;
                batches.push((key, batch));
            }
        }
        self.tidy();
        if batches.is_empty() {
            return Due::Nothing(next);
        }
        *self.requests_in_flight.entry(node).or_default() += 1;
        Due::Job(batches)
    }

    /// Puts back what an earlier failure forbids to send now: it would arrive out of order. The rest
    /// counts as sent from here on.
    pub(super) fn hold_back(&mut self, job: &mut Job) {
        for (key, batch) in std::mem::take(job) {
            let told = !self.ledger.is_open(batch.id.opened);
            match self.partition(key) {
                // Its time ran out, or the Writer was closed, and it was said not to be sent.
                Some(partition) if told => {
                    partition.withdraw(&batch);
                    self.ledger.give_back(batch);
                    self.list(key);
                }
                Some(partition) if partition.is_recovering() => {
                    partition.put_back(batch);
                    self.list(key);
                }
                Some(partition) => {
                    partition.sent(&batch);
                    job.push((key, batch));
                }
                None => job.push((key, batch)),
            }
        }
    }

    /// A partition's topic and number.
    pub(super) fn name(&self, key: Key) -> Option<(Arc<str>, i32)> {
        let topic = self.topics.get(key.topic)?;
        Some((topic.name.clone(), topic.partitions.get(key.partition)?.id))
    }

    /// One request to `node` is over. How long it took, unless it never left.
    pub(super) fn request_over(&mut self, node: i32, took: Option<Duration>) {
        if let Some(in_flight) = self.requests_in_flight.get_mut(&node) {
            *in_flight = in_flight.saturating_sub(1);
        }
        if let Some(took) = took {
            self.ledger.stats.writes += 1;
            self.ledger.stats.write_time.add(took);
        }
    }

    /// Takes in what came of a batch.
    pub(super) fn settle(&mut self, key: Key, batch: Batch, outcome: Outcome, now: Instant) -> Fate {
        let backoff = self.limits.backoff;
        let lenient = self.lenient;
        let Some(topic) = self.topics.get_mut(key.topic) else { return Fate::Failed };
        let name = topic.name.clone();
        let Some(partition) = topic.partitions.get_mut(key.partition) else { return Fate::Failed };
        let id = partition.id;
        let placed =
            || Placed { topic: name.clone(), partition: id, base_offset: None, log_append_time: None };
        self.ledger.stats.errors += u64::from(outcome.is_err());
        let settled =
            partition.settle(batch, outcome, now, placed, |failures| backoff.after(failures), lenient);
        match settled {
            Settled::Again { fate, stale } => {
                topic.stale |= stale;
                self.ledger.stats.retries += 1;
                self.list(key);
                fate
            }
            Settled::Done(batch, outcome) => {
                let uncertain = batch.uncertain;
                let outcome = outcome.map_err(|error| {
                    let error = refused(&batch, error).about(name.clone(), Some(id));
                    if uncertain { error.maybe_sent() } else { error }
                });
                self.ledger.release(*batch, (&name, id), &outcome);
                if outcome.is_ok() { Fate::Delivered } else { Fate::Failed }
            }
        }
    }

    /// Everything pushed so far and not yet settled. Until [`Accumulator::flushed`], nothing lingers.
    pub(super) fn flush(&mut self) -> Vec<Arc<Promise>> {
        self.flushing += 1;
        self.ledger.promises()
    }

    /// One flush is over.
    pub(super) fn flushed(&mut self) {
        self.flushing = self.flushing.saturating_sub(1);
    }

    /// What the callback is to be told.
    pub(super) fn take_completed(&mut self) -> Vec<Completed> {
        self.ledger.take_completed()
    }

    pub(super) fn stats(&self) -> WriterStats {
        let buffered = self.ledger.buffered;
        WriterStats {
            buffered_bytes: buffered.bytes as u64,
            buffered_records: buffered.records as u64,
            ..self.ledger.stats.clone()
        }
    }

    /// Gives an identity to every partition that has none.
    pub(super) fn identify(&mut self, identity: Identity) {
        let partitions = self.topics.iter_mut().flat_map(|topic| &mut topic.partitions);
        for partition in partitions.filter(|partition| partition.needs_identity()) {
            partition.identify(identity);
        }
    }

    pub(super) fn partition(&mut self, key: Key) -> Option<&mut PartitionQueue> {
        self.topics.get_mut(key.topic)?.partitions.get_mut(key.partition)
    }

    fn list(&mut self, key: Key) {
        if let Some(partition) = self.partition(key)
            && partition.has_work()
            && !std::mem::replace(&mut partition.listed, true)
        {
            self.active.push(key);
        }
    }

    /// Takes partitions without work off the list.
    pub(super) fn tidy(&mut self) {
        let Self { active, topics, .. } = self;
        active.retain(|key| {
            let partition =
                topics.get_mut(key.topic).and_then(|topic| topic.partitions.get_mut(key.partition));
            partition.is_some_and(|partition| {
                partition.listed = partition.has_work();
                partition.listed
            })
        });
    }
}

fn earlier(so_far: Option<Instant>, then: Instant) -> Option<Instant> {
    Some(so_far.map_or(then, |so_far| so_far.min(then)))
}
