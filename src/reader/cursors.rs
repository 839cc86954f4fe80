use std::{
    collections::{HashMap, VecDeque},
    sync::Arc,
    time::Duration,
};

use super::{
    cursor::Cursor,
    plan::Ask,
    queue::Queued,
    start::{OutOfRange, Start},
};
use crate::{
    cluster::{Backoff, TopicMetadata},
    error::Error,
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
    pub(super) cursors: Vec<Cursor>,
    places: HashMap<(Arc<str>, i32), usize>,
    pub(super) queue: VecDeque<Queued>,
    /// Fetched and not yet read.
    pub(super) queued_bytes: usize,
    /// Asked for and not yet here.
    pub(super) expected_bytes: usize,
    /// Which cursor is served first: it moves on, so that none is served last for ever.
    pub(super) first: usize,
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

    pub(super) fn current(&mut self, ask: Ask) -> Option<&mut Cursor> {
        self.cursors.get_mut(ask.cursor).filter(|cursor| cursor.generation == ask.generation)
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
