use std::sync::Arc;

use ottla_transport::Instant;

use super::{cursor::Position, cursors::Cursors};
use crate::{
    cluster::OffsetQuery,
    protocol::{Uuid, fetch::FetchPartition},
};

/// What to ask a broker for.
#[derive(Debug)]
pub(super) enum Plan {
    /// The offsets where reading begins, or ends, for these cursors.
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
    pub(super) topic_id: Uuid,
    pub(super) partition: i32,
    pub(super) offset: i64,
    pub(super) max_bytes: usize,
}

impl FetchPlan {
    /// As Fetch asks for it.
    pub(super) fn question(&self) -> FetchPartition {
        FetchPartition {
            partition: self.partition,
            fetch_offset: self.offset,
            partition_max_bytes: i32::try_from(self.max_bytes).unwrap_or(i32::MAX),
            ..Default::default()
        }
    }
}

impl Cursors {
    /// What to ask `node` next. What is planned is under way until it is answered.
    pub(super) fn plan(&mut self, node: i32, now: Instant) -> Plan {
        let budget = self.budget();
        let mut next = None::<Instant>;
        let mut resolve = Vec::new();
        let mut fetch = Vec::new();
        let Self { leaders, cursors, .. } = self;
        let Some(led) = leaders.of(node) else { return Plan::Nothing(None) };
        for at in led.in_turn() {
            let Some(cursor) = cursors.get_mut(at).filter(|cursor| cursor.is_wanted()) else { continue };
            if !cursor.is_free(now) {
                next = Some(next.map_or(cursor.not_before, |next| next.min(cursor.not_before)));
                continue;
            }
            let ask = Ask { cursor: at, generation: cursor.generation };
            if let Some(timestamp) = cursor.timestamp() {
                let (topic, partition) = (cursor.topic.clone(), cursor.partition);
                resolve.push((ask, OffsetQuery { topic, partition, timestamp }));
            } else if let (Position::At(offset), Some(_)) = (cursor.fetch_at, budget) {
                fetch.push(FetchPlan {
                    ask,
                    topic: cursor.topic.clone(),
                    topic_id: cursor.topic_id,
                    partition: cursor.partition,
                    offset,
                    max_bytes: cursor.fetch_bytes,
                });
            }
        }
        if !resolve.is_empty() {
            self.set_busy(resolve.iter().map(|(ask, _)| *ask), true);
            return Plan::Resolve(resolve);
        }
        let Some(budget) = budget.filter(|_| !fetch.is_empty()) else { return Plan::Nothing(next) };
        self.set_busy(fetch.iter().map(|plan| plan.ask), true);
        self.queue.expected += budget;
        Plan::Fetch(fetch, budget)
    }

    /// How many bytes may be asked for now, if it is worth a request.
    pub(super) fn budget(&self) -> Option<usize> {
        // No broker may hold all the room with one long wait, or the others could not be asked.
        let share = self.limits.queue_bytes / self.leaders.brokers().count().max(1);
        let most = share.min(self.limits.max_bytes);
        let budget = self.queue.room(self.limits.queue_bytes).min(most);
        // Nor is every little bit that is read a reason to ask all partitions for as little again.
        (budget > 0 && budget >= self.limits.partition_bytes.min(most / 2)).then_some(budget)
    }

    /// What was planned is no longer under way.
    pub(super) fn answered(&mut self, asks: impl Iterator<Item = Ask>, budget: usize) {
        self.set_busy(asks, false);
        self.queue.expected = self.queue.expected.saturating_sub(budget);
    }

    fn set_busy(&mut self, asks: impl Iterator<Item = Ask>, busy: bool) {
        for ask in asks {
            if let Some(cursor) = self.cursors.get_mut(ask.cursor) {
                cursor.busy = busy;
            }
        }
    }
}
