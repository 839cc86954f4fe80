//! Where reading ends, and where it goes on when the log has changed: on made-up answers and time.

use std::time::Duration;

use bytes::Bytes;

use super::{
    answer::FetchAnswer,
    cursors::{Cursors, Limits},
    cursors_tests::{NODE, answer, at, batch, fetch, limits, reading, settle, topic},
    plan::{Ask, Plan},
    queue::{Fetched, Queued},
    start::{OutOfRange, Start},
    stop::Stop,
};
use crate::{
    error::{Error, ErrorKind},
    protocol::{
        ErrorCode, Uuid,
        list_offsets::{EARLIEST, LATEST},
    },
};

/// Answers the one question that is due, which must be for `timestamp`.
fn resolve(cursors: &mut Cursors, timestamp: i64, offset: Option<i64>) {
    let Plan::Resolve(queries) = cursors.plan(NODE, at(0)) else { panic!("nothing is looked up") };
    assert_eq!(queries.len(), 1);
    let (ask, query) = &queries[0];
    assert_eq!(query.timestamp, timestamp);
    cursors.answered([*ask].into_iter(), 0);
    cursors.resolved(*ask, Ok(offset), at(0));
}

/// Fetches of the one partition, from where `offset` says.
fn fetch_one(cursors: &mut Cursors, offset: i64, answer: FetchAnswer) -> Ask {
    let (plans, budget) = fetch(cursors, at(0));
    assert_eq!(plans[0].offset, offset);
    settle(cursors, &plans, budget);
    cursors.fetched(plans[0].ask, answer, at(0));
    plans[0].ask
}

/// Reads what was fetched, and nothing more.
fn read_all(cursors: &mut Cursors) -> Vec<Fetched> {
    let mut read = Vec::new();
    while let Some(queued) = cursors.pop() {
        let Queued::Fetched(fetched) = queued else { panic!("{queued:?}") };
        cursors.read_up_to(&fetched, fetched.next_offset.min(fetched.bound));
        cursors.queue.release(fetched.bytes.len());
        read.push(fetched);
    }
    read
}

fn is_idle(cursors: &mut Cursors) -> bool {
    matches!(cursors.plan(NODE, at(0)), Plan::Nothing(None))
}

fn stopping(start: Start, stop: Stop) -> Cursors {
    reading(Limits { start, stop: Some(stop), ..limits() }, &[NODE])
}

fn error(cursors: &mut Cursors) -> Error {
    match cursors.pop() {
        Some(Queued::Failed { error, .. }) => error,
        other => panic!("{other:?}"),
    }
}

fn out_of_range() -> Error {
    Error::broker(ErrorCode::OFFSET_OUT_OF_RANGE, "reading", None)
}

#[test]
fn the_end_is_looked_up_before_the_start_and_then_kept() {
    let mut cursors = stopping(Start::First, Stop::Last);
    assert!(!cursors.is_at_end());
    resolve(&mut cursors, LATEST, Some(10));
    resolve(&mut cursors, EARLIEST, Some(4));
    fetch_one(&mut cursors, 4, answer(batch(4, 6)));
    assert!(!cursors.is_at_end(), "it is fetched, and not read");
    assert!(is_idle(&mut cursors), "nothing beyond the end is asked for");
    assert_eq!(read_all(&mut cursors).len(), 1);
    assert!(cursors.is_at_end());
    cursors.seek("topic", 0, Start::Offset(6)).unwrap();
    assert!(!cursors.is_at_end(), "a seek goes on, up to the same end");
    fetch_one(&mut cursors, 6, answer(batch(4, 6)));
    read_all(&mut cursors);
    assert!(cursors.is_at_end() && is_idle(&mut cursors));
    cursors.seek("topic", 0, Start::Offset(20)).unwrap();
    assert!(cursors.is_at_end(), "nothing is left before the end");
}

#[test]
fn an_empty_range_ends_at_once() {
    let mut cursors = stopping(Start::First, Stop::Last);
    resolve(&mut cursors, LATEST, Some(4));
    assert!(!cursors.is_at_end());
    resolve(&mut cursors, EARLIEST, Some(4));
    assert!(cursors.is_at_end() && is_idle(&mut cursors));

    let cursors = stopping(Start::Offset(7), Stop::Offset(5));
    assert!(cursors.is_at_end());

    let mut cursors = stopping(Start::Last, Stop::Offset(3));
    resolve(&mut cursors, LATEST, Some(100));
    assert!(cursors.is_at_end() && is_idle(&mut cursors));
}

#[test]
fn an_offset_beyond_the_end_is_waited_for() {
    let mut cursors = stopping(Start::Offset(0), Stop::Offset(10));
    fetch_one(&mut cursors, 0, FetchAnswer { high_watermark: 5, end: 5, ..answer(batch(0, 5)) });
    read_all(&mut cursors);
    let empty = FetchAnswer { high_watermark: 5, end: 5, ..answer(Bytes::new()) };
    let ask = fetch_one(&mut cursors, 5, empty);
    cursors.found_empty([ask].into_iter());
    assert!(!cursors.is_at_end());
    fetch_one(&mut cursors, 5, answer(batch(5, 7)));
    assert_eq!(read_all(&mut cursors)[0].bound, 10, "what is beyond is cut off");
    assert!(cursors.is_at_end() && is_idle(&mut cursors));
}

#[test]
fn what_was_compacted_away_before_the_end_is_not_waited_for() {
    let mut cursors = stopping(Start::Offset(0), Stop::Last);
    resolve(&mut cursors, LATEST, Some(10));
    fetch_one(&mut cursors, 0, FetchAnswer { high_watermark: 10, end: 10, ..answer(batch(0, 7)) });
    read_all(&mut cursors);
    assert!(!cursors.is_at_end());
    // Nothing came of it, but others may have taken the room.
    let empty = || FetchAnswer { high_watermark: 10, end: 10, ..answer(Bytes::new()) };
    let ask = fetch_one(&mut cursors, 7, empty());
    assert!(!cursors.is_at_end());
    cursors.found_empty([ask].into_iter());
    assert!(cursors.is_at_end() && is_idle(&mut cursors));

    // Where transactions are open the broker holds back what is behind them.
    let mut cursors = stopping(Start::Offset(0), Stop::Offset(10));
    let ask = fetch_one(&mut cursors, 0, FetchAnswer { high_watermark: 12, end: 3, ..empty() });
    cursors.found_empty([ask].into_iter());
    assert!(!cursors.is_at_end());
}

#[test]
fn a_time_that_no_record_has_is_the_end_as_it_is() {
    let mut cursors = stopping(Start::Offset(0), Stop::Time(50));
    resolve(&mut cursors, 50, None);
    resolve(&mut cursors, LATEST, Some(3));
    assert_eq!(fetch(&mut cursors, at(0)).0[0].offset, 0);

    let mut cursors = stopping(Start::Time(20), Stop::Time(50));
    resolve(&mut cursors, 50, Some(9));
    resolve(&mut cursors, 20, Some(4));
    assert_eq!(fetch(&mut cursors, at(0)).0[0].offset, 4);
}

#[test]
fn a_range_that_begins_beyond_the_log_is_out_of_range() {
    let mut cursors = stopping(Start::Offset(4), Stop::Last);
    resolve(&mut cursors, LATEST, Some(3));
    let error = error(&mut cursors);
    assert_eq!(error.code(), Some(ErrorCode::OFFSET_OUT_OF_RANGE));
    assert!(error.to_string().contains("ends at 3"), "{error}");

    let restart = OutOfRange::Restart(Start::Last);
    let (start, stop) = (Start::Offset(4), Some(Stop::Last));
    let mut cursors = reading(Limits { start, stop, out_of_range: restart, ..limits() }, &[NODE]);
    resolve(&mut cursors, LATEST, Some(3));
    let Plan::Nothing(Some(then)) = cursors.plan(NODE, at(0)) else { panic!() };
    assert!(matches!(cursors.plan(NODE, then), Plan::Resolve(_)));

    // Before the first open transaction is not where the log ends.
    let committed = Limits { start, stop, read_committed: true, ..limits() };
    let mut cursors = reading(committed, &[NODE]);
    resolve(&mut cursors, LATEST, Some(3));
    assert!(cursors.is_at_end());
}

#[test]
fn every_partition_has_to_be_found_and_read() {
    let limits = Limits { stop: Some(Stop::Last), ..limits() };
    let mut cursors = Cursors::new(limits, 2);
    assert!(!cursors.is_at_end(), "nothing is known");
    cursors.learn(&topic(&[NODE]), None, at(0));
    cursors.found_topic();
    resolve(&mut cursors, LATEST, Some(0));
    assert!(!cursors.is_at_end(), "the other topic is not found");
    cursors.found_topic();
    assert!(cursors.is_at_end());
    // A partition that comes later had nothing in it then.
    cursors.learn(&topic(&[NODE, NODE]), None, at(0));
    assert!(cursors.is_at_end() && is_idle(&mut cursors));
}

#[test]
fn reading_without_a_stop_has_no_end() {
    let mut cursors = reading(limits(), &[NODE]);
    fetch_one(&mut cursors, 0, answer(batch(0, 100)));
    assert_eq!(read_all(&mut cursors)[0].bound, i64::MAX);
    assert!(!cursors.is_at_end());
}

#[test]
fn a_place_for_all_holds_for_those_that_are_not_found_yet() {
    let mut cursors = Cursors::new(limits(), 1);
    cursors.seek_all(Start::Offset(7));
    cursors.learn(&topic(&[NODE, NODE]), None, at(0));
    let (plans, budget) = fetch(&mut cursors, at(0));
    assert!(plans.iter().all(|plan| plan.offset == 7));
    settle(&mut cursors, &plans, budget);
    cursors.fetched(plans[0].ask, answer(batch(7, 3)), at(0));
    cursors.failed(plans[1].ask, out_of_range(), at(0));
    cursors.seek_all(Start::Offset(2));
    assert!(cursors.pop().is_none(), "records and errors are settled");
    assert_eq!(cursors.queue.bytes, 0);
    assert!(fetch(&mut cursors, at(0)).0.iter().all(|plan| plan.offset == 2));
}

#[test]
fn going_on_where_the_log_does_not_reach_is_no_way_on() {
    let restart = OutOfRange::Restart(Start::Offset(9));
    let mut cursors = reading(Limits { out_of_range: restart, ..limits() }, &[NODE]);
    let (plans, budget) = fetch(&mut cursors, at(0));
    settle(&mut cursors, &plans, budget);
    cursors.failed(plans[0].ask, out_of_range(), at(0));
    assert!(cursors.pop().is_none());
    let (plans, budget) = fetch(&mut cursors, at(1000));
    assert_eq!(plans[0].offset, 9);
    settle(&mut cursors, &plans, budget);
    cursors.failed(plans[0].ask, out_of_range(), at(1000));
    assert_eq!(error(&mut cursors).code(), Some(ErrorCode::OFFSET_OUT_OF_RANGE));
}

#[test]
fn an_offset_that_is_out_of_range_again_and_again_is_told_in_the_end() {
    let restart = OutOfRange::Restart(Start::First);
    let mut cursors = reading(Limits { out_of_range: restart, ..limits() }, &[NODE]);
    for second in 0..59 {
        let (plans, budget) = fetch(&mut cursors, at(second * 1000));
        settle(&mut cursors, &plans, budget);
        cursors.failed(plans[0].ask, out_of_range(), at(second * 1000));
        assert!(cursors.pop().is_none(), "{second}");
        let then = at(second * 1000 + 500);
        let Plan::Resolve(queries) = cursors.plan(NODE, then) else { panic!() };
        cursors.answered([queries[0].0].into_iter(), 0);
        cursors.resolved(queries[0].0, Ok(Some(3)), then);
    }
    let (plans, budget) = fetch(&mut cursors, at(60_000));
    settle(&mut cursors, &plans, budget);
    cursors.failed(plans[0].ask, out_of_range(), at(60_000));
    assert_eq!(error(&mut cursors).code(), Some(ErrorCode::OFFSET_OUT_OF_RANGE));
}

#[test]
fn what_was_fetched_before_the_log_was_cut_is_still_handed_out() {
    let restart = OutOfRange::Restart(Start::Offset(50));
    let mut cursors = reading(Limits { out_of_range: restart, ..limits() }, &[NODE]);
    fetch_one(&mut cursors, 0, answer(batch(0, 3)));
    let (plans, budget) = fetch(&mut cursors, at(0));
    settle(&mut cursors, &plans, budget);
    cursors.failed(plans[0].ask, out_of_range(), at(0));
    assert_eq!(read_all(&mut cursors).len(), 1);
    assert_eq!(fetch(&mut cursors, at(1000)).0[0].offset, 50);
}

fn with_id(id: u8, leaders: &[i32]) -> crate::cluster::TopicMetadata {
    crate::cluster::TopicMetadata { id: Uuid([id; 16]), ..topic(leaders) }
}

#[test]
fn a_topic_created_anew_is_another() {
    let mut cursors = Cursors::new(limits(), 1);
    cursors.learn(&with_id(1, &[NODE]), None, at(0));
    cursors.found_topic();
    cursors.learn(&with_id(2, &[NODE]), None, at(0));
    assert!(cursors.pop().is_none(), "who has read nothing misses nothing");
    fetch_one(&mut cursors, 0, answer(batch(0, 3)));
    let (late, budget) = fetch(&mut cursors, at(0));
    cursors.learn(&with_id(2, &[NODE]), None, at(0));
    cursors.learn(&with_id(3, &[NODE]), None, at(0));
    settle(&mut cursors, &late, budget);
    cursors.fetched(late[0].ask, answer(batch(3, 3)), at(0));
    assert!(matches!(cursors.pop(), Some(Queued::Fetched(fetched)) if fetched.from_offset == 0));
    let told = error(&mut cursors);
    assert_eq!(told.code(), Some(ErrorCode::OFFSET_OUT_OF_RANGE));
    assert!(told.to_string().contains("created anew"), "{told}");
    assert!(is_idle(&mut cursors));
    cursors.seek("topic", 0, Start::Offset(0)).unwrap();
    let (plans, _) = fetch(&mut cursors, at(0));
    assert_eq!((plans[0].offset, plans[0].topic_id), (0, Uuid([3; 16])));
}

#[test]
fn a_topic_created_anew_may_be_read_from_its_start() {
    let restart = OutOfRange::Restart(Start::First);
    let limits = Limits { out_of_range: restart, stop: Some(Stop::Last), ..limits() };
    let mut cursors = Cursors::new(limits, 1);
    cursors.learn(&with_id(1, &[NODE]), None, at(0));
    cursors.found_topic();
    resolve(&mut cursors, LATEST, Some(100));
    fetch_one(&mut cursors, 0, answer(batch(0, 3)));
    let (late, budget) = fetch(&mut cursors, at(0));
    cursors.learn(&with_id(2, &[NODE]), None, at(0));
    settle(&mut cursors, &late, budget);
    cursors.fetched(late[0].ask, answer(batch(3, 3)), at(0));
    assert_eq!(read_all(&mut cursors).len(), 1, "what was asked of the old one is dropped");
    // It has another end, too.
    let mut asked = Vec::new();
    for offset in [2, 0] {
        let Plan::Resolve(queries) = cursors.plan(NODE, at(1000)) else { panic!() };
        asked.push(queries[0].1.timestamp);
        cursors.answered([queries[0].0].into_iter(), 0);
        cursors.resolved(queries[0].0, Ok(Some(offset)), at(1000));
    }
    assert_eq!(asked, [LATEST, EARLIEST]);
    fetch_one(&mut cursors, 0, answer(batch(0, 3)));
    assert_eq!(read_all(&mut cursors)[0].bound, 2);
    assert!(cursors.is_at_end());
}

#[test]
fn a_partition_that_is_gone_or_without_a_leader_is_told_of_in_the_end() {
    for (leaders, code) in [
        (&[NODE, -1][..], ErrorCode::LEADER_NOT_AVAILABLE),
        (&[NODE][..], ErrorCode::UNKNOWN_TOPIC_OR_PARTITION),
    ] {
        let mut cursors = reading(limits(), &[NODE, NODE]);
        for second in 0..60 {
            cursors.learn(&topic(leaders), None, at(second * 1000));
            assert!(cursors.pop().is_none(), "{second}");
        }
        assert!(cursors.is_leaderless("topic"));
        cursors.learn(&topic(leaders), None, at(60_000));
        let error = error(&mut cursors);
        assert_eq!((error.code(), error.partition()), (Some(code), Some(1)));
        assert_eq!(fetch(&mut cursors, at(60_000)).0.len(), 1, "the other one is read");
        // It may come back.
        cursors.learn(&topic(&[NODE, NODE]), None, at(61_000));
        assert!(!cursors.is_leaderless("topic"));
    }
}

#[test]
fn topics_that_cannot_be_found_are_told_of() {
    let mut cursors = Cursors::new(limits(), 2);
    assert!(matches!(cursors.are_found(), Ok(false)));
    cursors.found_topic();
    assert!(matches!(cursors.are_found(), Ok(false)));
    let missing = Error::broker(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION, "looking up", None);
    cursors.cannot_look_up(missing.clone());
    cursors.cannot_look_up(missing);
    assert!(cursors.are_found().is_err());
    assert_eq!(error(&mut cursors).kind(), ErrorKind::Broker);
    assert!(cursors.pop().is_none(), "once, until it is heard");
    cursors.found_topic();
    assert!(matches!(cursors.are_found(), Ok(true)));
}

#[test]
fn little_room_is_no_reason_to_ask() {
    let mut cursors = reading(Limits { partition_bytes: 400, ..limits() }, &[NODE]);
    let mut offset = 0;
    while cursors.budget().is_some() {
        fetch_one(&mut cursors, offset, answer(batch(offset, 1)));
        offset += 1;
    }
    assert!(cursors.queue.room(2000) > 0 && is_idle(&mut cursors));
    read_all(&mut cursors);
    assert!(!is_idle(&mut cursors));
}

#[test]
fn what_happens_is_counted() {
    let mut cursors = reading(limits(), &[NODE]);
    let bytes = batch(0, 3);
    fetch_one(&mut cursors, 0, answer(bytes.clone()));
    fetch_one(&mut cursors, 3, answer(Bytes::new()));
    cursors.counters.answered(Duration::from_millis(3));
    cursors.counters.answered(Duration::from_millis(4));
    cursors.counters.failed(&Error::timeout("late"));
    cursors.counters.failed(&out_of_range());
    let counted = format!("{:?}", cursors.counters);
    let expected =
        format!("Counters {{ fetches: 2, bytes: {}, timeouts: 1, errors: 2, fetch_time: 7ms }}", bytes.len());
    assert_eq!(counted, expected);
}
