//! Every kind of fault at every API that Writers and Readers use.

use crate::{
    judge::Told,
    scene::{TOPIC, broker, client, judge, play, read, rule, send, writer},
};
use ottla_broker::faults::{Api, Change, Fault, Rule};
use std::{sync::Arc, time::Duration};

/// What a Writer and a Reader ask for.
const APIS: [Api; 6] =
    [Api::ApiVersions, Api::Metadata, Api::InitProducerId, Api::Produce, Api::ListOffsets, Api::Fetch];

const RECORDS: usize = 60;
const SHORT: Duration = Duration::from_millis(700);
/// Longer than the client waits for an answer.
const LONG: Duration = Duration::from_secs(8);

type Make = fn(Rule) -> Fault;

const KINDS: [(&str, Make); 22] = [
    ("a request that is a little late", |rule| rule.delay_request(SHORT)),
    ("an answer that is a little late", |rule| rule.delay_response(SHORT)),
    ("a request that is too late", |rule| rule.delay_request(LONG)),
    ("an answer that is too late", |rule| rule.delay_response(LONG)),
    ("a lost request", Rule::drop_request),
    ("a lost answer", Rule::drop_response),
    ("a connection that ends before the work", Rule::cut_request),
    ("a connection that ends after the work", Rule::cut_response),
    ("half an answer", Rule::halve_response),
    ("throttling", |rule| rule.throttle(SHORT)),
    ("long throttling", |rule| rule.throttle(LONG)),
    ("throttling on trust", |rule| rule.throttle_without_muting(SHORT)),
    ("a move before the work", |rule| rule.topic(TOPIC).change_before(Change::MoveLeader(2))),
    ("a move after the work", |rule| rule.topic(TOPIC).change_after(Change::MoveLeader(3))),
    ("an election before the work", |rule| rule.change_before(Change::BumpLeaderEpoch)),
    ("an election after the work", |rule| rule.change_after(Change::BumpLeaderEpoch)),
    ("a node that goes down before the work", |rule| rule.change_before(Change::StopNode(1))),
    ("a node that goes down after the work", |rule| rule.change_after(Change::StopNode(1))),
    ("a node that nobody reaches", |rule| rule.change_before(Change::IsolateNode(1))),
    ("the same after the work", |rule| rule.change_after(Change::IsolateNode(1))),
    ("forgotten producers", |rule| rule.change_before(Change::ForgetProducers)),
    ("fenced producers", |rule| rule.change_before(Change::FenceProducers)),
];

/// Writes in two goes, and reads, with a fault that strikes twice, `skip` requests after the first.
async fn survive(what: &str, api: Api, make: Make, skip: u64) {
    let broker = broker(2);
    let client = client(&broker);
    let fault = make(rule(&broker.faults(), Some(api)).skip(skip).times(2));
    // An isolated node comes back, or the leader that it is would never answer.
    let back = broker.clone();
    let coming_back = tokio::spawn(async move {
        loop {
            tokio::time::sleep(Duration::from_secs(30)).await;
            back.start_node(1);
        }
    });
    let writer = Arc::new(writer(&client).build().unwrap());
    let pause = || Duration::from_millis(20);
    let sending = (0..2).map(|partition| send(Arc::clone(&writer), partition, 0..RECORDS, pause));
    let outcomes = futures::future::join_all(sending).await;
    for (partition, outcomes) in (0..).zip(outcomes) {
        for outcome in &outcomes {
            assert!(outcome.is_ok(), "{what}: {outcome:?}");
        }
        let told: Vec<_> = outcomes.iter().map(Told::of).collect();
        let log = judge(&broker, partition, &told, what).await;
        let seen = read(&client, partition, RECORDS as i64).await;
        assert_eq!(seen.unwrap_or_else(|error| panic!("{what}: {error:?}")), log, "{what}");
    }
    assert!(fault.strikes() > 0, "{what}: it did not happen");
    coming_back.abort();
    client.close().await;
    broker.close().await;
}

/// An API that is asked once or twice only is struck at its first request, the others later too.
fn skips(api: Api) -> &'static [u64] {
    match api {
        Api::Produce | Api::Fetch => &[0, 3],
        _ => &[0],
    }
}

#[test]
fn every_kind_at_every_api_is_survived_without_loss_or_repetition() {
    for (kind, make) in KINDS {
        for api in APIS {
            // Who is about to speak of no topic cannot be told to change one.
            let topicless = matches!(api, Api::ApiVersions | Api::InitProducerId);
            if topicless && (kind.contains("move") || kind.contains("election") || kind.contains("producers"))
            {
                continue;
            }
            for skip in skips(api) {
                let what = format!("{kind} at {api:?}, after {skip}");
                play(&what, survive(&what, api, make, *skip));
            }
        }
    }
}

#[test]
fn what_a_client_cannot_read_is_survived_too() {
    for api in APIS {
        let what = format!("garbage at {api:?}");
        play(&what, survive(&what, api, Rule::garble_response, 0));
    }
}
