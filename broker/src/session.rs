use std::collections::{BTreeMap, HashMap};

use ottla::{
    protocol::{
        Uuid,
        fetch::{ForgottenTopic, PartitionData},
    },
    wire::Str,
};

use crate::sessions::Asked;

/// What one client asks for again and again.
#[derive(Debug)]
pub(crate) struct Session {
    /// The epoch that the next request has to have.
    pub(crate) epoch: i32,
    /// Whether topics are named by their ids.
    pub(crate) by_id: bool,
    pub(crate) created: i64,
    pub(crate) last_used: i64,
    /// By their turns: who got records goes to the end.
    partitions: BTreeMap<u64, Known>,
    turns: HashMap<Key, u64>,
    next_turn: u64,
}

type Key = (Str, Uuid, i32);

/// A partition, and what the client has been told of it.
#[derive(Debug)]
struct Known {
    asked: Asked,
    high_watermark: i64,
    log_start: i64,
}

impl Session {
    pub(crate) fn new(asked: Vec<Asked>, by_id: bool, now: i64) -> Self {
        let mut session = Self {
            epoch: next_epoch(0),
            by_id,
            created: now,
            last_used: now,
            partitions: BTreeMap::new(),
            turns: HashMap::new(),
            next_turn: 0,
        };
        session.update(asked, &[]);
        session
    }

    /// The partitions, in turn.
    pub(crate) fn asked(&self) -> impl Iterator<Item = &Asked> {
        self.partitions.values().map(|known| &known.asked)
    }

    pub(crate) fn len(&self) -> usize {
        self.partitions.len()
    }

    /// Adds and changes partitions, and drops others.
    pub(crate) fn update(&mut self, changed: Vec<Asked>, forgotten: &[ForgottenTopic]) {
        for asked in changed {
            let known = self.turns.get(&key(&asked)).and_then(|turn| self.partitions.get_mut(turn));
            match known {
                Some(known) => known.asked.partition = asked.partition,
                None => self.push(Known { asked, high_watermark: -1, log_start: -1 }),
            }
        }
        for topic in forgotten {
            for index in &topic.partitions {
                let key = (topic.topic.clone(), topic.topic_id, *index);
                self.turns.remove(&key).and_then(|turn| self.partitions.remove(&turn));
            }
        }
    }

    /// Remembers what is answered of a partition. Whether it is something that the client does not know.
    pub(crate) fn tell(&mut self, asked: &Asked, data: &PartitionData) -> bool {
        let Some(turn) = self.turns.get(&key(asked)).copied() else { return true };
        let Some(known) = self.partitions.get_mut(&turn) else { return true };
        let has_records = data.records.as_ref().is_some_and(|records| !records.is_empty());
        let is_news = has_records
            || known.high_watermark != data.high_watermark
            || known.log_start != data.log_start_offset
            || data.preferred_read_replica >= 0
            || data.diverging_epoch.epoch >= 0
            || !data.error_code.is_ok();
        // After an error, what comes next is news whatever it is.
        known.high_watermark = if data.error_code.is_ok() { data.high_watermark } else { -1 };
        known.log_start = data.log_start_offset;
        if has_records && let Some(served) = self.partitions.remove(&turn) {
            self.push(served);
        }
        is_news
    }

    fn push(&mut self, known: Known) {
        self.turns.insert(key(&known.asked), self.next_turn);
        self.partitions.insert(self.next_turn, known);
        self.next_turn += 1;
    }
}

fn key(asked: &Asked) -> Key {
    (asked.topic.clone(), asked.topic_id, asked.partition.partition)
}

/// Epochs of a session, and ids of sessions, start again at 1 after the largest.
pub(crate) fn next_epoch(epoch: i32) -> i32 {
    epoch.checked_add(1).unwrap_or(1)
}
