//! Faults on command, as a client meets them.

#![allow(clippy::unwrap_used, reason = "a failed step is a failed test")]

mod peer;

use std::time::Duration;

use ottla::protocol::{
    ErrorCode, api_versions, create_partitions, create_topics, delete_topics, fetch, find_coordinator,
    init_producer_id, list_offsets, metadata, produce,
};
use ottla_broker::{
    Broker, BrokerConfig,
    faults::{Api, Change},
};
use peer::{Peer, batch, broker, cluster, expect, fetch_request, opened, produce_request, stamped};
use tokio::time::Instant;

const MUCH: Duration = Duration::from_secs(30);

async fn with_topic() -> (Broker, Peer) {
    let broker = cluster(1);
    broker.create_topic("t", 2).unwrap();
    let peer = Peer::connect(&broker, 1).await;
    (broker, peer)
}

fn three() -> Broker {
    broker(BrokerConfig { nodes: 3, default_replicas: 3, ..BrokerConfig::default() })
}

async fn write(peer: &mut Peer, value: &str) -> ErrorCode {
    peer.produce(9, "t", batch(&[value])).await.error_code
}

#[tokio::test]
async fn a_rule_strikes_after_it_has_let_pass_and_as_often_as_it_says() {
    let (broker, mut peer) = with_topic().await;
    let fault = broker.faults().on(Api::Produce).skip(1).times(2).error(ErrorCode::REQUEST_TIMED_OUT);
    let mut codes = Vec::new();
    for value in ["a", "b", "c", "d"] {
        codes.push(write(&mut peer, value).await);
    }
    let (fails, works) = (ErrorCode::REQUEST_TIMED_OUT, ErrorCode::NONE);
    assert_eq!(codes, [works, fails, fails, works]);
    assert_eq!((fault.strikes(), fault.is_spent(), broker.log_end("t", 0)), (2, true, Some(2)));
}

#[tokio::test]
async fn a_rule_without_a_number_holds_until_it_is_removed() {
    let (broker, mut peer) = with_topic().await;
    let fault = broker.faults().on_any().error(ErrorCode::REQUEST_TIMED_OUT);
    for _ in 0..3 {
        assert_eq!(write(&mut peer, "a").await, ErrorCode::REQUEST_TIMED_OUT);
    }
    fault.remove();
    assert_eq!(write(&mut peer, "a").await, ErrorCode::NONE);
    broker.faults().on_any().error(ErrorCode::REQUEST_TIMED_OUT);
    broker.faults().clear();
    assert_eq!(write(&mut peer, "a").await, ErrorCode::NONE);
    assert_eq!((fault.strikes(), fault.is_spent()), (3, false));
}

#[tokio::test]
async fn a_rule_strikes_only_what_it_names() {
    let broker = three();
    broker.create_topic("t", 2).unwrap();
    broker.create_topic("u", 2).unwrap();
    broker.move_leader("t", 0, 1).unwrap();
    let mut peer = Peer::connect(&broker, 1).await;
    let faults = broker.faults();
    let code = ErrorCode::KAFKA_STORAGE_ERROR;
    let elsewhere = [
        faults.on(Api::Fetch).error(code),
        faults.on(Api::Produce).node(2).error(code),
        faults.on(Api::Produce).client("another").error(code),
        faults.on(Api::Produce).topic("u").error(code),
        faults.on(Api::Produce).partition(1).error(code),
    ];
    assert_eq!(write(&mut peer, "a").await, ErrorCode::NONE);
    assert!(elsewhere.iter().all(|fault| fault.strikes() == 0));
    faults.on(Api::Produce).node(1).client("peer").topic("t").partition(0).error(code);
    assert_eq!(write(&mut peer, "a").await, code);
}

#[tokio::test]
async fn one_partition_fails_and_the_others_work() {
    let (broker, mut peer) = with_topic().await;
    broker.faults().on(Api::Produce).topic("t").partition(1).error(ErrorCode::NOT_LEADER_OR_FOLLOWER);
    let mut request = produce_request("t", -1, batch(&["a"]));
    let mut other = request.topic_data[0].partition_data[0].clone();
    other.index = 1;
    request.topic_data[0].partition_data.push(other);
    let response = peer.call(9, &request).await;
    let codes: Vec<_> = response.responses[0].partition_responses.iter().map(|it| it.error_code).collect();
    assert_eq!(codes, [ErrorCode::NONE, ErrorCode::NOT_LEADER_OR_FOLLOWER]);
    assert_eq!((broker.log_end("t", 0), broker.log_end("t", 1)), (Some(1), Some(0)));
}

#[tokio::test]
async fn an_error_after_the_work_leaves_it_done() {
    let (broker, mut peer) = with_topic().await;
    broker.faults().on(Api::Produce).error_after(ErrorCode::NOT_ENOUGH_REPLICAS_AFTER_APPEND);
    assert_eq!(write(&mut peer, "a").await, ErrorCode::NOT_ENOUGH_REPLICAS_AFTER_APPEND);
    assert_eq!(broker.log_end("t", 0), Some(1));
}

#[tokio::test]
async fn every_api_fails_on_command() {
    let (broker, mut peer) = with_topic().await;
    let code = ErrorCode::POLICY_VIOLATION;
    let fault = broker.faults().on_any().error(code);
    let named = |name: &str| metadata::RequestTopic { name: Some(name.into()), ..Default::default() };
    let mut codes = vec![
        peer.call(3, &api_versions::Request::default()).await.error_code,
        peer.call(4, &init_producer_id::Request::default()).await.error_code,
        peer.fetch(12, "t", 0).await.error_code,
        peer.produce(9, "t", batch(&["a"])).await.error_code,
    ];
    let request = metadata::Request { topics: Some(vec![named("t")]), ..Default::default() };
    codes.push(peer.call(12, &request).await.topics[0].error_code);
    codes.push(peer.call(12, &metadata::Request::default()).await.topics[0].error_code);
    for version in [3, 4] {
        let request = find_coordinator::Request {
            key: "g".into(),
            coordinator_keys: vec!["g".into()],
            ..Default::default()
        };
        let response = peer.call(version, &request).await;
        codes.push(response.coordinators.first().map_or(response.error_code, |it| it.error_code));
    }
    let partition = list_offsets::RequestPartition { timestamp: -1, ..Default::default() };
    let topics = vec![list_offsets::RequestTopic { name: "t".into(), partitions: vec![partition] }];
    let request = list_offsets::Request { topics, ..Default::default() };
    codes.push(peer.call(7, &request).await.topics[0].partitions[0].error_code);
    let new = create_topics::CreatableTopic { name: "new".into(), num_partitions: 1, ..Default::default() };
    let request = create_topics::Request { topics: vec![new], ..Default::default() };
    codes.push(peer.call(7, &request).await.topics[0].error_code);
    let grown = create_partitions::PartitionsTopic { name: "t".into(), count: 9, ..Default::default() };
    let request = create_partitions::Request { topics: vec![grown], ..Default::default() };
    codes.push(peer.call(3, &request).await.results[0].error_code);
    let request = delete_topics::Request { topic_names: vec!["t".into()], ..Default::default() };
    codes.push(peer.call(5, &request).await.responses[0].error_code);
    let topic = delete_topics::DeleteTopic { name: None, topic_id: broker.topics()[0].id };
    let request = delete_topics::Request { topics: vec![topic], ..Default::default() };
    codes.push(peer.call(6, &request).await.responses[0].error_code);
    assert_eq!(codes, vec![code; codes.len()]);
    assert_eq!(fault.strikes(), codes.len() as u64);
    assert_eq!((broker.topics().len(), broker.log_end("t", 0)), (1, Some(0)), "nothing was done");
}

#[tokio::test]
async fn whole_errors_and_errors_of_partitions_are_different_things() {
    let (broker, mut peer) = with_topic().await;
    let whole = broker.faults().on(Api::Fetch).times(1).whole_error(ErrorCode::FETCH_SESSION_ID_NOT_FOUND);
    let response = peer.call(12, &fetch_request("t", 0)).await;
    assert_eq!(response.error_code, ErrorCode::FETCH_SESSION_ID_NOT_FOUND);
    assert!(response.responses.is_empty() && whole.is_spent());
    broker.faults().on(Api::Metadata).topic("t").partition(1).error(ErrorCode::LEADER_NOT_AVAILABLE);
    let topic = peer.call(12, &metadata::Request::default()).await.topics.remove(0);
    let told: Vec<_> = topic.partitions.iter().map(|it| (it.error_code, it.leader_id)).collect();
    assert_eq!(topic.error_code, ErrorCode::NONE);
    assert_eq!(told, [(ErrorCode::NONE, 1), (ErrorCode::LEADER_NOT_AVAILABLE, -1)]);
}

#[tokio::test(start_paused = true)]
async fn delays_take_the_time_of_the_runtime() {
    let (broker, mut peer) = with_topic().await;
    let faults = broker.faults();
    faults.on(Api::Produce).times(1).delay_request(MUCH);
    faults.on(Api::Produce).skip(1).times(1).delay_response(MUCH);
    for (appended_meanwhile, value) in [(false, "a"), (true, "b")] {
        let started = Instant::now();
        let before = broker.log_end("t", 0);
        peer.send(9, &produce_request("t", -1, batch(&[value]))).await;
        tokio::time::sleep(MUCH / 2).await;
        assert_eq!(broker.log_end("t", 0) > before, appended_meanwhile);
        peer.take::<produce::Request>(9).await;
        assert_eq!(started.elapsed().as_secs(), MUCH.as_secs());
    }
}

#[tokio::test(start_paused = true)]
async fn throttling_is_told_and_the_connection_muted() {
    let (broker, mut peer) = with_topic().await;
    broker.faults().on(Api::Produce).times(1).throttle(MUCH);
    let started = Instant::now();
    let response = peer.call(9, &produce_request("t", -1, batch(&["a"]))).await;
    assert_eq!(response.throttle_time_ms, 30_000);
    assert!(started.elapsed() < MUCH, "the answer itself is not held back");
    write(&mut peer, "b").await;
    assert!(started.elapsed() >= MUCH);
    broker.faults().on(Api::Fetch).times(1).throttle_without_muting(MUCH);
    let started = Instant::now();
    assert_eq!(peer.call(12, &fetch_request("t", 0)).await.throttle_time_ms, 30_000);
    write(&mut peer, "c").await;
    assert!(started.elapsed() < MUCH);
}

#[tokio::test(start_paused = true)]
async fn exchanges_end_in_every_way() {
    let broker = cluster(1);
    broker.create_topic("t", 1).unwrap();
    let faults = broker.faults();
    let on = || faults.on(Api::Produce).times(1);
    type Make<'a> = &'a dyn Fn() -> ottla_broker::faults::Fault;
    // Whether it is handled, and whether the connection ends.
    let ways: [(Make<'_>, bool, bool); 4] = [
        (&|| on().cut_request(), false, true),
        (&|| on().cut_response(), true, true),
        (&|| on().drop_request(), false, false),
        (&|| on().drop_response(), true, false),
    ];
    for (make, handled, ends) in ways {
        let fault = make();
        let before = broker.log_end("t", 0).unwrap();
        let mut peer = Peer::connect(&broker, 1).await;
        peer.send(9, &produce_request("t", -1, batch(&["a"]))).await;
        peer.send(9, &produce_request("t", -1, batch(&["b"]))).await;
        let end = tokio::time::timeout(MUCH / 4, peer.frame()).await;
        assert_eq!(end.ok(), ends.then_some(None), "{fault:?}");
        assert_eq!(broker.log_end("t", 0).unwrap() - before, i64::from(handled), "{fault:?}");
        assert_eq!(fault.strikes(), 1);
    }
    broker.close().await; // The silent connections do not hold it up.
}

#[tokio::test]
async fn answers_come_in_halves_and_garbled() {
    let (broker, mut peer) = with_topic().await;
    broker.faults().on(Api::Produce).times(1).garble_response();
    let request = produce_request("t", -1, batch(&["a"]));
    peer.send(9, &request).await;
    let garbled = peer.frame().await.unwrap();
    let whole = {
        peer.send(9, &request).await;
        peer.frame().await.unwrap()
    };
    assert_eq!((garbled.len(), &garbled[..4]), (whole.len(), &1_i32.to_be_bytes()[..]));
    assert_ne!(garbled[4..], whole[4..]);
    broker.faults().on(Api::Produce).times(1).halve_response();
    peer.send(9, &request).await;
    assert_eq!(peer.frame().await, None);
    assert_eq!(peer.unread(), (4 + whole.len()) / 2);
    assert_eq!(broker.log_end("t", 0), Some(3));
}

#[tokio::test]
async fn leaders_move_in_the_middle_of_a_request() {
    let broker = three();
    broker.create_topic("t", 1).unwrap();
    let mut peer = Peer::connect(&broker, 1).await;
    let before = broker.faults().on(Api::Produce).times(1).change_before(Change::MoveLeader(2));
    assert_eq!(write(&mut peer, "a").await, ErrorCode::NOT_LEADER_OR_FOLLOWER);
    let mut peer = Peer::connect(&broker, 2).await;
    let after = broker.faults().on(Api::Produce).times(1).change_after(Change::MoveLeader(3));
    assert_eq!(write(&mut peer, "a").await, ErrorCode::NONE);
    assert_eq!(write(&mut peer, "b").await, ErrorCode::NOT_LEADER_OR_FOLLOWER);
    assert_eq!((before.strikes(), after.strikes()), (1, 1));
    assert_eq!((broker.topics()[0].leaders[0], broker.log_end("t", 0)), (3, Some(1)));
}

#[tokio::test]
async fn a_node_goes_down_and_comes_up_again() {
    let broker = three();
    broker.create_topic("t", 1).unwrap();
    let mut at_1 = Peer::connect(&broker, 1).await;
    write(&mut at_1, "a").await;
    broker.stop_node(1);
    assert_eq!(at_1.frame().await, None, "connections are cut");
    assert_eq!(Peer::connect(&broker, 1).await.frame().await, None, "and refused");
    let mut at_2 = Peer::connect(&broker, 2).await;
    let told = at_2.call(12, &metadata::Request::default()).await;
    let brokers: Vec<_> = told.brokers.iter().map(|it| it.node_id).collect();
    let partition = &told.topics[0].partitions[0];
    assert_eq!((brokers, told.controller_id), (vec![2, 3], 2));
    assert_eq!((partition.leader_id, partition.leader_epoch), (2, 1));
    assert_eq!((&partition.isr_nodes[..], &partition.offline_replicas[..]), (&[2, 3][..], &[1][..]));
    assert_eq!(write(&mut at_2, "b").await, ErrorCode::NONE);
    broker.stop_node(2);
    broker.stop_node(3);
    broker.start_node(2);
    broker.start_node(1);
    let mut at_1 = Peer::connect(&broker, 1).await;
    let told = at_1.call(12, &metadata::Request::default()).await;
    assert_eq!((told.brokers.len(), told.topics[0].partitions[0].leader_id), (2, 2));
    assert_eq!(broker.log_end("t", 0), Some(2));
}

#[tokio::test]
async fn a_partition_of_a_dead_node_alone_has_no_leader() {
    let broker = cluster(2);
    broker.create_topic("t", 2).unwrap();
    broker.stop_node(1);
    let mut peer = Peer::connect(&broker, 2).await;
    let told = peer.call(12, &metadata::Request::default()).await.topics.remove(0);
    let leaders: Vec<_> = told.partitions.iter().map(|it| (it.error_code, it.leader_id)).collect();
    assert_eq!(leaders, [(ErrorCode::LEADER_NOT_AVAILABLE, -1), (ErrorCode::NONE, 2)]);
    assert_eq!(write(&mut peer, "a").await, ErrorCode::NOT_LEADER_OR_FOLLOWER);
}

#[tokio::test]
async fn an_isolated_node_still_leads() {
    let broker = three();
    broker.create_topic("t", 1).unwrap();
    broker.isolate_node(1);
    assert_eq!(Peer::connect(&broker, 1).await.frame().await, None);
    let mut peer = Peer::connect(&broker, 2).await;
    let told = peer.call(12, &metadata::Request::default()).await;
    assert_eq!((told.brokers.len(), told.topics[0].partitions[0].leader_id), (3, 1));
    broker.start_node(1);
    assert_eq!(write(&mut Peer::connect(&broker, 1).await, "a").await, ErrorCode::NONE);
}

#[tokio::test]
async fn an_unclean_election_loses_the_end_of_the_log() {
    let broker = three();
    broker.create_topic("t", 1).unwrap();
    let mut peer = Peer::connect(&broker, 1).await;
    for sequence in [0, 2, 4] {
        peer.produce(9, "t", stamped(&["a", "b"], 7, 0, sequence)).await;
    }
    assert_eq!(broker.elect_unclean("t", 0, 2, 3), Ok(2), "whole batches only");
    let mut peer = Peer::connect(&broker, 2).await;
    assert_eq!(
        peer.produce(9, "t", stamped(&["c"], 7, 0, 4)).await.error_code,
        ErrorCode::OUT_OF_ORDER_SEQUENCE_NUMBER
    );
    assert_eq!(peer.produce(9, "t", stamped(&["c"], 7, 0, 2)).await.base_offset, 2);
    assert_eq!(opened(&peer.fetch(12, "t", 0).await), expect(0, &["a", "b", "c"]));
    assert_eq!(broker.elect_unclean("t", 0, 4, 0), Err(ErrorCode::REPLICA_NOT_AVAILABLE));
}

#[tokio::test]
async fn logs_part_where_an_epoch_ends() {
    let broker = three();
    broker.create_topic("t", 1).unwrap();
    write(&mut Peer::connect(&broker, 1).await, "a").await; // epoch 0, offset 0
    write(&mut Peer::connect(&broker, 1).await, "b").await;
    broker.elect_unclean("t", 0, 2, 1).unwrap();
    let mut peer = Peer::connect(&broker, 2).await;
    write(&mut peer, "c").await; // epoch 1, offset 1
    let mut request = fetch_request("t", 2);
    request.max_wait_ms = 1_000_000;
    request.min_bytes = 1;
    for (last, offset, parts) in [(0, 2, (0, 1)), (0, 1, (-1, -1)), (0, 0, (-1, -1))] {
        let partition = &mut request.topics[0].partitions[0];
        (partition.last_fetched_epoch, partition.fetch_offset) = (last, offset);
        let data = peer.call(12, &request).await.responses[0].partitions[0].clone();
        assert_eq!(data.error_code, ErrorCode::NONE);
        assert_eq!((data.diverging_epoch.epoch, data.diverging_epoch.end_offset), parts);
        assert_eq!(data.records.is_none_or(|records| records.is_empty()), parts != (-1, -1));
    }
    request.topics[0].partitions[0].last_fetched_epoch = 9;
    let data = peer.call(12, &request).await.responses[0].partitions[0].clone();
    assert_eq!(data.error_code, ErrorCode::OFFSET_OUT_OF_RANGE);
}

#[tokio::test]
async fn producers_are_forgotten_and_fenced() {
    let broker = broker(BrokerConfig::default().emulate("2.4").unwrap());
    broker.create_topic("t", 1).unwrap();
    let mut peer = Peer::connect(&broker, 1).await;
    let mut produce = async |sequence| peer.produce(8, "t", stamped(&["a"], 7, 0, sequence)).await.error_code;
    assert_eq!(produce(0).await, ErrorCode::NONE);
    broker.forget_producers("t", 0).unwrap();
    assert_eq!(produce(1).await, ErrorCode::UNKNOWN_PRODUCER_ID);
    assert_eq!(produce(0).await, ErrorCode::NONE);
    broker.fence_producers("t", 0).unwrap();
    assert_eq!(produce(1).await, ErrorCode::INVALID_PRODUCER_EPOCH);
    assert_eq!(broker.forget_producers("t", 1), Err(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION));
}

#[tokio::test]
async fn a_topic_is_deleted_and_recreated_in_the_middle_of_a_request() {
    let (broker, mut peer) = with_topic().await;
    write(&mut peer, "a").await;
    let id = broker.topics()[0].id;
    broker.faults().on(Api::Produce).topic("t").times(1).change_after(Change::RecreateTopic);
    assert_eq!(write(&mut peer, "b").await, ErrorCode::NONE);
    assert_ne!(broker.topics()[0].id, id);
    assert_eq!(broker.topics()[0].offsets, [(0, 0), (0, 0)]);
    broker.faults().on(Api::Fetch).topic("t").times(1).change_before(Change::DeleteTopic);
    assert_eq!(peer.fetch(12, "t", 0).await.error_code, ErrorCode::UNKNOWN_TOPIC_OR_PARTITION);
    assert!(broker.topics().is_empty());
}

#[tokio::test]
async fn a_waiting_fetch_hears_of_a_new_epoch() {
    let (broker, mut peer) = with_topic().await;
    let mut request = fetch::Request { max_wait_ms: 1_000_000, min_bytes: 1, ..fetch_request("t", 0) };
    request.topics[0].partitions[0].current_leader_epoch = 0;
    peer.send(12, &request).await;
    tokio::task::yield_now().await;
    broker.bump_leader_epoch("t", 0).unwrap();
    let data = peer.take::<fetch::Request>(12).await.responses[0].partitions[0].clone();
    assert_eq!(data.error_code, ErrorCode::FENCED_LEADER_EPOCH);
    assert_eq!((data.current_leader.leader_id, data.current_leader.leader_epoch), (1, 1));
}
