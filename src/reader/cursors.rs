use std::{collections::HashMap, sync::Arc, time::Duration};

use ottla_transport::Instant;

use super::{
    cursor::Cursor,
    leaders::Leaders,
    plan::Ask,
    queue::Queue,
    start::{OutOfRange, Start},
    stats::Counters,
    stop::{Bound, Stop},
};
use crate::{
    cluster::{Backoff, Partition, TopicMetadata},
    error::Error,
    protocol::ErrorCode,
    trace,
};

/// What a Reader fetches, and how much of it it may hold.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    pub(super) start: Start,
    pub(super) stop: Option<Stop>,
    pub(super) out_of_range: OutOfRange,
    pub(super) read_committed: bool,
    pub(super) max_bytes: usize,
    pub(super) partition_bytes: usize,
    pub(super) queue_bytes: usize,
    pub(super) max_batch_bytes: usize,
    /// How long errors that may pass are kept quiet.
    pub(super) patience: Duration,
    pub(super) backoff: Backoff,
}

/// The partitions of a Reader, what is fetched and not yet read, and what is to be asked of whom. It
/// does no I/O and reads no clock.
#[derive(Debug)]
pub(super) struct Cursors {
    pub(super) limits: Limits,
    pub(super) cursors: Vec<Cursor>,
    pub(super) leaders: Leaders,
    pub(super) queue: Queue,
    pub(super) counters: Counters,
    /// Where the partitions of a topic stand among the cursors, in order of their numbers.
    places: HashMap<Arc<str>, Vec<(i32, usize)>>,
    /// How many topics have not been found, or not with all partitions that are wanted.
    missing_topics: usize,
    /// Why, where it is known.
    missing_why: Option<Error>,
}

impl Cursors {
    pub(super) fn new(limits: Limits, topics: usize) -> Self {
        Self {
            limits,
            cursors: Vec::new(),
            leaders: Leaders::default(),
            queue: Queue::default(),
            counters: Counters::default(),
            places: HashMap::new(),
            missing_topics: topics,
            missing_why: None,
        }
    }

    /// Takes in what the cluster says of a topic: all its partitions are wanted, or just some.
    pub(super) fn learn(&mut self, topic: &TopicMetadata, wanted: Option<&[i32]>, now: Instant) {
        let places = self.places.get(&topic.name);
        let first_time = places.is_none();
        let gone = places.into_iter().flatten().filter(|(id, _)| topic.partition(*id).is_none());
        let gone: Vec<usize> = gone.map(|(_, at)| *at).collect();
        for partition in &topic.partitions {
            if wanted.is_none_or(|ids| ids.contains(&partition.id)) {
                let at = self.place(&topic.name, partition.id, first_time);
                self.learn_partition(at, topic, partition, now);
            }
        }
        for at in gone {
            self.without_leader(at, ErrorCode::UNKNOWN_TOPIC_OR_PARTITION, now);
        }
    }

    fn learn_partition(&mut self, at: usize, topic: &TopicMetadata, partition: &Partition, now: Instant) {
        let Some(cursor) = self.cursors.get_mut(at) else { return };
        let was = std::mem::replace(&mut cursor.topic_id, topic.id);
        if !was.is_zero() && !topic.id.is_zero() && was != topic.id {
            let ask = Ask { cursor: at, generation: cursor.generation };
            self.recreated(ask, now);
        }
        match partition.leader {
            None => self.without_leader(at, ErrorCode::LEADER_NOT_AVAILABLE, now),
            leader => self.lead(at, leader),
        }
    }

    fn without_leader(&mut self, at: usize, code: ErrorCode, now: Instant) {
        self.lead(at, None);
        if let Some(cursor) = self.cursors.get(at).filter(|cursor| !cursor.stuck) {
            let ask = Ask { cursor: at, generation: cursor.generation };
            self.failed(ask, Error::broker(code, "looking up the partition's leader", None), now);
        }
    }

    /// Where a partition stands. One that is new begins at the start; one that appears later was empty
    /// before: it begins at its first record, and had none when reading began.
    pub(super) fn place(&mut self, topic: &Arc<str>, partition: i32, first_time: bool) -> usize {
        let places = self.places.entry(topic.clone()).or_default();
        let new = match places.binary_search_by_key(&partition, |(id, _)| *id) {
            Ok(found) => return places.get(found).map_or(usize::MAX, |(_, at)| *at),
            Err(new) => new,
        };
        let at = self.cursors.len();
        places.insert(new, (partition, at));
        let Limits { start, stop, partition_bytes, .. } = self.limits;
        let range = match stop {
            _ if first_time => (start, Bound::new(stop)),
            Some(Stop::Last) => (Start::Offset(0), Bound::At(0)),
            stop => (Start::First, Bound::new(stop)),
        };
        trace!(debug, topic = &**topic, partition, start = ?range.0, "partition found");
        self.cursors.push(Cursor::new(topic.clone(), partition, range, partition_bytes));
        self.leaders.add();
        at
    }

    /// A topic has been found, with all partitions that are wanted.
    pub(super) fn found_topic(&mut self) {
        self.missing_topics = self.missing_topics.saturating_sub(1);
        self.missing_why = None;
    }

    /// What can be done has been done to find a topic: the caller must know.
    pub(super) fn cannot_look_up(&mut self, error: Error) {
        self.missing_why = Some(error.clone());
        self.complain(None, error);
    }

    /// Whether all topics are found; or why that is not to be expected soon.
    pub(super) fn are_found(&self) -> Result<bool, Error> {
        match &self.missing_why {
            Some(why) if self.missing_topics > 0 => Err(why.clone()),
            _ => Ok(self.missing_topics == 0),
        }
    }

    /// A partition is asked of that broker from now on. `None`: it is to be found out.
    pub(super) fn lead(&mut self, at: usize, leader: Option<i32>) {
        let Some(cursor) = self.cursors.get_mut(at).filter(|cursor| cursor.leader != leader) else { return };
        trace!(
            debug,
            topic = &*cursor.topic,
            partition = cursor.partition,
            was = cursor.leader,
            is = leader,
            "leader"
        );
        self.leaders.change(at, cursor.leader, leader);
        cursor.leader = leader;
    }

    /// Goes somewhere else in a partition.
    pub(super) fn seek(&mut self, topic: &str, partition: i32, start: Start) -> Result<(), Error> {
        self.find_mut(topic, partition)?.seek(start);
        self.drop_overtaken();
        Ok(())
    }

    /// Goes somewhere else in all partitions, those too that are not found yet.
    pub(super) fn seek_all(&mut self, start: Start) {
        self.limits.start = start;
        self.cursors.iter_mut().for_each(|cursor| cursor.seek(start));
        self.drop_overtaken();
    }

    /// Whether all partitions are known, and everything up to where reading stops has been handed out.
    pub(super) fn is_at_end(&self) -> bool {
        self.limits.stop.is_some() && self.missing_topics == 0 && self.cursors.iter().all(Cursor::is_at_end)
    }

    /// A partition that is read.
    pub(super) fn find(&self, topic: &str, partition: i32) -> Result<&Cursor, Error> {
        let at = self.find_place(topic, partition);
        let found = at.and_then(|at| self.cursors.get(at)).filter(|cursor| !cursor.given_up);
        found.ok_or_else(|| unknown(topic, partition))
    }

    /// The same, to be changed.
    pub(super) fn find_mut(&mut self, topic: &str, partition: i32) -> Result<&mut Cursor, Error> {
        let at = self.find_place(topic, partition);
        at.and_then(|at| self.cursors.get_mut(at)).ok_or_else(|| unknown(topic, partition))
    }

    fn find_place(&self, topic: &str, partition: i32) -> Option<usize> {
        let places = self.places.get(topic)?;
        let found = places.binary_search_by_key(&partition, |(id, _)| *id).ok()?;
        places.get(found).map(|(_, at)| *at)
    }

    /// Whether a partition of a topic has no leader, so that one is to be asked for.
    pub(super) fn is_leaderless(&self, topic: &str) -> bool {
        let led = |at: usize| self.cursors.get(at).is_none_or(|cursor| cursor.leader.is_some());
        self.leaders.is_any_missing()
            && self.places.get(topic).is_some_and(|places| !places.iter().all(|(_, at)| led(*at)))
    }

    /// The cursor that was asked for, unless a seek has overtaken the question.
    pub(super) fn current(&mut self, ask: Ask) -> Option<&mut Cursor> {
        self.cursors.get_mut(ask.cursor).filter(|cursor| cursor.generation == ask.generation)
    }
}

/// A partition that is not among those read.
fn unknown(topic: &str, partition: i32) -> Error {
    Error::misuse("the Reader does not read this partition (or has not found it yet)")
        .about(topic, Some(partition))
}
