use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use ottla_transport::Instant;

use super::{
    answer::FetchAnswer,
    cursors::{Cursors, Limits},
    plan::{FetchPlan, Plan},
    queue::Queued,
    start::{OutOfRange, Start},
};
use crate::{
    cluster::{Backoff, Partition, TopicMetadata},
    error::{Error, ErrorKind},
    protocol::{ErrorCode, Uuid, list_offsets::LATEST},
    record::{BatchBuilder, Compression},
};

pub(super) const NODE: i32 = 1;

pub(super) fn at(millis: u64) -> Instant {
    Instant::from_start(Duration::from_millis(millis))
}

pub(super) fn limits() -> Limits {
    Limits {
        start: Start::Offset(0),
        stop: None,
        read_committed: false,
        out_of_range: OutOfRange::Error,
        max_bytes: 1000,
        partition_bytes: 100,
        queue_bytes: 2000,
        max_batch_bytes: 400,
        patience: Duration::from_secs(60),
        backoff: Backoff { min: Duration::from_millis(100), max: Duration::from_millis(100) },
    }
}

pub(super) fn topic(leaders: &[i32]) -> TopicMetadata {
    let partition = |(id, leader): (usize, &i32)| Partition {
        id: id as i32,
        leader: Some(*leader).filter(|leader| *leader >= 0),
        leader_epoch: 0,
        replicas: vec![],
        isr: vec![],
    };
    TopicMetadata {
        name: Arc::from("topic"),
        id: Uuid::default(),
        internal: false,
        error: ErrorCode::NONE,
        partitions: leaders.iter().enumerate().map(partition).collect(),
        as_of: at(0),
    }
}

pub(super) fn reading(limits: Limits, leaders: &[i32]) -> Cursors {
    let mut cursors = Cursors::new(limits, 1);
    cursors.learn(&topic(leaders), None, at(0));
    cursors.found_topic();
    cursors
}

/// A batch of `count` records from `base` on.
pub(super) fn batch(base: i64, count: usize) -> Bytes {
    let mut builder = BatchBuilder::new(0);
    for _ in 0..count {
        builder.push(None, Some(b"value"), &[], 0).unwrap();
    }
    let sealed = builder.seal().compress(Compression::None, None).unwrap();
    let mut bytes = { sealed }.stamp(-1, -1, -1).to_vec();
    bytes[..8].copy_from_slice(&base.to_be_bytes());
    bytes.into()
}

pub(super) fn answer(records: Bytes) -> FetchAnswer {
    FetchAnswer { high_watermark: 100, end: 100, records, aborted: vec![] }
}

pub(super) fn fetch(cursors: &mut Cursors, now: Instant) -> (Vec<FetchPlan>, usize) {
    match cursors.plan(NODE, now) {
        Plan::Fetch(plans, budget) => (plans, budget),
        other => panic!("{other:?}"),
    }
}

pub(super) fn settle(cursors: &mut Cursors, plans: &[FetchPlan], budget: usize) {
    cursors.answered(plans.iter().map(|plan| plan.ask), budget);
}

#[test]
fn a_place_is_looked_up_before_it_is_fetched() {
    let mut cursors = reading(Limits { start: Start::Time(5), ..limits() }, &[NODE]);
    let Plan::Resolve(queries) = cursors.plan(NODE, at(0)) else { panic!() };
    assert_eq!(queries[0].1.timestamp, 5);
    assert!(matches!(cursors.plan(NODE, at(0)), Plan::Nothing(None)), "one question at a time");
    cursors.answered(queries.iter().map(|query| query.0), 0);
    // No record is that young: what comes next is meant.
    cursors.resolved(queries[0].0, Ok(None), at(0));
    let Plan::Resolve(queries) = cursors.plan(NODE, at(0)) else { panic!() };
    assert_eq!(queries[0].1.timestamp, LATEST);
    cursors.answered(queries.iter().map(|query| query.0), 0);
    cursors.resolved(queries[0].0, Ok(Some(7)), at(0));
    assert_eq!(fetch(&mut cursors, at(0)).0[0].offset, 7);
}

#[test]
fn fetching_goes_on_before_reading_within_the_budget() {
    let mut cursors = reading(limits(), &[NODE]);
    let mut fetched = 0;
    for round in 0.. {
        match cursors.plan(NODE, at(0)) {
            Plan::Fetch(plans, budget) => {
                assert_eq!(plans[0].offset, round * 10);
                settle(&mut cursors, &plans, budget);
                let bytes = batch(round * 10, 10);
                fetched += bytes.len();
                cursors.fetched(plans[0].ask, answer(bytes), at(0));
            }
            Plan::Nothing(None) => break,
            other => panic!("{other:?}"),
        }
    }
    assert!((1900..2300).contains(&fetched), "the queue is full, give or take a batch: {fetched}");
    let Some(Queued::Fetched(first)) = cursors.pop() else { panic!() };
    cursors.queue.release(first.bytes.len());
    assert!(matches!(cursors.plan(NODE, at(0)), Plan::Fetch(..)), "there is room again");
}

#[test]
fn brokers_share_the_budget() {
    let mut cursors = reading(limits(), &[1, 2, 3, 4]);
    for node in 1..=4 {
        let Plan::Fetch(plans, budget) = cursors.plan(node, at(0)) else {
            panic!("broker {node} is left out")
        };
        assert_eq!((plans.len(), budget), (1, 500));
    }
}

#[test]
fn a_seek_drops_what_was_fetched_before_it() {
    let mut cursors = reading(limits(), &[NODE]);
    let (plans, budget) = fetch(&mut cursors, at(0));
    settle(&mut cursors, &plans, budget);
    cursors.fetched(plans[0].ask, answer(batch(0, 3)), at(0));
    let (late, budget) = fetch(&mut cursors, at(0));
    cursors.seek("topic", 0, Start::Offset(50)).unwrap();
    assert!(cursors.pop().is_none());
    settle(&mut cursors, &late, budget);
    cursors.fetched(late[0].ask, answer(batch(3, 3)), at(0));
    assert!(cursors.pop().is_none(), "asked for before the seek, answered after it");
    assert_eq!(fetch(&mut cursors, at(0)).0[0].offset, 50);
    assert!(cursors.seek("topic", 9, Start::First).is_err());
}

#[test]
fn a_partition_that_is_stuck_says_so_again_and_holds_up_no_other() {
    let mut cursors = reading(limits(), &[NODE, NODE]);
    let (plans, budget) = fetch(&mut cursors, at(0));
    settle(&mut cursors, &plans, budget);
    let gone = Error::broker(ErrorCode::OFFSET_OUT_OF_RANGE, "reading", None);
    cursors.failed(plans[0].ask, gone, at(0));
    cursors.fetched(plans[1].ask, answer(batch(0, 3)), at(0));
    let mut seen = (0, 0);
    for _ in 0..4 {
        match cursors.pop() {
            Some(Queued::Failed { error, .. }) => {
                assert_eq!(error.partition(), Some(plans[0].partition));
                seen.0 += 1;
            }
            Some(Queued::Fetched(_)) => seen.1 += 1,
            None => panic!("the error stands until a seek"),
        }
    }
    assert_eq!(seen, (3, 1));
    assert_eq!(fetch(&mut cursors, at(0)).0.len(), 1, "it is not fetched");
    cursors.seek("topic", plans[0].partition, Start::First).unwrap();
    assert!(cursors.pop().is_none());
}

#[test]
fn out_of_range_may_mean_another_start() {
    let restart = OutOfRange::Restart(Start::First);
    let mut cursors = reading(Limits { out_of_range: restart, ..limits() }, &[NODE]);
    let (plans, budget) = fetch(&mut cursors, at(0));
    settle(&mut cursors, &plans, budget);
    cursors.failed(plans[0].ask, Error::broker(ErrorCode::OFFSET_OUT_OF_RANGE, "reading", None), at(0));
    assert!(cursors.pop().is_none());
    let Plan::Nothing(Some(then)) = cursors.plan(NODE, at(0)) else { panic!("never without a pause") };
    assert!(matches!(cursors.plan(NODE, then), Plan::Resolve(_)));
}

#[test]
fn failures_that_may_pass_are_kept_quiet_for_a_while() {
    let mut cursors = reading(limits(), &[NODE]);
    let lost = || Error::broker(ErrorCode::REQUEST_TIMED_OUT, "reading", None);
    for millis in [0, 30_000, 59_999] {
        let (plans, budget) = fetch(&mut cursors, at(millis));
        settle(&mut cursors, &plans, budget);
        cursors.failed(plans[0].ask, lost(), at(millis));
        assert!(cursors.pop().is_none());
    }
    let (plans, budget) = fetch(&mut cursors, at(60_500));
    settle(&mut cursors, &plans, budget);
    cursors.failed(plans[0].ask, lost(), at(60_500));
    assert!(matches!(cursors.pop(), Some(Queued::Failed { .. })));
    assert!(matches!(cursors.plan(NODE, at(61_000)), Plan::Fetch(..)), "and tried again all the same");
}

#[test]
fn records_from_before_the_offset_are_not_asked_for_in_silence_for_ever() {
    let mut cursors = reading(Limits { start: Start::Offset(5), ..limits() }, &[NODE]);
    for millis in [0, 30_000, 60_500] {
        assert!(cursors.pop().is_none());
        let (plans, budget) = fetch(&mut cursors, at(millis));
        settle(&mut cursors, &plans, budget);
        cursors.fetched(plans[0].ask, answer(batch(0, 3)), at(millis));
    }
    let Some(Queued::Failed { error, .. }) = cursors.pop() else { panic!() };
    assert_eq!(error.kind(), ErrorKind::Malformed);
}

#[test]
fn a_lost_leader_is_asked_for() {
    let mut cursors = reading(limits(), &[NODE]);
    let (plans, budget) = fetch(&mut cursors, at(0));
    settle(&mut cursors, &plans, budget);
    cursors.failed(plans[0].ask, Error::broker(ErrorCode::NOT_LEADER_OR_FOLLOWER, "reading", None), at(0));
    assert!(cursors.is_leaderless("topic"));
    cursors.learn(&topic(&[2]), None, at(0));
    assert_eq!(cursors.leaders.brokers().collect::<Vec<_>>(), [2]);
    assert!(matches!(cursors.plan(2, at(200)), Plan::Fetch(..)));
}

#[test]
fn a_batch_larger_than_the_limit_of_an_old_broker_is_asked_for_in_more() {
    let mut cursors = reading(limits(), &[NODE]);
    let part = batch(0, 10).slice(..80);
    for expected in [100, 200, 400] {
        let (plans, budget) = fetch(&mut cursors, at(0));
        assert_eq!(plans[0].max_bytes, expected);
        settle(&mut cursors, &plans, budget);
        cursors.fetched(plans[0].ask, answer(part.clone()), at(0));
    }
    let Some(Queued::Failed { error, .. }) = cursors.pop() else { panic!() };
    assert_eq!(error.kind(), ErrorKind::TooLarge);
}

#[test]
fn a_partition_that_appears_later_begins_at_its_first_record() {
    let mut cursors = reading(Limits { start: Start::Last, ..limits() }, &[NODE]);
    cursors.learn(&topic(&[NODE, NODE]), None, at(0));
    let Plan::Resolve(queries) = cursors.plan(NODE, at(0)) else { panic!() };
    let mut asked: Vec<_> = queries.iter().map(|(_, query)| (query.partition, query.timestamp)).collect();
    asked.sort_unstable();
    assert_eq!(asked, [(0, -1), (1, -2)]);
}
