use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
    time::Duration,
};

use ottla_transport::Instant;

use super::{
    balancer::{Balancer, Partitions},
    batch::{Batch, Identity, OpenBatch, Outcome},
    partition::{PartitionQueue, Settled, Turn},
    promise::{Delivery, Placed, Promise},
};
use crate::{
    cluster::{Backoff, TopicMetadata},
    error::{Error, ErrorKind},
    record::{BatchHeader, Record},
};

/// What a Writer may hold, and when a batch is due.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    pub(super) batch_bytes: usize,
    pub(super) batch_records: u32,
    pub(super) buffer_bytes: usize,
    pub(super) request_bytes: usize,
    pub(super) requests_in_flight: usize,
    pub(super) linger: Duration,
    pub(super) delivery_timeout: Duration,
    pub(super) backoff: Backoff,
}

/// A partition by its place in the accumulator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Key {
    topic: usize,
    partition: usize,
}

/// The records of a Writer from `send` to their outcome, and what is due when. It does no I/O and
/// reads no clock.
#[derive(Debug)]
pub(super) struct Accumulator {
    pub(super) limits: Limits,
    /// Whether batches are numbered, so that the broker drops repeats.
    pub(super) idempotent: bool,
    topics: Vec<TopicQueue>,
    by_name: HashMap<Arc<str>, usize>,
    /// Partitions with batches that are not in flight.
    active: Vec<Key>,
    requests_in_flight: HashMap<i32, usize>,
    buffered_bytes: usize,
    flushing: usize,
    next_batch: u64,
    unsettled: BTreeMap<u64, Arc<Promise>>,
    /// Buffers of batches that are done with, for new ones: they are grown already, and their pages
    /// are there.
    spare: Vec<Vec<u8>>,
}

/// Buffers that are kept for new batches: as many as fill the Writer's buffer by default.
const MOST_SPARE: usize = 16;

#[derive(Debug)]
struct TopicQueue {
    name: Arc<str>,
    balancer: Box<dyn Balancer>,
    partitions: Vec<PartitionQueue>,
    ids: Vec<i32>,
    available: Vec<i32>,
    /// A leader is missing or was the wrong one: metadata is to be asked for anew.
    stale: bool,
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

impl Accumulator {
    pub(super) fn new(limits: Limits, idempotent: bool) -> Self {
        Self {
            limits,
            idempotent,
            topics: Vec::new(),
            by_name: HashMap::new(),
            active: Vec::new(),
            requests_in_flight: HashMap::new(),
            buffered_bytes: 0,
            flushing: 0,
            next_batch: 0,
            unsettled: BTreeMap::new(),
            spare: Vec::new(),
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
            self.topics.push(TopicQueue {
                name: topic.name.clone(),
                balancer: balancer(),
                partitions: Vec::new(),
                ids: Vec::new(),
                available: Vec::new(),
                stale: false,
            });
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
        let limits = &self.limits;
        if self.buffered_bytes >= limits.buffer_bytes {
            return Ok(Pushed::Full);
        }
        let Some(queue) = self.topics.get_mut(topic) else { return Err(Error::closed("writer").not_sent()) };
        let at = queue.choose(record)?;
        let TopicQueue { partitions, balancer, .. } = queue;
        let Some(partition) = partitions.get_mut(at) else { return Err(Error::closed("writer").not_sent()) };
        if let Some(open) = &mut partition.open {
            if let Some(delivery) = open.push(limits, record, timestamp, &mut self.buffered_bytes)? {
                return Ok(Pushed::In { delivery, wake: false });
            }
            let full = partition.open.take().map(|open| open.seal(limits.delivery_timeout));
            partition.ready.extend(full);
            balancer.batch_closed(partition.id);
        }
        let mut open = OpenBatch::new(self.next_batch, now(), self.spare.pop());
        let mut pushed = open.push(limits, record, timestamp, &mut self.buffered_bytes);
        let Some(delivery) = pushed.as_mut().ok().and_then(Option::take) else {
            let size = open.builder.size_with(record.key, record.value, record.headers, timestamp);
            self.spare.extend(open.builder.seal().recycle());
            pushed?;
            return Err(too_large(size, limits.batch_bytes).about(queue.name.clone(), Some(partition.id)));
        };
        self.next_batch += 1;
        self.unsettled.insert(open.id, Arc::clone(&open.promise));
        partition.open = Some(open);
        if !std::mem::replace(&mut partition.listed, true) {
            self.active.push(Key { topic, partition: at });
        }
        Ok(Pushed::In { delivery, wake: true })
    }

    /// The due batches of the partitions that `node` leads, as far as one request carries them.
    pub(super) fn drain(&mut self, node: i32, now: Instant) -> Due {
        let in_flight = self.requests_in_flight.get(&node).copied().unwrap_or(0);
        if in_flight >= self.limits.requests_in_flight {
            return Due::Nothing(None);
        }
        let at_once = in_flight == 0 || self.flushing > 0 || self.buffered_bytes >= self.limits.buffer_bytes;
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
                let sealed = partition.open.take().map(|open| open.seal(self.limits.delivery_timeout));
                partition.ready.extend(sealed);
                topic.balancer.batch_closed(partition.id);
            }
            if let Some(batch) = partition.take(self.idempotent, node) {
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

    /// Puts back what an earlier failure forbids to send now: it would arrive out of order.
    pub(super) fn hold_back(&mut self, job: &mut Job) {
        for (key, batch) in std::mem::take(job) {
            match self.partition(key) {
                Some(partition) if partition.is_recovering() => {
                    partition.put_back(batch);
                    self.list(key);
                }
                _ => job.push((key, batch)),
            }
        }
    }

    /// A partition's topic and number.
    pub(super) fn name(&self, key: Key) -> Option<(Arc<str>, i32)> {
        let topic = self.topics.get(key.topic)?;
        Some((topic.name.clone(), topic.partitions.get(key.partition)?.id))
    }

    /// One request to `node` is over.
    pub(super) fn request_over(&mut self, node: i32) {
        if let Some(in_flight) = self.requests_in_flight.get_mut(&node) {
            *in_flight = in_flight.saturating_sub(1);
        }
    }

    /// Takes in what came of a batch.
    pub(super) fn settle(&mut self, key: Key, batch: Batch, outcome: Outcome, now: Instant) {
        let backoff = self.limits.backoff;
        let Some(topic) = self.topics.get_mut(key.topic) else { return };
        let name = topic.name.clone();
        let Some(partition) = topic.partitions.get_mut(key.partition) else { return };
        let id = partition.id;
        let placed =
            || Placed { topic: name.clone(), partition: id, base_offset: None, log_append_time: None };
        match partition.settle(batch, outcome, now, placed, |failures| backoff.after(failures)) {
            Settled::Again { stale } => {
                topic.stale |= stale;
                self.list(key);
            }
            Settled::Done(batch, outcome) => {
                let outcome = outcome.map_err(|error| error.about(name, Some(id)));
                self.release(*batch, outcome);
            }
        }
    }

    /// Fails what could not be sent within its delivery timeout.
    pub(super) fn expire(&mut self, now: Instant) {
        let mut expired = Vec::new();
        for key in self.active.clone() {
            let limit = self.limits.delivery_timeout;
            let Some(topic) = self.topics.get_mut(key.topic) else { continue };
            let name = topic.name.clone();
            let Some(partition) = topic.partitions.get_mut(key.partition) else { continue };
            let mut batches = Vec::new();
            partition.expire(now, limit, &mut batches);
            expired.extend(batches.into_iter().map(|batch| {
                let error = expiry(&batch, limit).about(name.clone(), Some(partition.id));
                (batch, error)
            }));
        }
        for (batch, error) in expired {
            self.release(batch, Err(error));
        }
        self.tidy();
    }

    /// Fails everything that is still here, in flight or not.
    pub(super) fn abandon(&mut self, error: &Error) -> usize {
        self.topics.iter_mut().flat_map(|topic| &mut topic.partitions).for_each(PartitionQueue::clear);
        self.tidy();
        self.buffered_bytes = 0;
        let unsettled = std::mem::take(&mut self.unsettled);
        unsettled.values().for_each(|promise| promise.settle(Err(error.clone())));
        unsettled.len()
    }

    /// When the first waiting batch expires.
    pub(super) fn next_expiry(&self) -> Option<Instant> {
        let expiries = self.active.iter().filter_map(|key| {
            let partition = self.topics.get(key.topic)?.partitions.get(key.partition)?;
            partition.expires(self.limits.delivery_timeout)
        });
        expiries.min()
    }

    /// The brokers that lead partitions.
    pub(super) fn leaders(&self) -> Vec<i32> {
        let mut leaders = Vec::new();
        for leader in self.topics.iter().flat_map(|topic| &topic.partitions).filter_map(|it| it.leader) {
            if !leaders.contains(&leader) {
                leaders.push(leader);
            }
        }
        leaders
    }

    /// The topics whose leaders are to be asked for.
    pub(super) fn stale_topics(&self) -> Vec<Arc<str>> {
        let mut stale: Vec<_> =
            self.topics.iter().filter(|topic| topic.stale).map(|topic| topic.name.clone()).collect();
        for key in &self.active {
            let Some(topic) = self.topics.get(key.topic) else { continue };
            let leaderless = topic.partitions.get(key.partition).is_some_and(|it| it.leader.is_none());
            if leaderless && !stale.contains(&topic.name) {
                stale.push(topic.name.clone());
            }
        }
        stale
    }

    /// Has every topic asked about again.
    pub(super) fn doubt_all_topics(&mut self) {
        self.topics.iter_mut().for_each(|topic| topic.stale = true);
    }

    /// Whether a leader or an identity is missing.
    pub(super) fn has_chores(&self) -> bool {
        self.needs_identity() || !self.stale_topics().is_empty()
    }

    /// Whether a partition with work waits for an identity.
    pub(super) fn needs_identity(&self) -> bool {
        self.idempotent && self.active.iter().any(|key| self.waits_for_identity(*key))
    }

    /// Gives an identity to every partition that has none.
    pub(super) fn identify(&mut self, identity: Identity) {
        let partitions = self.topics.iter_mut().flat_map(|topic| &mut topic.partitions);
        for partition in partitions.filter(|partition| partition.needs_identity()) {
            partition.identify(identity);
        }
    }

    /// Everything pushed so far and not yet settled. Until [`Accumulator::flushed`], nothing lingers.
    pub(super) fn flush(&mut self) -> Vec<Arc<Promise>> {
        self.flushing += 1;
        self.unsettled.values().cloned().collect()
    }

    /// One flush is over.
    pub(super) fn flushed(&mut self) {
        self.flushing = self.flushing.saturating_sub(1);
    }

    fn waits_for_identity(&self, key: Key) -> bool {
        let partition = self.topics.get(key.topic).and_then(|topic| topic.partitions.get(key.partition));
        partition.is_some_and(PartitionQueue::needs_identity)
    }

    fn partition(&mut self, key: Key) -> Option<&mut PartitionQueue> {
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
    fn tidy(&mut self) {
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

    fn release(&mut self, batch: Batch, outcome: Outcome) {
        self.buffered_bytes = self.buffered_bytes.saturating_sub(batch.bytes);
        self.unsettled.remove(&batch.id);
        batch.promise.settle(outcome);
        if self.spare.len() < MOST_SPARE {
            self.spare.extend(batch.sealed.recycle());
        }
    }
}

impl TopicQueue {
    fn learn(&mut self, topic: &TopicMetadata) {
        self.stale = false;
        for known in &topic.partitions {
            // Kafka numbers partitions without gaps: a new one comes after those known, whose places
            // therefore stay theirs.
            if self.ids.last().is_none_or(|last| *last < known.id) {
                self.ids.push(known.id);
                self.partitions.push(PartitionQueue::new(known.id));
            }
            let at = self.ids.binary_search(&known.id);
            if let Some(partition) = at.ok().and_then(|at| self.partitions.get_mut(at)) {
                partition.leader = known.leader;
            }
        }
        let led = self.partitions.iter().filter(|partition| partition.leader.is_some());
        self.available = led.map(|partition| partition.id).collect();
    }

    /// The place of the partition that a record goes to.
    fn choose(&mut self, record: &Record<'_>) -> Result<usize, Error> {
        let partitions = Partitions { all: &self.ids, available: &self.available };
        let id = match record.partition {
            Some(id) => id,
            None if self.ids.is_empty() => -1,
            None => self.balancer.balance(record, &partitions),
        };
        self.ids.binary_search(&id).map_err(|_| {
            let what = format!("there is no such partition: the topic has {}", self.ids.len());
            Error::misuse(what).about(self.name.clone(), Some(id))
        })
    }
}

fn earlier(so_far: Option<Instant>, then: Instant) -> Option<Instant> {
    Some(so_far.map_or(then, |so_far| so_far.min(then)))
}

fn too_large(size: usize, limit: usize) -> Error {
    let what = format!(
        "a record of {size} bytes, {} with the header of its batch, is over the limit of {limit}: raise batch_bytes \
         (and the topic's max.message.bytes), or send less",
        size.saturating_add(BatchHeader::SIZE)
    );
    Error::new(ErrorKind::TooLarge, what).not_sent()
}

fn expiry(batch: &Batch, limit: Duration) -> Error {
    let error = if batch.uncertain {
        Error::timeout(format!("not acknowledged within {limit:?}: the record may or may not be in the log"))
    } else {
        Error::timeout(format!("not delivered within {limit:?}: the record is not in the log")).not_sent()
    };
    match &batch.last_error {
        Some(cause) => error.caused_by(cause.clone()),
        None => error,
    }
}
