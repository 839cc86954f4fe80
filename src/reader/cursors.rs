use std::{
    collections::{HashMap, VecDeque},
    sync::Arc,
    time::Duration,
};

use bytes::Bytes;
use ottla_transport::Instant;

use super::{
    cursor::{Cursor, Position},
    records::Records,
    start::{OutOfRange, Start},
};
use crate::{
    cluster::{Backoff, OffsetQuery, TopicMetadata},
    error::{Error, ErrorKind, Retry},
    protocol::ErrorCode,
    record::{self, scan},
};

/// What a Reader fetches, and how much of it it may hold.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    pub(super) start: Start,
    pub(super) out_of_range: OutOfRange,
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
    cursors: Vec<Cursor>,
    places: HashMap<(Arc<str>, i32), usize>,
    queue: VecDeque<Queued>,
    /// Fetched and not yet read.
    queued_bytes: usize,
    /// Asked for and not yet here.
    expected_bytes: usize,
    /// Which cursor is served first: it moves on, so that none is served last for ever.
    first: usize,
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
    pub(super) high_watermark: i64,
    pub(super) bytes: Bytes,
    pub(super) aborted: Vec<(i64, i64)>,
}

/// What to ask a broker for.
#[derive(Debug)]
pub(super) enum Plan {
    /// The offsets where reading begins, for these cursors.
    Resolve(Vec<(Ask, OffsetQuery)>),
    /// Records of these cursors, at most so many bytes.
    Fetch(Vec<FetchPlan>, usize),
    /// Nothing before that time, or before something changes.
    Nothing(Option<Instant>),
}

/// A cursor as it was when the question was put.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Ask {
    pub(super) cursor: usize,
    pub(super) generation: u32,
}

/// What to fetch of one partition.
#[derive(Clone, Debug)]
pub(super) struct FetchPlan {
    pub(super) ask: Ask,
    pub(super) topic: Arc<str>,
    pub(super) topic_id: crate::protocol::Uuid,
    pub(super) partition: i32,
    pub(super) offset: i64,
    pub(super) max_bytes: usize,
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

/// A broker's answer about one partition.
#[derive(Debug)]
pub(super) struct FetchAnswer {
    pub(super) high_watermark: i64,
    pub(super) records: Bytes,
    pub(super) aborted: Vec<(i64, i64)>,
}

impl Cursors {
    pub(super) fn new(limits: Limits) -> Self {
        Self {
            limits,
            cursors: Vec::new(),
            places: HashMap::new(),
            queue: VecDeque::new(),
            queued_bytes: 0,
            expected_bytes: 0,
            first: 0,
        }
    }

    /// Takes in what the cluster says of a topic. Partitions that are wanted and new begin at the
    /// start; one that appears later was empty before, and begins at its first record.
    pub(super) fn learn(&mut self, topic: &TopicMetadata, wanted: Option<i32>, first_time: bool) {
        let start = if first_time { self.limits.start } else { Start::First };
        for partition in
            topic.partitions.iter().filter(|partition| wanted.is_none_or(|id| id == partition.id))
        {
            let at = *self.places.entry((topic.name.clone(), partition.id)).or_insert_with(|| {
                let fetch_bytes = self.limits.partition_bytes;
                self.cursors.push(Cursor::new(topic.name.clone(), partition.id, start, fetch_bytes));
                self.cursors.len() - 1
            });
            if let Some(cursor) = self.cursors.get_mut(at) {
                cursor.leader = partition.leader;
                cursor.topic_id = topic.id;
            }
        }
    }

    /// What to ask `node` next. What is planned is under way until it is answered.
    pub(super) fn plan(&mut self, node: i32, now: Instant) -> Plan {
        let mut next = None::<Instant>;
        let mut resolve = Vec::new();
        let mut fetch = Vec::new();
        // No broker may hold all the room with one long wait, or the others could not be asked.
        let share = self.limits.queue_bytes / self.leaders().len().max(1);
        let room = self.limits.queue_bytes.saturating_sub(self.queued_bytes + self.expected_bytes);
        let budget = room.min(share).min(self.limits.max_bytes);
        let count = self.cursors.len();
        for at in (0..count).map(|at| (self.first + at) % count.max(1)) {
            let Some(cursor) = self.cursors.get_mut(at).filter(|cursor| cursor.leader == Some(node)) else {
                continue;
            };
            if !cursor.is_free(now) {
                if cursor.is_wanted() {
                    next = Some(next.map_or(cursor.not_before, |next| next.min(cursor.not_before)));
                }
                continue;
            }
            let ask = Ask { cursor: at, generation: cursor.generation };
            match cursor.fetch_at {
                Position::Unresolved(start) => resolve.extend(start.timestamp().map(|timestamp| {
                    let query =
                        OffsetQuery { topic: cursor.topic.clone(), partition: cursor.partition, timestamp };
                    (ask, query)
                })),
                Position::At(offset) => fetch.push(FetchPlan {
                    ask,
                    topic: cursor.topic.clone(),
                    topic_id: cursor.topic_id,
                    partition: cursor.partition,
                    offset,
                    max_bytes: cursor.fetch_bytes,
                }),
            }
        }
        self.first = self.first.wrapping_add(1) % count.max(1);
        if !resolve.is_empty() {
            self.set_busy(resolve.iter().map(|(ask, _)| *ask), true);
            return Plan::Resolve(resolve);
        }
        if fetch.is_empty() || budget == 0 {
            return Plan::Nothing(next);
        }
        self.set_busy(fetch.iter().map(|plan| plan.ask), true);
        self.expected_bytes += budget;
        Plan::Fetch(fetch, budget)
    }

    /// What was planned is no longer under way.
    pub(super) fn answered(&mut self, asks: impl Iterator<Item = Ask>, budget: usize) {
        self.set_busy(asks, false);
        self.expected_bytes = self.expected_bytes.saturating_sub(budget);
    }

    /// Takes in where reading begins.
    pub(super) fn resolved(&mut self, ask: Ask, offset: Result<Option<i64>, Error>, now: Instant) {
        let Some(cursor) = self.current(ask) else { return };
        match offset {
            Ok(Some(offset)) => cursor.resolve(offset),
            // No record is that young: what comes next will be.
            Ok(None) if matches!(cursor.fetch_at, Position::Unresolved(Start::Time(_))) => {
                cursor.fetch_at = Position::Unresolved(Start::Last);
            }
            Ok(None) => {
                let what = "the broker did not say where the partition begins and ends";
                self.failed(ask, Error::new(ErrorKind::Malformed, what).or_retry(Retry::After), now);
            }
            Err(error) => self.failed(ask, error, now),
        }
    }

    /// Takes in what was fetched.
    pub(super) fn fetched(&mut self, ask: Ask, answer: FetchAnswer, now: Instant) {
        let most = self.limits.max_batch_bytes;
        let Some(cursor) = self.current(ask) else { return };
        let Position::At(from_offset) = cursor.fetch_at else { return };
        cursor.high_watermark = Some(answer.high_watermark);
        cursor.recovered();
        let scan = match scan(&answer.records) {
            Ok(scan) => scan,
            Err(cause) => {
                let error = cursor.about(cause.into());
                return self.give_up(ask.cursor, error);
            }
        };
        if scan.is_only_partial() {
            let larger = scan.partial.unwrap_or(0).max(cursor.fetch_bytes.saturating_mul(2));
            if cursor.fetch_bytes >= most {
                let what =
                    format!("the batch at offset {from_offset} is over the limit of {most} bytes: raise it");
                let error = cursor.about(Error::new(ErrorKind::TooLarge, what));
                return self.give_up(ask.cursor, error);
            }
            cursor.fetch_bytes = larger.min(most);
            return;
        }
        let Some(next_offset) = scan.next_offset else { return };
        if next_offset <= from_offset {
            let what = "the broker answered with records from before the offset that was asked for";
            let error = Error::new(ErrorKind::Malformed, what).or_retry(Retry::After);
            return self.failed(ask, error, now);
        }
        cursor.fetch_at = Position::At(next_offset);
        let fetched = Fetched {
            cursor: ask.cursor,
            generation: ask.generation,
            topic: cursor.topic.clone(),
            partition: cursor.partition,
            from_offset,
            next_offset,
            high_watermark: answer.high_watermark,
            bytes: answer.records,
            aborted: answer.aborted,
        };
        self.queued_bytes += fetched.bytes.len();
        self.queue.push_back(Queued::Fetched(fetched));
    }

    /// Takes in that a cursor's request failed.
    pub(super) fn failed(&mut self, ask: Ask, error: Error, now: Instant) {
        let Limits { patience, backoff, out_of_range, .. } = self.limits;
        let Some(cursor) = self.current(ask) else { return };
        if error.code() == Some(ErrorCode::OFFSET_OUT_OF_RANGE) {
            if let OutOfRange::Restart(start) = out_of_range {
                cursor.fetch_at = start.into();
                cursor.read_at = None;
                // A fixed offset may be out of range for ever: not without a pause.
                cursor.failures += 1;
                cursor.not_before = now + backoff.after(cursor.failures);
                return;
            }
            let error = cursor.about(error);
            return self.give_up(ask.cursor, error);
        }
        cursor.failures += 1;
        cursor.not_before = now + backoff.after(cursor.failures);
        let since = *cursor.failing_since.get_or_insert(now);
        if !matches!(error.retry(), Retry::Never | Retry::After) {
            cursor.leader = None;
        }
        if error.retry() == Retry::Never || now.since(since) >= patience {
            let error = cursor.about(error);
            self.complain(Some(ask.cursor), error);
        }
    }

    /// Tells the caller of an error, unless the last one of the same cursor still waits.
    pub(super) fn complain(&mut self, cursor: Option<usize>, error: Error) {
        let complained = match cursor.and_then(|at| self.cursors.get_mut(at)) {
            Some(cursor) => std::mem::replace(&mut cursor.complained, true),
            None => self.queue.iter().any(|queued| matches!(queued, Queued::Failed { cursor: None, .. })),
        };
        if !complained {
            self.queue.push_back(Queued::Failed { cursor, error });
        }
    }

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

    /// Goes somewhere else in a partition.
    pub(super) fn seek(&mut self, topic: &str, partition: i32, start: Start) -> Result<(), Error> {
        let cursor = self.find_mut(topic, partition).ok_or_else(|| unknown(topic, partition))?;
        cursor.seek(start);
        let Self { queue, cursors, queued_bytes, .. } = self;
        queue.retain(|queued| match queued {
            Queued::Fetched(fetched) => {
                let kept = cursors.get(fetched.cursor).is_some_and(|it| it.generation == fetched.generation);
                if !kept {
                    *queued_bytes = queued_bytes.saturating_sub(fetched.bytes.len());
                }
                kept
            }
            Queued::Failed { cursor: Some(at), .. } => {
                cursors.get(*at).is_none_or(|it| !(&*it.topic == topic && it.partition == partition))
            }
            Queued::Failed { cursor: None, .. } => true,
        });
        Ok(())
    }

    /// Stands still, or goes on.
    pub(super) fn set_paused(&mut self, topic: &str, partition: i32, paused: bool) -> Result<(), Error> {
        let cursor = self.find_mut(topic, partition).ok_or_else(|| unknown(topic, partition))?;
        cursor.paused = paused;
        Ok(())
    }

    /// A partition that is read.
    pub(super) fn find(&self, topic: &str, partition: i32) -> Option<&Cursor> {
        self.cursors.iter().find(|cursor| &*cursor.topic == topic && cursor.partition == partition)
    }

    /// All partitions that are read.
    pub(super) fn iter(&self) -> impl Iterator<Item = &Cursor> {
        self.cursors.iter()
    }

    /// The brokers that lead partitions.
    pub(super) fn leaders(&self) -> Vec<i32> {
        let mut leaders = Vec::new();
        for leader in self.cursors.iter().filter_map(|cursor| cursor.leader) {
            if !leaders.contains(&leader) {
                leaders.push(leader);
            }
        }
        leaders
    }

    /// Whether a partition has no leader, so that one is to be asked for.
    pub(super) fn is_leaderless(&self, topic: &str) -> bool {
        self.cursors.iter().any(|cursor| &*cursor.topic == topic && cursor.leader.is_none())
    }

    fn find_mut(&mut self, topic: &str, partition: i32) -> Option<&mut Cursor> {
        self.cursors.iter_mut().find(|cursor| &*cursor.topic == topic && cursor.partition == partition)
    }

    fn current(&mut self, ask: Ask) -> Option<&mut Cursor> {
        self.cursors.get_mut(ask.cursor).filter(|cursor| cursor.generation == ask.generation)
    }

    fn set_busy(&mut self, asks: impl Iterator<Item = Ask>, busy: bool) {
        for ask in asks {
            if let Some(cursor) = self.cursors.get_mut(ask.cursor) {
                cursor.busy = busy;
            }
        }
    }

    /// What was fetched cannot be decoded: what was fetched behind it is dropped.
    pub(super) fn damaged(&mut self, fetched: &Fetched, error: Error) {
        let ask = Ask { cursor: fetched.cursor, generation: fetched.generation };
        let Some(cursor) = self.current(ask) else { return };
        cursor.generation = cursor.generation.wrapping_add(1);
        cursor.complained = false;
        let error = cursor.about(error);
        // Where the damage is in a header, an error may wait that only follows from it.
        self.queue.retain(
            |queued| !matches!(queued, Queued::Failed { cursor: Some(at), .. } if *at == fetched.cursor),
        );
        self.give_up(fetched.cursor, error);
    }

    /// Stands still until a seek, and says why.
    fn give_up(&mut self, at: usize, error: Error) {
        if let Some(cursor) = self.cursors.get_mut(at) {
            cursor.stuck = true;
        }
        self.complain(Some(at), error);
    }
}

/// A partition that is not among those read.
pub(super) fn unknown(topic: &str, partition: i32) -> Error {
    Error::misuse("the Reader does not read this partition (or has not found it yet)")
        .about(topic, Some(partition))
}

#[cfg(test)]
#[path = "cursors_tests.rs"]
mod tests;
