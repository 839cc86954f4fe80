use bytes::Bytes;
use ottla::protocol::fetch::{FetchTopic, ForgottenTopic};

use super::*;

const LIMITS: Limits = Limits { sessions: 2, partitions: 10 };

fn asks(session_id: i32, session_epoch: i32, partitions: &[(i32, i64)]) -> Request {
    let partitions = partitions.iter().map(|(partition, fetch_offset)| FetchPartition {
        partition: *partition,
        fetch_offset: *fetch_offset,
        ..FetchPartition::default()
    });
    let topic = FetchTopic { topic: "t".into(), partitions: partitions.collect(), ..FetchTopic::default() };
    Request { session_id, session_epoch, topics: vec![topic], ..Request::default() }
}

fn places(context: &Context) -> Vec<(i32, i64)> {
    context.asked.iter().map(|asked| (asked.partition.partition, asked.partition.fetch_offset)).collect()
}

/// Answers each partition: what is left for the client.
fn answer(sessions: &mut Sessions, context: &Context, records: &[i32]) -> Vec<i32> {
    let data = |asked: &Asked| PartitionData {
        partition_index: asked.partition.partition,
        high_watermark: 7,
        log_start_offset: 0,
        records: records.contains(&asked.partition.partition).then(|| Bytes::from_static(b"records")),
        ..PartitionData::default()
    };
    let mut answers = context.asked.iter().map(|asked| (asked.clone(), data(asked))).collect();
    sessions.leave(context, &mut answers);
    answers.iter().map(|(_, data)| data.partition_index).collect()
}

fn opened(sessions: &mut Sessions, partitions: &[(i32, i64)], now: i64) -> i32 {
    sessions.enter(&asks(0, 0, partitions), false, LIMITS, now).unwrap().session_id
}

#[test]
fn a_session_knows_what_was_asked_and_tells_what_changed() {
    let mut sessions = Sessions::default();
    let full = sessions.enter(&asks(0, 0, &[(0, 5), (1, 6)]), false, LIMITS, 0).unwrap();
    assert_eq!((full.session_id, full.incremental, places(&full)), (1, false, vec![(0, 5), (1, 6)]));
    assert_eq!(answer(&mut sessions, &full, &[]), [0, 1], "the first answer tells of all");
    let again = sessions.enter(&asks(1, 1, &[]), false, LIMITS, 0).unwrap();
    assert_eq!((again.incremental, places(&again)), (true, vec![(0, 5), (1, 6)]));
    assert_eq!(answer(&mut sessions, &again, &[]), [0; 0], "nothing is new");
    let changed = sessions.enter(&asks(1, 2, &[(0, 7), (2, 8)]), false, LIMITS, 0).unwrap();
    assert_eq!(places(&changed), [(0, 7), (1, 6), (2, 8)]);
    assert_eq!(answer(&mut sessions, &changed, &[0]), [0, 2], "records, and what is new");
    let mut forgetting = asks(1, 3, &[]);
    forgetting.forgotten_topics_data =
        vec![ForgottenTopic { topic: "t".into(), partitions: vec![1], ..ForgottenTopic::default() }];
    let forgotten = sessions.enter(&forgetting, false, LIMITS, 0).unwrap();
    assert_eq!(places(&forgotten), [(2, 8), (0, 7)], "who got records comes last");
}

#[test]
fn an_error_makes_the_next_answer_news() {
    let mut sessions = Sessions::default();
    let id = opened(&mut sessions, &[(0, 5)], 0);
    let mut context = sessions.enter(&asks(id, 1, &[]), false, LIMITS, 0).unwrap();
    answer(&mut sessions, &context, &[]);
    for epoch in [2, 3] {
        context = sessions.enter(&asks(id, epoch, &[]), false, LIMITS, 0).unwrap();
        let error = PartitionData { error_code: ErrorCode::KAFKA_STORAGE_ERROR, ..PartitionData::default() };
        let mut answers = vec![(context.asked[0].clone(), error)];
        sessions.leave(&context, &mut answers);
        assert_eq!(answers.len(), 1, "an error is told each time");
    }
    context = sessions.enter(&asks(id, 4, &[]), false, LIMITS, 0).unwrap();
    assert_eq!(answer(&mut sessions, &context, &[]), [0]);
}

#[test]
fn wrong_ids_and_epochs_are_refused() {
    let mut sessions = Sessions::default();
    let id = opened(&mut sessions, &[(0, 5)], 0);
    let mut enter = |session, epoch, by_id| {
        let context = sessions.enter(&asks(session, epoch, &[]), by_id, LIMITS, 0);
        context.map(|context| context.session_id)
    };
    assert_eq!(enter(id + 1, 1, false), Err(ErrorCode::FETCH_SESSION_ID_NOT_FOUND));
    assert_eq!(enter(id, 2, false), Err(ErrorCode::INVALID_FETCH_SESSION_EPOCH));
    assert_eq!(enter(id, 1, true), Err(ErrorCode::FETCH_SESSION_TOPIC_ID_ERROR));
    assert_eq!(enter(id, 1, false), Ok(id));
    assert_eq!(enter(id, 1, false), Err(ErrorCode::INVALID_FETCH_SESSION_EPOCH), "a repetition");
    assert_eq!(enter(id, -1, false), Ok(0), "the last epoch ends the session");
    assert_eq!(enter(id, 2, false), Err(ErrorCode::FETCH_SESSION_ID_NOT_FOUND));
}

#[test]
fn a_session_that_is_begun_anew_or_emptied_is_gone() {
    let mut sessions = Sessions::default();
    let id = opened(&mut sessions, &[(0, 5)], 0);
    let anew = sessions.enter(&asks(id, 0, &[(0, 5)]), false, LIMITS, 0).unwrap();
    assert_eq!((anew.session_id, sessions.count()), (id + 1, 1));
    let mut forgetting = asks(id + 1, 1, &[]);
    forgetting.forgotten_topics_data =
        vec![ForgottenTopic { topic: "t".into(), partitions: vec![0], ..ForgottenTopic::default() }];
    let empty = sessions.enter(&forgetting, false, LIMITS, 0).unwrap();
    assert_eq!((empty.session_id, sessions.count()), (0, 0));
}

#[test]
fn a_full_house_evicts_the_idle_then_the_small_and_else_nobody() {
    let mut sessions = Sessions::default();
    let (first, second) = (opened(&mut sessions, &[(0, 0)], 0), opened(&mut sessions, &[(0, 0), (1, 0)], 0));
    assert_eq!(opened(&mut sessions, &[(0, 0), (1, 0), (2, 0)], SAFE_FOR), 0, "both are new");
    sessions.enter(&asks(first, 1, &[]), false, LIMITS, SAFE_FOR).unwrap();
    assert_eq!(opened(&mut sessions, &[(0, 0)], SAFE_FOR + 1), 3);
    assert!(sessions.of(second).next().is_none(), "the idle one went");
    assert_eq!(opened(&mut sessions, &[(0, 0), (1, 0)], SAFE_FOR + 2), 4);
    assert!(sessions.of(first).next().is_none(), "the small old one went");
    assert_eq!(opened(&mut sessions, &[(0, 0); 1], SAFE_FOR + 3), 0);
    sessions.evict_all();
    assert_eq!(opened(&mut sessions, &[], 0), 0, "nothing to remember");
    let many: Vec<_> = (0..11).map(|index| (index, 0)).collect();
    assert_eq!(opened(&mut sessions, &many, 0), 0, "too much to remember");
}
