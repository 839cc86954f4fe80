use std::collections::BTreeMap;

use ottla::{
    protocol::{
        ErrorCode, Uuid,
        fetch::{FetchPartition, PartitionData, Request},
    },
    wire::Str,
};

use crate::session::{Session, next_epoch};

/// How long a session is safe from those that want its place (`min.incremental.fetch.session.eviction.ms`,
/// in ms).
const SAFE_FOR: i64 = 120_000;

/// The epoch that begins a session …
const FIRST: i32 = 0;
/// … and the one that does without.
const NONE: i32 = -1;

/// A partition that a fetch is about: the topic as the request named it, and what is asked.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    pub(crate) topic: Str,
    pub(crate) topic_id: Uuid,
    pub(crate) partition: FetchPartition,
}

/// What a fetch is about, and its session: 0 for none.
#[derive(Debug)]
pub(crate) struct Context {
    pub(crate) session_id: i32,
    /// Only what has changed is answered.
    pub(crate) incremental: bool,
    pub(crate) asked: Vec<Asked>,
}

/// The fetch sessions of one node (KIP-227). It knows no time but what it is told, in ms.
#[derive(Debug, Default)]
pub(crate) struct Sessions {
    open: BTreeMap<i32, Session>,
    last_id: i32,
}

impl Sessions {
    /// Finds out what a request is about: all that it names, or what its session has known before.
    ///
    /// # Errors
    /// There is no such session, it has gone on already, or names topics in another way.
    pub(crate) fn enter(
        &mut self,
        request: &Request,
        by_id: bool,
        limits: Limits,
        now: i64,
    ) -> Result<Context, ErrorCode> {
        if !matches!(request.session_epoch, FIRST | NONE) {
            return self.go_on(request, by_id, now);
        }
        self.open.remove(&request.session_id);
        let asked = flat(request);
        let session_id =
            if request.session_epoch == FIRST { self.begin(&asked, by_id, limits, now) } else { 0 };
        Ok(Context { session_id, incremental: false, asked })
    }

    /// What a session is about, without entering it.
    pub(crate) fn of(&self, session_id: i32) -> impl Iterator<Item = &Asked> {
        self.open.get(&session_id).into_iter().flat_map(Session::asked)
    }

    /// Remembers what is answered in a session, and leaves out of it what the client knows.
    pub(crate) fn leave(&mut self, context: &Context, answers: &mut Vec<(Asked, PartitionData)>) {
        if let Some(session) = self.open.get_mut(&context.session_id) {
            answers.retain(|(asked, data)| session.tell(asked, data) || !context.incremental);
        }
    }

    /// Ends all of them.
    pub(crate) fn evict_all(&mut self) {
        self.open.clear();
    }

    /// How many there are.
    pub(crate) fn count(&self) -> usize {
        self.open.len()
    }

    fn go_on(&mut self, request: &Request, by_id: bool, now: i64) -> Result<Context, ErrorCode> {
        let id = request.session_id;
        let session = self.open.get_mut(&id).ok_or(ErrorCode::FETCH_SESSION_ID_NOT_FOUND)?;
        if session.epoch != request.session_epoch {
            return Err(ErrorCode::INVALID_FETCH_SESSION_EPOCH);
        }
        if session.by_id != by_id {
            return Err(ErrorCode::FETCH_SESSION_TOPIC_ID_ERROR);
        }
        session.epoch = next_epoch(session.epoch);
        session.last_used = now;
        session.update(flat(request), &request.forgotten_topics_data);
        let asked: Vec<_> = session.asked().cloned().collect();
        if asked.is_empty() {
            self.open.remove(&id);
            return Ok(Context { session_id: 0, incremental: false, asked });
        }
        Ok(Context { session_id: id, incremental: true, asked })
    }

    /// Begins a session, if there is something in it and a place for it. Gives its id, or 0.
    fn begin(&mut self, asked: &[Asked], by_id: bool, limits: Limits, now: i64) -> i32 {
        let fits = (1..=limits.partitions).contains(&asked.len());
        if !fits || !self.make_room(asked.len(), limits.sessions, now) {
            return 0;
        }
        self.last_id = next_epoch(self.last_id);
        self.open.insert(self.last_id, Session::new(asked.to_vec(), by_id, now));
        self.last_id
    }

    /// As Kafka: the one that was not used for long goes first, or else one that is smaller and not new.
    fn make_room(&mut self, partitions: usize, most: usize, now: i64) -> bool {
        if self.open.len() < most {
            return true;
        }
        let idle = self.open.iter().min_by_key(|(_, session)| session.last_used);
        let idle = idle.filter(|(_, session)| now - session.last_used > SAFE_FOR);
        let smallest = self.open.iter().min_by_key(|(_, session)| session.len());
        let smaller =
            smallest.filter(|(_, session)| session.len() < partitions && now - session.created > SAFE_FOR);
        match idle.or(smaller).map(|(id, _)| *id) {
            Some(id) => self.open.remove(&id).is_some(),
            None => false,
        }
    }
}

/// How many sessions there may be, and partitions in one.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    pub(crate) sessions: usize,
    pub(crate) partitions: usize,
}

fn flat(request: &Request) -> Vec<Asked> {
    let topics = request.topics.iter();
    topics
        .flat_map(|topic| {
            topic.partitions.iter().map(|partition| Asked {
                topic: topic.topic.clone(),
                topic_id: topic.topic_id,
                partition: partition.clone(),
            })
        })
        .collect()
}

#[cfg(test)]
#[path = "sessions_tests.rs"]
mod tests;
