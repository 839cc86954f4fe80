use std::sync::Arc;

use ottla_transport::Instant;

use super::{start::Start, stop::Bound, tenure::Tenure};
use crate::{error::Error, protocol::Uuid};

/// How far reading one partition has come.
#[derive(Debug)]
pub(super) struct Cursor {
    pub(super) topic: Arc<str>,
    pub(super) topic_id: Uuid,
    pub(super) partition: i32,
    /// Whom to ask. Set by `Cursors::lead`, which keeps the lists.
    pub(super) leader: Option<i32>,
    /// Where the next fetch begins.
    pub(super) fetch_at: Position,
    /// Where the next record to be handed out stands, once that is known.
    pub(super) read_at: Option<i64>,
    /// Where reading ends.
    pub(super) bound: Bound,
    /// Up to where the partition can be read, when last heard of.
    pub(super) end: Option<i64>,
    /// Counts seeks: what was fetched before one is dropped after it.
    pub(super) generation: u32,
    /// A request about it is under way.
    pub(super) busy: bool,
    /// It stands still until a seek, since going on makes no sense.
    pub(super) stuck: bool,
    /// It stands still because the caller wants it so.
    pub(super) paused: bool,
    /// The group has taken it back.
    pub(super) given_up: bool,
    /// How a member of a group has it.
    pub(super) tenure: Option<Tenure>,
    /// An error of it waits to be handed out: one is enough.
    pub(super) complained: bool,
    pub(super) failures: u32,
    pub(super) failing_since: Option<Instant>,
    pub(super) not_before: Instant,
    /// What to ask for at a time. It grows where a broker before 0.10.1 has a batch larger than that.
    pub(super) fetch_bytes: usize,
}

/// Where a cursor stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Position {
    /// To be looked up.
    Unresolved(Start),
    /// At an offset.
    At(i64),
}

impl From<Start> for Position {
    fn from(start: Start) -> Self {
        match start {
            Start::Offset(offset) => Self::At(offset),
            start => Self::Unresolved(start),
        }
    }
}

impl Cursor {
    pub(super) fn new(
        topic: Arc<str>,
        partition: i32,
        (start, bound): (Start, Bound),
        fetch_bytes: usize,
    ) -> Self {
        let mut cursor = Self {
            topic,
            topic_id: Uuid::default(),
            partition,
            leader: None,
            fetch_at: Position::At(0),
            read_at: None,
            bound,
            end: None,
            generation: 0,
            busy: false,
            stuck: false,
            paused: false,
            given_up: false,
            tenure: None,
            complained: false,
            failures: 0,
            failing_since: None,
            not_before: Instant::default(),
            fetch_bytes,
        };
        cursor.seek(start);
        cursor
    }

    /// Goes somewhere else.
    pub(super) fn seek(&mut self, start: Start) {
        self.go_to(start);
        self.generation = self.generation.wrapping_add(1);
        self.stuck = false;
        self.complained = false;
        self.recovered();
    }

    /// Fetches on from somewhere else.
    pub(super) fn go_to(&mut self, start: Start) {
        self.fetch_at = start.into();
        self.read_at = match self.fetch_at {
            Position::At(offset) => Some(offset),
            Position::Unresolved(_) => None,
        };
    }

    /// The offset where reading begins has been found.
    pub(super) fn resolve(&mut self, offset: i64) {
        self.go_to(Start::Offset(offset));
        self.not_before = Instant::default();
    }

    /// Something was fetched.
    pub(super) fn recovered(&mut self) {
        self.failures = 0;
        self.failing_since = None;
        self.not_before = Instant::default();
    }

    /// Whether everything up to the bound has been handed out.
    pub(super) fn is_at_end(&self) -> bool {
        self.given_up || self.read_at.is_some_and(|next| next >= self.bound.offset())
    }

    /// What to ask ListOffsets for before anything is fetched: first where reading ends, so that what
    /// is written meanwhile is no part of it, then where it begins.
    pub(super) fn timestamp(&self) -> Option<i64> {
        self.bound.timestamp().or_else(|| match self.fetch_at {
            Position::Unresolved(start) => start.timestamp(),
            Position::At(_) => None,
        })
    }

    /// Whether a request about it may be sent, now or later.
    pub(super) fn is_wanted(&self) -> bool {
        let is_fetched = matches!(self.fetch_at, Position::At(next) if next >= self.bound.offset());
        !self.busy && !self.stuck && !self.paused && !self.given_up && !is_fetched
    }

    /// Whether a request about it may be sent.
    pub(super) fn is_free(&self, now: Instant) -> bool {
        self.is_wanted() && self.not_before <= now
    }

    pub(super) fn about(&self, error: Error) -> Error {
        error.about(self.topic.clone(), Some(self.partition))
    }
}
