//! The accumulator against a broker made of a few lines, on made-up time, through every fault that a
//! connection and a broker can have: what it says of each record must be what the log says.

use std::{
    collections::{HashMap, HashSet, VecDeque},
    sync::Arc,
    time::Duration,
};

use futures::FutureExt;
use ottla_transport::Instant;

use super::{
    accumulator::{Accumulator, Due, Job, Limits, Pushed},
    balancer::Sticky,
    batch::{Batch, Identity, Outcome, Stamp},
    promise::{Delivery, Placed},
};
use crate::{
    cluster::{Backoff, Partition, TopicMetadata},
    error::{Error, ErrorKind},
    protocol::{ErrorCode, Uuid},
    record::{DecodeOptions, Record, RecordSet, UserData},
};

const NODE: i32 = 1;
const PARTITIONS: i32 = 3;

/// A small generator, so that every seed is a test of its own.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % sides
    }

    fn one_in(&mut self, sides: u64) -> bool {
        self.roll(sides) == 0
    }
}

/// A batch as the broker reads it.
type Written = (Stamp, Vec<u64>);

/// One partition's log, and what the broker remembers of producers (KIP-98).
#[derive(Default)]
struct Log {
    records: Vec<u64>,
    /// By producer: the last batches, as (first sequence, records, base offset).
    producers: HashMap<i64, Vec<(i32, i32, i64)>>,
}

impl Log {
    fn append(&mut self, (stamp, ids): Written) -> Result<i64, ErrorCode> {
        if ids.iter().any(|id| is_too_large(*id)) {
            return Err(ErrorCode::MESSAGE_TOO_LARGE);
        }
        let known = self.producers.entry(stamp.identity.producer_id).or_default();
        let count = ids.len() as i32;
        if let Some(again) =
            known.iter().find(|(first, records, _)| (*first, *records) == (stamp.sequence, count))
        {
            return Ok(again.2);
        }
        // Of a producer that it does not know, a broker takes any sequence for the first (KIP-360).
        let expected = known.last().map(|(first, records, _)| first + records);
        if expected.is_some_and(|expected| stamp.sequence != expected) {
            return Err(ErrorCode::OUT_OF_ORDER_SEQUENCE_NUMBER);
        }
        let base = self.records.len() as i64;
        known.push((stamp.sequence, count, base));
        if known.len() > 5 {
            known.remove(0);
        }
        self.records.extend(ids);
        Ok(base)
    }
}

fn read(batch: &mut Batch) -> Written {
    let Some(stamp) = batch.stamp else { panic!("an idempotent batch has a stamp") };
    let Identity { producer_id, epoch } = stamp.identity;
    let bytes = batch.sealed.stamp(producer_id, epoch, stamp.sequence);
    let records = RecordSet::new(bytes, DecodeOptions::default()).next_records(usize::MAX).unwrap().unwrap();
    let id = |value: &[u8]| u64::from_be_bytes(value.try_into().unwrap());
    (stamp, records.iter().map(|record| id(record.value.unwrap())).collect())
}

struct World {
    dice: Dice,
    now: Instant,
    accumulator: Accumulator,
    topic: usize,
    logs: Vec<Log>,
    next_producer: i64,
    next_record: u64,
    /// Written to the connection and not answered, oldest first.
    wire: Vec<Job>,
    /// Taken, and compressed elsewhere, oldest first.
    taken: VecDeque<Job>,
    /// Underway on connections that the client knows to be gone, by partition.
    late: VecDeque<(usize, Written)>,
    sent: Vec<(u64, Delivery)>,
    /// Records by what the completion callback was told: delivered, or not.
    told: [usize; 2],
}

impl World {
    fn new(seed: u64) -> Self {
        let limits = Limits {
            batch_bytes: 200,
            batch_records: 4,
            buffer_bytes: 4000,
            buffer_records: 60,
            request_bytes: 1000,
            requests_in_flight: 5,
            linger: Duration::from_millis(5),
            delivery_timeout: Duration::from_secs(10),
            // No wait, since waits are spread at random: a seed must always play the same game.
            backoff: Backoff { min: Duration::ZERO, max: Duration::ZERO },
        };
        let now = Instant::from_start(Duration::from_secs(1));
        let mut accumulator = Accumulator::new(limits, true);
        accumulator.ledger.tells = true;
        let partition =
            |id| Partition { id, leader: Some(NODE), leader_epoch: 0, replicas: vec![], isr: vec![] };
        let metadata = TopicMetadata {
            name: Arc::from("topic"),
            id: Uuid::default(),
            internal: false,
            error: ErrorCode::NONE,
            partitions: (0..PARTITIONS).map(partition).collect(),
            as_of: now,
        };
        let topic = accumulator.learn(&metadata, || Box::new(Sticky::default()));
        Self {
            dice: Dice(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1),
            now,
            accumulator,
            topic,
            logs: (0..PARTITIONS).map(|_| Log::default()).collect(),
            next_producer: 1,
            next_record: 0,
            wire: Vec::new(),
            taken: VecDeque::new(),
            told: [0; 2],
            late: VecDeque::new(),
            sent: Vec::new(),
        }
    }

    fn send(&mut self) {
        let value = self.next_record.to_be_bytes();
        let partition = Some(self.dice.roll(PARTITIONS as u64) as i32);
        let user_data = UserData::new(self.next_record);
        let user_data = Some(&user_data).filter(|_| has_user_data(self.next_record));
        let record = Record { partition, user_data, ..Record::new(&value) };
        let now = self.now;
        if let Pushed::In { delivery, .. } = self.accumulator.push(self.topic, &record, 0, || now).unwrap() {
            self.sent.push((self.next_record, delivery));
            self.next_record += 1;
        }
    }

    fn keep(&mut self) {
        self.accumulator.expire(self.now);
        if self.accumulator.needs_identity() {
            self.accumulator.identify(Identity { producer_id: self.next_producer, epoch: 0 });
            self.next_producer += 1;
        }
    }

    fn drain(&mut self) {
        if let Due::Job(job) = self.accumulator.drain(NODE, self.now) {
            self.taken.push_back(job);
        }
    }

    /// The oldest job that was taken is compressed, and written to the connection.
    fn submit(&mut self) {
        if let Some(mut job) = self.taken.pop_front() {
            self.accumulator.hold_back(&mut job);
            if job.is_empty() { self.accumulator.request_over(NODE, None) } else { self.wire.push(job) }
        }
    }

    fn hear(&mut self) {
        for completed in self.accumulator.take_completed() {
            self.told[usize::from(completed.outcome.is_err())] += completed.records as usize;
        }
    }

    /// The broker takes the oldest request and answers it, perhaps with an error.
    fn answer(&mut self) {
        if self.wire.is_empty() {
            return;
        }
        let job = self.wire.remove(0);
        let answers = job.into_iter().map(|(key, mut batch)| {
            let (topic, partition) = self.accumulator.name(key).unwrap();
            let refusal = match self.dice.roll(40) {
                0 => Some(ErrorCode::NOT_LEADER_OR_FOLLOWER),
                2 => Some(ErrorCode::NOT_ENOUGH_REPLICAS),
                _ => None,
            };
            let written = match refusal {
                Some(code) => Err(code),
                None => self.logs[partition as usize].append(read(&mut batch)),
            };
            // The answer of a broker that has written and could not tell in time.
            let told = if self.dice.one_in(50) { Err(ErrorCode::REQUEST_TIMED_OUT) } else { written };
            let placed = |base| Placed { topic, partition, base_offset: Some(base), log_append_time: None };
            let outcome = told.map(placed).map_err(|code| Error::broker(code, "writing", None));
            (key, batch, outcome)
        });
        let answers: Vec<_> = answers.collect();
        self.settle(answers);
    }

    /// The connection breaks: the broker has taken some of what was written, may yet take the rest, and
    /// tells of nothing.
    fn break_off(&mut self) {
        let taken = self.dice.roll(self.wire.len() as u64 + 1) as usize;
        let written = self.dice.roll(self.wire.len() as u64 + 1) as usize;
        let comes_late = self.dice.one_in(2);
        for (at, job) in std::mem::take(&mut self.wire).into_iter().enumerate() {
            let batches = job.into_iter().map(|(key, mut batch)| {
                let (_, partition) = self.accumulator.name(key).unwrap();
                let mut error = Error::new(ErrorKind::Io, "gone");
                if at < taken {
                    let _ = self.logs[partition as usize].append(read(&mut batch));
                } else if at >= written {
                    error = error.not_sent();
                } else if comes_late {
                    self.late.push_back((partition as usize, read(&mut batch)));
                }
                (key, batch, Err(error))
            });
            let batches: Vec<_> = batches.collect();
            self.settle(batches);
        }
    }

    fn come_late(&mut self) {
        if let Some((partition, written)) = self.late.pop_front() {
            let _ = self.logs[partition].append(written);
        }
    }

    fn settle(&mut self, batches: Vec<(super::accumulator::Key, Batch, Outcome)>) {
        self.accumulator.request_over(NODE, None);
        for (key, batch, outcome) in batches {
            self.accumulator.settle(key, batch, outcome, self.now);
        }
    }

    fn pass(&mut self, millis: u64) {
        self.now = self.now + Duration::from_millis(millis);
    }

    fn step(&mut self) {
        match self.dice.roll(16) {
            0..=4 => self.send(),
            5..=7 => self.drain(),
            8 | 9 => self.answer(),
            12..=14 => self.submit(),
            15 if self.dice.one_in(8) => {
                self.accumulator.flush();
                self.accumulator.flushed();
            }
            10 if self.dice.one_in(4) => self.break_off(),
            11 if self.dice.one_in(4) => self.come_late(),
            _ => {
                let millis = if self.dice.one_in(100) { 11_000 } else { self.dice.roll(60) };
                self.pass(millis);
            }
        }
        self.keep();
        self.hear();
    }

    /// The Writer is closed with records under way: all that is left is lost, and told.
    fn close(&mut self) {
        let open =
            self.sent.iter_mut().map(|(_, delivery)| delivery.now_or_never()).filter(Option::is_none).count();
        let lost = self.accumulator.abandon();
        assert_eq!((lost.not_sent + lost.unknown) as usize, open, "every record is counted");
        self.taken.clear();
        // What was written may come to be read.
        for job in std::mem::take(&mut self.wire) {
            for (key, mut batch) in job {
                let (_, partition) = self.accumulator.name(key).unwrap();
                let written = read(&mut batch);
                self.late.push_back((partition as usize, written));
            }
        }
        while !self.late.is_empty() {
            self.come_late();
        }
        self.hear();
    }

    /// Faults are over: everything must come to an end.
    fn finish(&mut self) {
        for _ in 0..10_000 {
            self.keep();
            self.drain();
            self.submit();
            self.answer();
            self.pass(50);
            if self.accumulator.flush().is_empty() {
                while !self.late.is_empty() {
                    self.come_late();
                }
                self.hear();
                return;
            }
        }
        panic!("records are left that nothing becomes of");
    }

    /// Holds what was said of each record against the logs: how many were delivered, said not to be sent, and unknown.
    fn judge(&mut self) -> Result<[usize; 3], String> {
        let mut counts = [0; 3];
        let mut acknowledged = HashSet::new();
        for (id, delivery) in &mut self.sent {
            let copies: Vec<_> = self.logs.iter().flat_map(|log| log.records.iter().enumerate()).collect();
            let copies: Vec<_> = copies.into_iter().filter(|(_, record)| *record == id).collect();
            if copies.len() > 1 {
                return Err(format!("record {id} lies in the log {} times", copies.len()));
            }
            match delivery.now_or_never() {
                None => return Err(format!("{id} has no outcome")),
                Some(Ok(delivered)) => {
                    let Some((offset, _)) = copies.first() else { return Err(format!("{id} is lost")) };
                    if delivered.offset.is_some_and(|told| told != *offset as i64) {
                        return Err(format!("{id} is not at the offset that was told"));
                    }
                    let user_data = delivered.user_data.map(|data| *data.downcast_ref::<u64>().unwrap());
                    if user_data != Some(*id).filter(|id| has_user_data(*id)) {
                        return Err(format!("{id} has other user data: {user_data:?}"));
                    }
                    acknowledged.insert(*id);
                    counts[0] += 1;
                }
                Some(Err(error)) if is_alone_too_large(&error) && !is_too_large(*id) => {
                    return Err(format!("{id} failed for another that is too large: {error}"));
                }
                Some(Err(error)) if error.is_not_sent() || is_alone_too_large(&error) => {
                    if !copies.is_empty() {
                        return Err(format!("{id} was said not to be in the log: {error}"));
                    }
                    counts[1] += 1;
                }
                Some(Err(_)) => counts[2] += 1,
            }
        }
        if self.told != [counts[0], counts[1] + counts[2]] {
            return Err(format!("the callback was told of {:?} records, of {counts:?}", self.told));
        }
        for (at, log) in self.logs.iter().enumerate() {
            // One that was given up on may come late, and then lies behind others.
            let log: Vec<_> = log.records.iter().filter(|id| acknowledged.contains(id)).collect();
            if !log.is_sorted() {
                return Err(format!("partition {at} is out of order: {log:?}"));
            }
        }
        Ok(counts)
    }
}

/// Whether the broker takes no batch with that record.
fn is_too_large(id: u64) -> bool {
    id % 37 == 5
}

fn has_user_data(id: u64) -> bool {
    id % 3 == 1
}

fn is_alone_too_large(error: &Error) -> bool {
    error.code() == Some(ErrorCode::MESSAGE_TOO_LARGE) && error.to_string().contains("a batch of its own")
}

/// A whole game, to its end or to where the Writer is closed.
fn play(seed: u64) -> World {
    let mut world = World::new(seed);
    (0..600).for_each(|_| world.step());
    if seed.is_multiple_of(3) {
        world.close()
    } else {
        world.finish()
    }
    world
}

#[test]
fn every_record_is_delivered_once_or_said_not_to_be() {
    let mut totals = [0; 3];
    // Some games are the same in every run, some are new.
    let new = (0..100).map(|_| u64::from(crate::cluster::random()));
    for seed in (1..=400).chain(new) {
        let counts = std::panic::catch_unwind(|| play(seed).judge());
        let counts = counts.unwrap_or_else(|_| panic!("seed {seed}: see above"));
        let counts = counts.unwrap_or_else(|fault| panic!("seed {seed}: {fault}"));
        totals.iter_mut().zip(counts).for_each(|(total, count)| *total += count);
    }
    assert!(
        totals.iter().all(|total| *total > 100),
        "a simulation without all outcomes proves little: {totals:?}"
    );
}

#[test]
fn the_judge_finds_what_is_wrong() {
    let told = |world: &mut World, delivered: bool| {
        let mut found = world.sent.iter_mut().filter_map(|(id, delivery)| {
            let outcome = delivery.now_or_never().unwrap();
            let not_sent = outcome.as_ref().is_err_and(Error::is_not_sent);
            (if delivered { outcome.is_ok() } else { not_sent }).then_some(*id)
        });
        found.next().unwrap()
    };
    // A game in which all is found that is needed below.
    let game = || play(3);
    let fault = |mut world: World| world.judge().unwrap_err();
    game().judge().unwrap();

    let mut lost = game();
    let id = told(&mut lost, true);
    lost.logs.iter_mut().for_each(|log| log.records.retain(|record| *record != id));
    let fault_of_lost = fault(lost);
    assert!(fault_of_lost.contains("is lost") || fault_of_lost.contains("offset"), "{fault_of_lost}");

    let mut twice = game();
    let id = told(&mut twice, true);
    twice.logs[0].records.push(id);
    assert!(fault(twice).contains("2 times"));

    let mut written = game();
    let id = told(&mut written, false);
    written.logs[0].records.push(id);
    assert!(fault(written).contains("said not to be in the log"));

    let mut disordered = game();
    disordered.logs.iter_mut().for_each(|log| log.records.reverse());
    assert!(fault(disordered).contains("offset"));

    let mut untold = game();
    untold.told[0] -= 1;
    assert!(fault(untold).contains("the callback was told"));
}
