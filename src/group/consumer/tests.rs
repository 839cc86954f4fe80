use std::{sync::Arc, time::Duration};

use super::*;
use crate::{
    cluster::Backoff,
    error::{Error, ErrorKind},
    group::step::Change,
    protocol::ErrorCode,
};

const BACKOFF: Backoff = Backoff { min: Duration::from_millis(100), max: Duration::from_secs(1) };
const T: Uuid = Uuid([7; 16]);

struct Member {
    consumer: Consumer,
    now: Instant,
}

impl Member {
    fn new(edit: impl FnOnce(&mut GroupConfig)) -> Self {
        let mut config = GroupConfig::new("g".into(), BACKOFF);
        config.topics = vec!["t".into()];
        edit(&mut config);
        config.check().unwrap();
        let now = Instant::from_start(Duration::from_secs(1));
        Self { consumer: Consumer::new(Arc::new(config), "me".into(), now), now }
    }

    fn due(&mut self) -> Step {
        for _ in 0..100 {
            match self.consumer.next(self.now) {
                Step::Wait(until) => {
                    assert!(until > self.now, "a wait that is over");
                    self.now = until;
                }
                Step::Find => self.consumer.found(Ok(()), self.now),
                step => return step,
            }
        }
        panic!("it only waits");
    }

    fn heartbeat(&mut self) -> api::Request {
        match self.due() {
            Step::Call(Call::Next(request)) => request,
            other => panic!("not a heartbeat: {other:?}"),
        }
    }

    fn answer(&mut self, epoch: i32, assigned: Option<&[i32]>) {
        let topic_partitions = |partitions: &[i32]| match partitions {
            [] => Vec::new(),
            some => vec![api::TopicPartitions { topic_id: T, partitions: some.to_vec() }],
        };
        let assignment =
            assigned.map(|partitions| api::Assignment { topic_partitions: topic_partitions(partitions) });
        let response = api::Response {
            member_epoch: epoch,
            heartbeat_interval_ms: 5000,
            assignment,
            ..Default::default()
        };
        self.consumer.heard(Ok(response), self.now);
    }

    fn refuse(&mut self, code: ErrorCode) {
        self.consumer.heard(Ok(api::Response { error_code: code, ..Default::default() }), self.now);
    }

    fn tell(&mut self) -> Change {
        loop {
            match self.due() {
                Step::Tell(change) => {
                    self.consumer.told();
                    return change;
                }
                Step::Name => {
                    self.consumer.named(Ok(vec![(T, "t".into())]), self.now);
                }
                other => panic!("nothing is told: {other:?}"),
            }
        }
    }

    fn settled() -> Self {
        let mut member = Self::new(|_| {});
        member.heartbeat();
        member.answer(1, Some(&[0, 1]));
        assert_eq!(member.tell(), Change::Assigned(t(&[0, 1])));
        assert_eq!(by_id(&member.heartbeat()), Some(vec![0, 1]));
        member.answer(1, None);
        member
    }
}

fn t(partitions: &[i32]) -> Vec<TopicPartitions> {
    vec![TopicPartitions::new("t", partitions.to_vec())]
}

fn by_id(request: &api::Request) -> Option<Vec<i32>> {
    let topics = request.topic_partitions.as_ref()?;
    Some(topics.iter().flat_map(|topic| topic.partitions.clone()).collect())
}

#[test]
fn the_first_heartbeat_says_all_and_later_ones_only_what_changed() {
    let mut member = Member::new(|config| {
        config.rack = Some("r".into());
        config.server_assignor = Some("uniform".into());
    });
    let first = member.heartbeat();
    assert_eq!((&*first.member_id, first.member_epoch, first.rebalance_timeout_ms), ("me", JOIN, 60_000));
    assert_eq!(first.subscribed_topic_names, Some(vec!["t".into()]));
    assert_eq!((first.rack_id.as_deref(), first.server_assignor.as_deref()), (Some("r"), Some("uniform")));
    assert_eq!(by_id(&first), Some(Vec::new()));
    member.answer(1, None);
    let before = member.now;
    let second = member.heartbeat();
    assert_eq!(member.now.since(before), Duration::from_secs(5), "as the coordinator wants it");
    assert_eq!((second.member_epoch, second.rebalance_timeout_ms), (1, -1));
    assert_eq!((second.subscribed_topic_names, second.topic_partitions), (None, None));
}

#[test]
fn what_is_assigned_is_told_and_then_confirmed_at_once() {
    let mut member = Member::new(|_| {});
    member.heartbeat();
    let before = member.now;
    member.answer(1, Some(&[0, 1]));
    assert_eq!(member.tell(), Change::Assigned(t(&[0, 1])));
    assert_eq!(by_id(&member.heartbeat()), Some(vec![0, 1]));
    assert!(member.now.since(before) < Duration::from_secs(1));
}

#[test]
fn what_must_go_is_given_back_while_the_rest_stays() {
    let mut member = Member::settled();
    member.heartbeat();
    member.answer(2, Some(&[0]));
    assert_eq!(member.tell(), Change::Revoked(t(&[1])));
    assert_eq!(member.tell(), Change::Assigned(Vec::new()));
    let confirmed = member.heartbeat();
    assert_eq!((confirmed.member_epoch, by_id(&confirmed)), (2, Some(vec![0])));
    member.answer(3, Some(&[0, 2]));
    assert_eq!(member.tell(), Change::Assigned(t(&[2])));
}

#[test]
fn heartbeats_go_on_while_the_holder_gives_back() {
    let mut member = Member::settled();
    member.heartbeat();
    member.answer(2, Some(&[]));
    assert!(matches!(member.due(), Step::Tell(Change::Revoked(_))));
    for _ in 0..3 {
        assert_eq!(by_id(&member.heartbeat()), None, "nothing is given back yet");
        member.answer(2, None);
    }
    member.consumer.told();
    assert_eq!(member.tell(), Change::Assigned(Vec::new()));
    assert_eq!(by_id(&member.heartbeat()), Some(Vec::new()));
}

#[test]
fn a_fenced_member_loses_all_and_joins_anew() {
    for code in [ErrorCode::FENCED_MEMBER_EPOCH, ErrorCode::UNKNOWN_MEMBER_ID] {
        let mut member = Member::settled();
        member.heartbeat();
        member.refuse(code);
        assert_eq!(member.consumer.identity(), None);
        assert_eq!(member.tell(), Change::Lost(t(&[0, 1])));
        let again = member.heartbeat();
        assert_eq!((&*again.member_id, again.member_epoch, by_id(&again)), ("me", JOIN, Some(Vec::new())));
        assert!(again.subscribed_topic_names.is_some());
    }
}

#[test]
fn after_a_lost_heartbeat_all_is_said_again() {
    let mut member = Member::settled();
    member.heartbeat();
    member.consumer.heard(Err(Error::new(ErrorKind::Io, "the connection broke")), member.now);
    let again = member.heartbeat();
    assert_eq!((again.member_epoch, by_id(&again)), (1, Some(vec![0, 1])));
    assert!(again.subscribed_topic_names.is_some());
}

#[test]
fn without_a_sign_for_a_session_timeout_all_is_lost() {
    let mut member = Member::settled();
    let before = member.now;
    let lost = loop {
        match member.due() {
            Step::Call(Call::Next(_)) => {
                member.consumer.heard(Err(Error::new(ErrorKind::Io, "the connection broke")), member.now);
            }
            Step::Tell(change) => break change,
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(lost, Change::Lost(t(&[0, 1])));
    assert!(member.now.since(before) >= Duration::from_secs(45));
}

#[test]
fn an_instance_id_that_is_taken_ends_the_membership() {
    let mut member = Member::new(|config| config.instance_id = Some("i".into()));
    member.heartbeat();
    member.refuse(ErrorCode::UNRELEASED_INSTANCE_ID);
    assert!(matches!(member.due(), Step::Complain(_)));
    assert!(matches!(member.due(), Step::Over));
}

#[test]
fn a_refusal_that_does_not_pass_is_told_and_tried_again_slowly() {
    let mut member = Member::new(|_| {});
    member.heartbeat();
    member.refuse(ErrorCode::UNSUPPORTED_ASSIGNOR);
    let before = member.now;
    assert!(matches!(member.due(), Step::Complain(_)));
    member.heartbeat();
    assert!(member.now.since(before) >= BACKOFF.max);
}

#[test]
fn a_topic_that_is_gone_when_it_is_to_be_named_is_left_out() {
    let mut member = Member::new(|_| {});
    member.heartbeat();
    member.answer(1, Some(&[0]));
    assert!(matches!(member.due(), Step::Name));
    member.consumer.named(Ok(Vec::new()), member.now);
    assert_eq!(member.tell(), Change::Assigned(Vec::new()));
}

#[test]
fn changed_topics_are_said_at_once() {
    let mut member = Member::settled();
    let before = member.now;
    member.consumer.subscribe(vec!["t".into(), "u".into()]);
    let request = member.heartbeat();
    assert_eq!(request.subscribed_topic_names, Some(vec!["t".into(), "u".into()]));
    assert!(member.now.since(before) < Duration::from_secs(1));
}

#[test]
fn a_member_says_goodbye_and_a_static_one_that_it_comes_back() {
    for (instance_id, epoch) in [(None, LEAVE), (Some("i".into()), LEAVE_FOR_NOW)] {
        let mut member = Member::new(|config| config.instance_id = instance_id);
        member.heartbeat();
        member.answer(1, None);
        member.consumer.end();
        assert_eq!(member.heartbeat().member_epoch, epoch);
        member.consumer.heard(Err(Error::new(ErrorKind::Io, "the connection broke")), member.now);
        assert!(matches!(member.due(), Step::Over));
    }
}
