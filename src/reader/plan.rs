use std::sync::Arc;

use ottla_transport::Instant;

use super::{cursor::Position, cursors::Cursors};
use crate::{cluster::OffsetQuery, protocol::Uuid};

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
    pub(super) topic_id: Uuid,
    pub(super) partition: i32,
    pub(super) offset: i64,
    pub(super) max_bytes: usize,
}

impl Cursors {
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

    fn set_busy(&mut self, asks: impl Iterator<Item = Ask>, busy: bool) {
        for ask in asks {
            if let Some(cursor) = self.cursors.get_mut(ask.cursor) {
                cursor.busy = busy;
            }
        }
    }
}
