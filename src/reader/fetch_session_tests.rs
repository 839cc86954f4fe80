use std::collections::BTreeMap;

use super::*;
use crate::{
    protocol::{Message, fetch::TopicResponse},
    reader::plan::Ask,
    wire::Encoder,
};

const NEWEST: i16 = 17;

fn id(of: u8) -> Uuid {
    Uuid([of; 16])
}

fn plan(partition: i32, offset: i64) -> FetchPlan {
    FetchPlan {
        ask: Ask { cursor: partition as usize, generation: 0 },
        topic: "topic".into(),
        topic_id: id(1),
        partition,
        offset,
        max_bytes: 1 << 20,
    }
}

fn taken(session_id: i32) -> Response {
    Response { session_id, ..Default::default() }
}

fn refused(error_code: ErrorCode) -> Response {
    Response { error_code, ..Default::default() }
}

/// What a request asks for and what it drops, by partition.
fn named(request: &Request) -> (Vec<i32>, Vec<i32>) {
    let asked = request.topics.iter().flat_map(|topic| &topic.partitions).map(|asked| asked.partition);
    let dropped = request.forgotten_topics_data.iter().flat_map(|topic| &topic.partitions).copied();
    (asked.collect(), dropped.collect())
}

/// A session that is under way with three partitions.
fn begun() -> (FetchSession, Vec<FetchPlan>) {
    let mut session = FetchSession::default();
    let plans: Vec<_> = (0..3).map(|partition| plan(partition, 10)).collect();
    let request = session.request(&plans, NEWEST);
    assert_eq!((request.session_id, request.session_epoch), (0, 0));
    assert_eq!(named(&request), (vec![0, 1, 2], vec![]));
    assert!(!session.answered(&taken(77)));
    (session, plans)
}

fn bytes(request: &Request) -> usize {
    let mut out = Encoder::new();
    request.encode(NEWEST, &mut out);
    out.into_chunks().unwrap().concat().len()
}

#[test]
fn only_what_changed_and_what_is_dropped_is_named() {
    let (mut session, mut plans) = begun();
    let request = session.request(&plans, NEWEST);
    assert_eq!((request.session_id, request.session_epoch), (77, 1));
    assert_eq!(named(&request), (vec![], vec![]));
    session.answered(&taken(77));
    plans[1].offset = 20;
    plans.remove(0);
    plans.push(plan(7, 0));
    let request = session.request(&plans, NEWEST);
    assert_eq!(request.session_epoch, 2);
    assert_eq!(named(&request), (vec![1, 7], vec![0]));
    session.answered(&taken(77));
    // What was dropped is new when it comes back.
    plans.push(plan(0, 10));
    assert_eq!(named(&session.request(&plans, NEWEST)), (vec![0], vec![]));
}

#[test]
fn a_thousand_partitions_cost_next_to_nothing_when_little_happens() {
    let mut session = FetchSession::default();
    let mut plans: Vec<_> = (0..1000).map(|partition| plan(partition, 0)).collect();
    let full = bytes(&session.request(&plans, NEWEST));
    assert!(full > 30_000, "{full} bytes");
    session.answered(&taken(5));
    for round in 0..1000 {
        plans[round * 7 % 1000].offset += 1;
        let size = bytes(&session.request(&plans, NEWEST));
        assert!(size < 120, "{size} bytes");
        session.answered(&taken(5));
    }
}

#[test]
fn a_lost_session_begins_anew_at_once_but_not_for_ever() {
    for code in [
        ErrorCode::FETCH_SESSION_ID_NOT_FOUND,
        ErrorCode::INVALID_FETCH_SESSION_EPOCH,
        ErrorCode::FETCH_SESSION_TOPIC_ID_ERROR,
        ErrorCode::INCONSISTENT_TOPIC_ID,
    ] {
        let (mut session, plans) = begun();
        session.request(&plans, NEWEST);
        assert!(session.answered(&refused(code)), "{code}");
        let request = session.request(&plans, NEWEST);
        // The broker may give up the one that it still has.
        let old = if code == ErrorCode::FETCH_SESSION_ID_NOT_FOUND { 0 } else { 77 };
        assert_eq!((request.session_id, request.session_epoch), (old, 0));
        assert_eq!(named(&request), (vec![0, 1, 2], vec![]));
        assert!(!session.answered(&refused(code)), "{code}: a new one is refused too, which is an error");
    }
    let (mut session, plans) = begun();
    session.request(&plans, NEWEST);
    assert!(!session.answered(&refused(ErrorCode::UNKNOWN_SERVER_ERROR)), "not about the session");
    assert_eq!(session.request(&plans, NEWEST).session_epoch, 0);
}

#[test]
fn after_a_lost_connection_everything_is_asked_for() {
    let (mut session, plans) = begun();
    session.request(&plans, NEWEST);
    session.begin_anew();
    let request = session.request(&plans, NEWEST);
    assert_eq!((request.session_id, request.session_epoch), (77, 0));
    assert_eq!(named(&request), (vec![0, 1, 2], vec![]));
}

#[test]
fn a_broker_without_sessions_is_asked_for_everything_each_time() {
    let mut session = FetchSession::default();
    for _ in 0..3 {
        let request = session.request(&[plan(0, 10), plan(1, 10)], NEWEST);
        assert_eq!((request.session_id, request.session_epoch), (0, 0));
        assert_eq!(named(&request), (vec![0, 1], vec![]));
        assert!(!session.answered(&taken(0)));
    }
}

#[test]
fn a_session_that_the_broker_ends_is_over() {
    let (mut session, plans) = begun();
    session.request(&plans, NEWEST);
    session.answered(&taken(0));
    let request = session.request(&plans, NEWEST);
    assert_eq!((request.session_id, request.session_epoch), (0, 0));
    assert_eq!(named(&request).0.len(), 3);
}

#[test]
fn the_epoch_wraps_to_one() {
    let (mut session, plans) = begun();
    session.epoch = i32::MAX;
    assert_eq!(session.request(&plans, NEWEST).session_epoch, i32::MAX);
    session.answered(&taken(77));
    assert_eq!(session.request(&plans, NEWEST).session_epoch, 1);
}

#[test]
fn a_topic_created_anew_is_another_in_the_session() {
    let (mut session, mut plans) = begun();
    plans.iter_mut().for_each(|plan| plan.topic_id = id(2));
    let request = session.request(&plans, NEWEST);
    assert_eq!(named(&request), (vec![0, 1, 2], vec![0, 1, 2]));
    assert_eq!(request.topics[0].topic_id, id(2));
    assert_eq!(request.forgotten_topics_data[0].topic_id, id(1));
    // By name it is the same one.
    let mut session = FetchSession::default();
    session.request(&plans, 12);
    session.answered(&taken(5));
    plans[0].topic_id = id(3);
    assert_eq!(named(&session.request(&plans, 12)).1, Vec::<i32>::new());
}

#[test]
fn names_and_ids_are_not_mixed_in_one_session() {
    let (mut session, plans) = begun();
    let request = session.request(&plans, 12);
    assert_eq!((request.session_id, request.session_epoch), (77, 0));
    assert_eq!(named(&request).0.len(), 3);
}

/// A broker's side of a session, in a few lines: it holds what a session of theirs would.
#[derive(Default)]
struct Peer {
    epoch: i32,
    held: BTreeMap<(Uuid, i32), i64>,
}

impl Peer {
    fn take(&mut self, request: &Request) -> Response {
        if request.session_epoch == 0 {
            *self = Self::default();
            assert!(request.forgotten_topics_data.is_empty());
        } else if request.session_epoch != self.epoch {
            return refused(ErrorCode::INVALID_FETCH_SESSION_EPOCH);
        }
        self.epoch = request.session_epoch + 1;
        for topic in &request.forgotten_topics_data {
            for partition in &topic.partitions {
                let held = self.held.remove(&(topic.topic_id, *partition));
                assert!(held.is_some(), "what is dropped was there");
            }
        }
        for topic in &request.topics {
            for asked in &topic.partitions {
                self.held.insert((topic.topic_id, asked.partition), asked.fetch_offset);
            }
        }
        Response { responses: Vec::<TopicResponse>::new(), ..taken(9) }
    }
}

#[test]
fn whatever_happens_the_broker_holds_what_is_wanted() {
    let mut seed = 0x2545_f491_4f6c_dd1d_u64;
    let mut random = move |below: u64| {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        seed % below
    };
    let (mut session, mut peer) = (FetchSession::default(), Peer::default());
    let mut plans: Vec<_> = (0..8).map(|partition| plan(partition, 0)).collect();
    let (mut refusals, mut begun) = (0, 0);
    for _ in 0..5000 {
        for plan in &mut plans {
            plan.offset += i64::from(random(4) == 0);
        }
        if random(50) == 0 {
            let id = id(1 + random(5) as u8);
            plans.iter_mut().for_each(|plan| plan.topic_id = id);
        }
        if random(50) == 0 {
            peer.epoch = -1;
        }
        let wanted: Vec<_> = plans.iter().filter(|_| random(5) > 0).cloned().collect();
        loop {
            let request = session.request(&wanted, NEWEST);
            begun += usize::from(request.session_epoch == 0);
            if random(60) == 0 {
                // Nobody knows whether the broker saw it.
                if random(2) == 0 {
                    peer.take(&request);
                }
                session.begin_anew();
                continue;
            }
            if !session.answered(&peer.take(&request)) {
                break;
            }
            refusals += 1;
        }
        let expected: BTreeMap<_, _> =
            wanted.iter().map(|plan| ((plan.topic_id, plan.partition), plan.offset)).collect();
        assert_eq!(peer.held, expected);
    }
    assert!(refusals > 20 && begun > 50, "{refusals} {begun}");
}
