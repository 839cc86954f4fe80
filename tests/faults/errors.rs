//! Every error code: final ones are told with the broker's reason, retriable ones are not told.

use crate::{
    judge::Told,
    scene::{TOPIC, broker, client, judge, play, read, rule, send, writer},
};
use ottla::{Retry, protocol::ErrorCode};
use ottla_broker::{
    Broker,
    faults::{Api, Rule},
};
use std::{sync::Arc, time::Duration};

const RECORDS: usize = 30;

fn retriable() -> impl Iterator<Item = ErrorCode> {
    ErrorCode::all().filter(|code| code.is_retriable())
}

/// Writes and reads with a rule that is made before, and expects not to notice.
async fn unnoticed(what: &str, make: impl FnOnce(&Broker) -> ottla_broker::faults::Fault) {
    let broker = broker(1);
    let client = client(&broker);
    let fault = make(&broker);
    let writer = Arc::new(writer(&client).build().unwrap());
    let outcomes = send(writer, 0, 0..RECORDS, || Duration::from_millis(20)).await;
    for outcome in &outcomes {
        assert!(outcome.is_ok(), "{what}: {outcome:?}");
    }
    let told: Vec<_> = outcomes.iter().map(Told::of).collect();
    let log = judge(&broker, 0, &told, what).await;
    let seen = read(&client, 0, RECORDS as i64).await;
    assert_eq!(seen.unwrap_or_else(|error| panic!("{what}: {error:?}")), log, "{what}");
    assert!(fault.strikes() > 0, "{what}: it did not happen");
    client.close().await;
    broker.close().await;
}

#[test]
fn retriable_errors_of_partitions_are_not_told() {
    for code in retriable() {
        for api in [Api::Produce, Api::Fetch, Api::ListOffsets, Api::Metadata] {
            let what = format!("{code:?} at {api:?}");
            let make = |broker: &Broker| rule(&broker.faults(), Some(api)).topic(TOPIC).times(2).error(code);
            play(&what, unnoticed(&what, make));
        }
    }
}

#[test]
fn retriable_errors_after_the_work_write_nothing_twice() {
    for code in retriable() {
        let what = format!("{code:?} after the work");
        let make = |broker: &Broker| rule(&broker.faults(), Some(Api::Produce)).times(2).error_after(code);
        play(&what, unnoticed(&what, make));
    }
}

#[test]
fn sessions_that_the_broker_has_dropped_are_not_told() {
    let codes = [
        ErrorCode::FETCH_SESSION_ID_NOT_FOUND,
        ErrorCode::INVALID_FETCH_SESSION_EPOCH,
        ErrorCode::FETCH_SESSION_TOPIC_ID_ERROR,
    ];
    for code in codes {
        let what = format!("{code:?} as a whole");
        let make =
            |broker: &Broker| rule(&broker.faults(), Some(Api::Fetch)).skip(1).times(2).whole_error(code);
        play(&what, unnoticed(&what, make));
    }
}

#[test]
fn a_producer_that_the_broker_has_lost_goes_on_under_another_id() {
    let codes = [
        ErrorCode::OUT_OF_ORDER_SEQUENCE_NUMBER,
        ErrorCode::UNKNOWN_PRODUCER_ID,
        ErrorCode::INVALID_PRODUCER_EPOCH,
        ErrorCode::INVALID_PRODUCER_ID_MAPPING,
    ];
    for code in codes {
        let what = format!("{code:?}");
        let make = |broker: &Broker| rule(&broker.faults(), Some(Api::Produce)).skip(1).times(1).error(code);
        play(&what, unnoticed(&what, make));
    }
}

/// Whether the client does something else about a code than telling it.
fn is_treated(code: ErrorCode) -> bool {
    code.is_ok()
        || code.is_retriable()
        || [
            ErrorCode::OUT_OF_ORDER_SEQUENCE_NUMBER,
            ErrorCode::UNKNOWN_PRODUCER_ID,
            ErrorCode::INVALID_PRODUCER_EPOCH,
            ErrorCode::INVALID_PRODUCER_ID_MAPPING,
            ErrorCode::DUPLICATE_SEQUENCE_NUMBER, // It would be a lie.
            ErrorCode::MESSAGE_TOO_LARGE,         // The batch is divided,
            ErrorCode::RECORD_LIST_TOO_LARGE,     // until only records are too large.
            ErrorCode::UNSUPPORTED_FOR_MESSAGE_FORMAT, // Sent again without numbers.
        ]
        .contains(&code)
}

#[test]
fn final_errors_of_writing_are_told_with_the_brokers_reason() {
    for code in ErrorCode::all().filter(|code| !is_treated(*code)) {
        let what = format!("{code:?} at Produce");
        play(&what, async {
            let broker = broker(1);
            let client = client(&broker);
            let fault = rule(&broker.faults(), Some(Api::Produce)).times(1).error(code);
            let writer = Arc::new(writer(&client).build().unwrap());
            let outcomes = send(writer, 0, 0..RECORDS, || Duration::from_millis(20)).await;
            let told: Vec<_> = outcomes.iter().map(Told::of).collect();
            let errors: Vec<_> = outcomes.iter().filter_map(|outcome| outcome.as_ref().err()).collect();
            assert!(!errors.is_empty() && errors.len() < RECORDS, "{what}: {} fail", errors.len());
            for error in errors {
                assert_eq!((error.code(), error.retry()), (Some(code), Retry::Never), "{what}");
                assert_eq!((error.topic(), error.partition()), (Some(TOPIC), Some(0)), "{what}");
                assert!(error.to_string().contains(&code.to_string()), "{what}: {error}");
            }
            judge(&broker, 0, &told, &what).await;
            assert_eq!(fault.strikes(), 1);
            broker.close().await;
        });
    }
}

#[test]
fn final_errors_of_reading_are_told_with_the_brokers_reason() {
    let codes = [ErrorCode::TOPIC_AUTHORIZATION_FAILED, ErrorCode::UNKNOWN_SERVER_ERROR];
    for api in [Api::Metadata, Api::ListOffsets, Api::Fetch] {
        for code in codes {
            let what = format!("{code:?} at {api:?}");
            play(&what, async {
                let broker = broker(1);
                let client = client(&broker);
                let writer = Arc::new(writer(&client).build().unwrap());
                send(writer, 0, 0..RECORDS, Duration::default).await;
                client.close().await;
                let client = crate::scene::client(&broker);
                let fault = rule(&broker.faults(), Some(api)).topic(TOPIC).error(code);
                let error = read(&client, 0, RECORDS as i64).await.unwrap_err();
                assert_eq!((error.code(), error.topic()), (Some(code), Some(TOPIC)), "{what}: {error:?}");
                assert!(fault.strikes() > 0);
                client.close().await;
                broker.close().await;
            });
        }
    }
}

#[test]
fn a_producer_without_permission_hears_why() {
    let code = ErrorCode::CLUSTER_AUTHORIZATION_FAILED;
    play("no permission", async {
        let broker = broker(1);
        let client = client(&broker);
        let fault = rule(&broker.faults(), Some(Api::InitProducerId)).error(code);
        let writer = Arc::new(writer(&client).idempotent(true).build().unwrap());
        let outcomes = send(writer, 0, 0..1, Duration::default).await;
        let error = outcomes[0].as_ref().unwrap_err();
        assert_eq!((error.code(), error.is_not_sent()), (Some(code), true), "{error:?}");
        assert!(fault.strikes() > 0);
        broker.close().await;
    });
}

#[test]
fn a_rule_as_the_scene_makes_them_strikes_one_client_only() {
    play("two clients", async {
        let broker = broker(1);
        let rules: fn(Rule) -> _ = Rule::cut_request;
        let fault = rules(rule(&broker.faults(), None));
        crate::scene::log(&broker, 0).await;
        assert_eq!(fault.strikes(), 0);
        assert!(client(&broker).brokers().await.is_err());
        assert!(fault.strikes() > 0);
        broker.close().await;
    });
}
