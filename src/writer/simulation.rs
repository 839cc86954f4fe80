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
    record::{DecodeOptions, Record, RecordSet},
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
    /// Underway on connections that the client knows to be gone, by partition.
    late: VecDeque<(usize, Written)>,
    sent: Vec<(u64, Delivery)>,
}

impl World {
    fn new(seed: u64) -> Self {
        let limits = Limits {
            batch_bytes: 200,
            batch_records: 4,
            buffer_bytes: 4000,
            request_bytes: 1000,
            requests_in_flight: 5,
            linger: Duration::from_millis(5),
            delivery_timeout: Duration::from_secs(10),
            // No wait, since waits are spread at random: a seed must always play the same game.
            backoff: Backoff { min: Duration::ZERO, max: Duration::ZERO },
        };
        let now = Instant::from_start(Duration::from_secs(1));
        let mut accumulator = Accumulator::new(limits, true);
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
            late: VecDeque::new(),
            sent: Vec::new(),
        }
    }

    fn send(&mut self) {
        let value = self.next_record.to_be_bytes();
        let partition = Some(self.dice.roll(PARTITIONS as u64) as i32);
        let record = Record { partition, ..Record::new(&value) };
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
        if let Due::Job(mut job) = self.accumulator.drain(NODE, self.now) {
            self.accumulator.hold_back(&mut job);
            if job.is_empty() { self.accumulator.request_over(NODE) } else { self.wire.push(job) }
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
                1 => Some(ErrorCode::MESSAGE_TOO_LARGE),
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
        self.accumulator.request_over(NODE);
        for (key, batch, outcome) in batches {
            self.accumulator.settle(key, batch, outcome, self.now);
        }
    }

    fn pass(&mut self, millis: u64) {
        self.now = self.now + Duration::from_millis(millis);
    }

    fn step(&mut self) {
        match self.dice.roll(13) {
            0..=4 => self.send(),
            5..=7 => self.drain(),
            8 | 9 => self.answer(),
            10 if self.dice.one_in(4) => self.break_off(),
            11 if self.dice.one_in(4) => self.come_late(),
            _ => {
                let millis = if self.dice.one_in(100) { 11_000 } else { self.dice.roll(60) };
                self.pass(millis);
            }
        }
        self.keep();
    }

    /// Faults are over: everything must come to an end.
    fn finish(&mut self) {
        for _ in 0..10_000 {
            self.keep();
            self.drain();
            self.answer();
            self.pass(50);
            if self.accumulator.flush().is_empty() {
                while !self.late.is_empty() {
                    self.come_late();
                }
                return;
            }
        }
        panic!("records are left that nothing becomes of");
    }

    /// Holds what was said of each record against the logs.
    fn judge(&mut self, seed: u64) -> [usize; 3] {
        let mut counts = [0; 3];
        let mut acknowledged = HashSet::new();
        for (id, delivery) in &mut self.sent {
            let copies: Vec<_> = self.logs.iter().flat_map(|log| log.records.iter().enumerate()).collect();
            let copies: Vec<_> = copies.into_iter().filter(|(_, record)| *record == id).collect();
            assert!(copies.len() <= 1, "seed {seed}: record {id} lies in the log {} times", copies.len());
            match delivery.now_or_never().expect("every record has an outcome") {
                Ok(delivered) => {
                    let (offset, _) = copies.first().unwrap_or_else(|| panic!("seed {seed}: {id} is lost"));
                    assert!(
                        delivered.offset.is_none_or(|told| told == *offset as i64),
                        "seed {seed}: offset of {id}"
                    );
                    acknowledged.insert(*id);
                    counts[0] += 1;
                }
                Err(error) if error.is_not_sent() => {
                    assert!(copies.is_empty(), "seed {seed}: {id} was said not to be sent: {error}");
                    counts[1] += 1;
                }
                Err(_) => counts[2] += 1,
            }
        }
        for (at, log) in self.logs.iter().enumerate() {
            // One that was given up on may come late, and then lies behind others.
            let log: Vec<_> = log.records.iter().filter(|id| acknowledged.contains(id)).collect();
            assert!(log.is_sorted(), "seed {seed}: partition {at} is out of order: {log:?}");
        }
        counts
    }
}

#[test]
fn every_record_is_delivered_once_or_said_not_to_be() {
    let mut totals = [0; 3];
    for seed in 1..=400 {
        let mut world = World::new(seed);
        (0..600).for_each(|_| world.step());
        world.finish();
        let counts = world.judge(seed);
        totals.iter_mut().zip(counts).for_each(|(total, count)| *total += count);
    }
    assert!(
        totals.iter().all(|total| *total > 100),
        "a simulation without all outcomes proves little: {totals:?}"
    );
}
