use std::sync::Arc;

use super::plan::FetchPlan;
use crate::protocol::{
    ErrorCode, Uuid,
    fetch::{FetchPartition, FetchTopic, ForgottenTopic, Request, Response},
};

/// From this version on Fetch names topics by id (KIP-516).
pub(super) const BY_ID_SINCE: i16 = 13;
/// The epoch of a request that begins a session.
const BEGIN: i32 = 0;

/// What one broker remembers of the last request (KIP-227): the next one names only what is new,
/// what has changed, and what is to be dropped.
///
/// A broker that gives no session is asked for everything each time, and for a session too: it may
/// have room for one later.
#[derive(Debug, Default)]
pub(super) struct FetchSession {
    /// The broker's name for it; 0 for none. One that is given up is still named when the next
    /// begins, so that the broker need not keep both.
    id: i32,
    epoch: i32,
    by_id: bool,
    /// What the broker remembers, by cursor.
    held: Vec<Option<Held>>,
}

#[derive(Debug)]
struct Held {
    topic: Arc<str>,
    topic_id: Uuid,
    asked: FetchPartition,
    /// Whether it is in the request that is being made.
    wanted: bool,
}

impl FetchSession {
    /// The part of a request that says what is fetched.
    pub(super) fn request(&mut self, plans: &[FetchPlan], version: i16) -> Request {
        let by_id = version >= BY_ID_SINCE;
        if std::mem::replace(&mut self.by_id, by_id) != by_id {
            // A session names all its topics in one way.
            self.begin_anew();
        }
        let (mut changed, mut dropped) = (Vec::new(), Vec::new());
        for plan in plans {
            let asked = plan.question();
            if self.held.len() <= plan.ask.cursor {
                self.held.resize_with(plan.ask.cursor + 1, || None);
            }
            let Some(place) = self.held.get_mut(plan.ask.cursor) else { continue };
            match place {
                Some(held) if held.asked == asked && held.topic_id == plan.topic_id => held.wanted = true,
                place => {
                    changed.push((plan.topic.clone(), plan.topic_id, asked.clone()));
                    let held =
                        Held { topic: plan.topic.clone(), topic_id: plan.topic_id, asked, wanted: true };
                    // Under its new id it is another partition to the broker.
                    let other = place.replace(held).filter(|held| by_id && held.topic_id != plan.topic_id);
                    dropped.extend(other);
                }
            }
        }
        for place in &mut self.held {
            dropped.extend(place.take_if(|held| !std::mem::take(&mut held.wanted)));
        }
        let dropped = dropped.into_iter().map(|held| (held.topic, held.topic_id, held.asked));
        let forgotten = |topic: FetchTopic| ForgottenTopic {
            topic: topic.topic,
            topic_id: topic.topic_id,
            partitions: topic.partitions.iter().map(|asked| asked.partition).collect(),
        };
        Request {
            session_id: self.id,
            session_epoch: self.epoch,
            topics: by_topic(changed),
            forgotten_topics_data: by_topic(dropped).into_iter().map(forgotten).collect(),
            ..Default::default()
        }
    }

    /// Takes in the answer to the last request. Whether to ask again at once: the broker has lost
    /// the session, which is nobody's business.
    pub(super) fn answered(&mut self, response: &Response) -> bool {
        match response.error_code {
            ErrorCode::NONE if response.session_id == 0 => {
                self.id = 0;
                self.begin_anew();
                false
            }
            ErrorCode::NONE => {
                self.id = response.session_id;
                self.epoch = self.epoch.checked_add(1).unwrap_or(BEGIN + 1);
                false
            }
            code => {
                let had_one = self.epoch != BEGIN;
                if code == ErrorCode::FETCH_SESSION_ID_NOT_FOUND {
                    self.id = 0;
                }
                self.begin_anew();
                had_one && is_about_session(code)
            }
        }
    }

    /// The next request begins a session: nobody knows whether the broker has seen the last one.
    pub(super) fn begin_anew(&mut self) {
        self.epoch = BEGIN;
        self.held.clear();
    }
}

fn is_about_session(code: ErrorCode) -> bool {
    matches!(
        code,
        ErrorCode::FETCH_SESSION_ID_NOT_FOUND
            | ErrorCode::INVALID_FETCH_SESSION_EPOCH
            | ErrorCode::FETCH_SESSION_TOPIC_ID_ERROR
            | ErrorCode::INCONSISTENT_TOPIC_ID
    )
}

fn by_topic(partitions: impl IntoIterator<Item = (Arc<str>, Uuid, FetchPartition)>) -> Vec<FetchTopic> {
    let mut topics: Vec<FetchTopic> = Vec::new();
    for (topic, topic_id, asked) in partitions {
        // Partitions come topic by topic, by and large.
        let known = topics.iter_mut().rev().find(|known| known.topic_id == topic_id && known.topic == topic);
        match known {
            Some(known) => known.partitions.push(asked),
            None => topics.push(FetchTopic { topic, topic_id, partitions: vec![asked] }),
        }
    }
    topics
}

#[cfg(test)]
#[path = "fetch_session_tests.rs"]
mod tests;
