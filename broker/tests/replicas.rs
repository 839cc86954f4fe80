//! What the fetching of followers, sessions and epochs shows on the wire.

#![allow(clippy::unwrap_used, reason = "a failed step is a failed test")]

mod peer;

use ottla::protocol::{ErrorCode, fetch, metadata, offset_for_leader_epoch as epochs, produce};
use ottla_broker::{
    Broker, BrokerConfig,
    faults::{Api, Change},
};
use peer::{Peer, batch, broker, cluster, expect, fetch_request, opened, produce_request};

/// Three nodes, each in a rack of its name, and a topic that node 1 leads and all have.
fn racks() -> Broker {
    let racks = ["one", "two", "three"].map(str::to_owned).to_vec();
    let broker = broker(BrokerConfig { nodes: 3, default_replicas: 3, racks, ..BrokerConfig::default() });
    broker.create_topic("t", 1).unwrap();
    broker
}

fn from_rack(rack: &str, offset: i64) -> fetch::Request {
    fetch::Request { rack_id: rack.into(), ..fetch_request("t", offset) }
}

async fn ask(peer: &mut Peer, version: i16, request: &fetch::Request) -> fetch::PartitionData {
    peer.call(version, request).await.responses[0].partitions[0].clone()
}

#[tokio::test]
async fn metadata_tells_the_racks() {
    let broker = racks();
    let mut peer = Peer::connect(&broker, 1).await;
    let told = peer.call(12, &metadata::Request::default()).await.brokers;
    let racks: Vec<_> = told.iter().map(|it| it.rack.as_deref()).collect();
    assert_eq!(racks, [Some("one"), Some("two"), Some("three")]);
}

#[tokio::test]
async fn the_leader_sends_clients_to_the_replica_in_their_rack() {
    let broker = racks();
    let mut leader = Peer::connect(&broker, 1).await;
    leader.produce(9, "t", batch(&["a", "b"])).await;
    for (version, rack, preferred) in
        [(11, "two", 2), (17, "three", 3), (12, "one", -1), (12, "four", -1), (12, "", -1)]
    {
        let mut request = from_rack(rack, 0);
        request.max_wait_ms = 1_000_000;
        request.min_bytes = 1;
        request.topics[0].topic_id = broker.topics()[0].id;
        let data = ask(&mut leader, version, &request).await;
        assert_eq!((data.error_code, data.preferred_read_replica), (ErrorCode::NONE, preferred), "{rack}");
        assert_eq!(data.records.is_none_or(|it| it.is_empty()), preferred >= 0);
        assert_eq!(data.high_watermark, 2);
    }
    broker.stop_node(2);
    assert_eq!(ask(&mut leader, 12, &from_rack("two", 0)).await.preferred_read_replica, -1);
}

#[tokio::test]
async fn followers_serve_clients_that_know_of_them() {
    let broker = racks();
    let mut leader = Peer::connect(&broker, 1).await;
    leader.produce(9, "t", batch(&["a", "b"])).await;
    let mut follower = Peer::connect(&broker, 2).await;
    let data = ask(&mut follower, 12, &from_rack("two", 0)).await;
    assert_eq!((opened(&data), data.preferred_read_replica), (expect(0, &["a", "b"]), -1));
    assert_eq!(
        ask(&mut follower, 10, &from_rack("two", 0)).await.error_code,
        ErrorCode::NOT_LEADER_OR_FOLLOWER
    );
    let request = produce_request("t", -1, batch(&["c"]));
    let refused = follower.call(9, &request).await.responses[0].partition_responses[0].clone();
    assert_eq!(refused.error_code, ErrorCode::NOT_LEADER_OR_FOLLOWER);
}

#[tokio::test]
async fn a_node_without_a_replica_serves_nobody() {
    let broker = cluster(2);
    broker.create_topic("t", 1).unwrap();
    let mut stranger = Peer::connect(&broker, 2).await;
    let data = ask(&mut stranger, 12, &from_rack("", 0)).await;
    assert_eq!(data.error_code, ErrorCode::NOT_LEADER_OR_FOLLOWER);
    assert_eq!(data.current_leader.leader_id, 1);
}

#[tokio::test]
async fn a_follower_that_lags_has_less() {
    let broker = racks();
    let mut leader = Peer::connect(&broker, 1).await;
    leader.produce(9, "t", batch(&["a"])).await;
    leader.produce(9, "t", batch(&["b"])).await;
    broker.lag_replica("t", 0, 2, Some(1)).unwrap();
    let mut follower = Peer::connect(&broker, 2).await;
    let data = ask(&mut follower, 12, &from_rack("two", 0)).await;
    assert_eq!((opened(&data), data.high_watermark), (expect(0, &["a"]), 1));
    assert_eq!(ask(&mut follower, 12, &from_rack("two", 2)).await.error_code, ErrorCode::OFFSET_OUT_OF_RANGE);
    assert_eq!(ask(&mut leader, 12, &from_rack("two", 2)).await.preferred_read_replica, -1, "not yet there");
    assert_eq!(ask(&mut leader, 12, &from_rack("two", 1)).await.preferred_read_replica, 2);
    // Who waits at the follower hears when it catches up.
    let waiting = fetch::Request { max_wait_ms: 1_000_000, min_bytes: 1, ..from_rack("two", 1) };
    follower.send(12, &waiting).await;
    tokio::task::yield_now().await;
    broker.lag_replica("t", 0, 2, None).unwrap();
    let data = follower.take::<fetch::Request>(12).await.responses[0].partitions[0].clone();
    assert_eq!(opened(&data), expect(1, &["b"]));
    assert_eq!(broker.lag_replica("t", 0, 1, Some(0)), Err(ErrorCode::REPLICA_NOT_AVAILABLE));
}

fn in_session(session_id: i32, session_epoch: i32) -> fetch::Request {
    fetch::Request { session_id, session_epoch, topics: vec![], ..fetch_request("t", 0) }
}

#[tokio::test]
async fn a_session_answers_with_what_changed() {
    let broker = cluster(1);
    broker.create_topic("t", 3).unwrap();
    let mut writer = Peer::connect(&broker, 1).await;
    let mut peer = Peer::connect(&broker, 1).await;
    let mut opening = fetch::Request { session_epoch: 0, ..fetch_request("t", 0) };
    for index in [1, 2] {
        let mut partition = opening.topics[0].partitions[0].clone();
        partition.partition = index;
        opening.topics[0].partitions.push(partition);
    }
    let full = peer.call(12, &opening).await;
    assert!(full.session_id > 0);
    assert_eq!((full.responses[0].partitions.len(), broker.fetch_sessions(1)), (3, 1));
    let id = full.session_id;
    let quiet = peer.call(12, &in_session(id, 1)).await;
    assert_eq!((quiet.error_code, quiet.session_id, quiet.responses), (ErrorCode::NONE, id, vec![]));
    peer.send(12, &fetch::Request { max_wait_ms: 1_000_000, min_bytes: 1, ..in_session(id, 2) }).await;
    tokio::task::yield_now().await;
    writer.produce(9, "t", batch(&["a"])).await;
    let news = peer.take::<fetch::Request>(12).await;
    assert_eq!(news.responses[0].partitions.len(), 1);
    assert_eq!(opened(&news.responses[0].partitions[0]), expect(0, &["a"]));
    // The same again is not what the broker expects.
    let repeated = peer.call(12, &in_session(id, 2)).await;
    assert_eq!((repeated.error_code, repeated.session_id), (ErrorCode::INVALID_FETCH_SESSION_EPOCH, 0));
    broker.evict_fetch_sessions(1);
    let evicted = peer.call(12, &in_session(id, 3)).await;
    assert_eq!((evicted.error_code, evicted.session_id), (ErrorCode::FETCH_SESSION_ID_NOT_FOUND, 0));
}

#[tokio::test]
async fn topics_come_and_go_in_a_session_by_their_ids() {
    let broker = cluster(1);
    broker.create_topic("t", 1).unwrap();
    let mut peer = Peer::connect(&broker, 1).await;
    peer.produce(9, "t", batch(&["a"])).await;
    let mut opening = fetch::Request { session_epoch: 0, ..fetch_request("", 0) };
    opening.topics[0].topic_id = broker.topics()[0].id;
    let id = peer.call(15, &opening).await.session_id;
    let wrong = peer.call(12, &in_session(id, 1)).await;
    assert_eq!(wrong.error_code, ErrorCode::FETCH_SESSION_TOPIC_ID_ERROR);
    broker.recreate_topic("t").unwrap();
    let gone = peer.call(15, &in_session(id, 1)).await;
    assert_eq!(gone.responses[0].partitions[0].error_code, ErrorCode::UNKNOWN_TOPIC_ID);
    assert_eq!(gone.responses[0].topic_id, opening.topics[0].topic_id);
}

#[tokio::test]
async fn no_session_is_opened_beyond_the_limit() {
    let broker = broker(BrokerConfig { max_fetch_sessions: 1, ..BrokerConfig::default() });
    broker.create_topic("t", 1).unwrap();
    let opening = fetch::Request { session_epoch: 0, ..fetch_request("t", 0) };
    let mut peer = Peer::connect(&broker, 1).await;
    let first = peer.call(12, &opening).await.session_id;
    let second = peer.call(12, &opening).await;
    assert_eq!((first > 0, second.session_id, second.responses.len()), (true, 0, 1));
    assert_eq!(peer.call(12, &in_session(first, 1)).await.error_code, ErrorCode::NONE);
}

#[tokio::test]
async fn faults_strike_what_a_session_is_about() {
    let broker = cluster(1);
    broker.create_topic("t", 1).unwrap();
    let mut peer = Peer::connect(&broker, 1).await;
    let opening = fetch::Request { session_epoch: 0, ..fetch_request("t", 0) };
    let id = peer.call(12, &opening).await.session_id;
    let fault = broker.faults().on(Api::Fetch).topic("t").partition(0).times(1);
    let fault = fault.error(ErrorCode::OFFSET_NOT_AVAILABLE);
    let struck = peer.call(12, &in_session(id, 1)).await;
    assert_eq!(struck.responses[0].partitions[0].error_code, ErrorCode::OFFSET_NOT_AVAILABLE);
    assert!(fault.is_spent());
}

async fn end_of(peer: &mut Peer, version: i16, current: i32, epoch: i32) -> epochs::EpochEndOffset {
    let partition =
        epochs::RequestPartition { partition: 0, current_leader_epoch: current, leader_epoch: epoch };
    let topic = epochs::RequestTopic { topic: "t".into(), partitions: vec![partition] };
    let request = epochs::Request { replica_id: -1, topics: vec![topic] };
    peer.call(version, &request).await.topics[0].partitions[0].clone()
}

#[tokio::test]
async fn epochs_end_where_the_next_leader_wrote() {
    let broker = racks();
    Peer::connect(&broker, 1).await.produce(9, "t", batch(&["a", "b"])).await;
    broker.move_leader("t", 0, 2).unwrap();
    let mut peer = Peer::connect(&broker, 2).await;
    peer.produce(9, "t", batch(&["c"])).await;
    for version in 0..=4 {
        for (epoch, found) in [(0, (0, 2)), (1, (1, 3)), (2, (-1, -1))] {
            let told = end_of(&mut peer, version, -1, epoch).await;
            let leader_epoch = if version == 0 { -1 } else { found.0 };
            assert_eq!(
                (told.error_code, told.leader_epoch, told.end_offset),
                (ErrorCode::NONE, leader_epoch, found.1)
            );
        }
    }
    for (current, code) in [(0, ErrorCode::FENCED_LEADER_EPOCH), (2, ErrorCode::UNKNOWN_LEADER_EPOCH)] {
        assert_eq!(end_of(&mut peer, 4, current, 0).await.error_code, code);
    }
    let mut old = Peer::connect(&broker, 1).await;
    assert_eq!(end_of(&mut old, 4, -1, 0).await.error_code, ErrorCode::NOT_LEADER_OR_FOLLOWER);
    broker.faults().on(Api::OffsetForLeaderEpoch).error(ErrorCode::OFFSET_NOT_AVAILABLE);
    assert_eq!(end_of(&mut peer, 4, -1, 0).await.error_code, ErrorCode::OFFSET_NOT_AVAILABLE);
}

#[tokio::test]
async fn a_moved_leader_is_named_with_its_address_and_rack() {
    let broker = racks();
    let mut peer = Peer::connect(&broker, 1).await;
    broker.faults().on(Api::Produce).times(1).change_before(Change::MoveLeader(2));
    let response = peer.call(10, &produce_request("t", -1, batch(&["a"]))).await;
    let told = &response.responses[0].partition_responses[0].current_leader;
    assert_eq!((told.leader_id, told.leader_epoch), (2, 1));
    let produce::NodeEndpoint { node_id, rack, host, port } = response.node_endpoints[0].clone();
    assert_eq!((node_id, rack.as_deref(), &*host, port), (2, Some("two"), "node-2", 9092));
    let mut request = fetch_request("", 0);
    request.topics[0].topic_id = broker.topics()[0].id;
    request.topics[0].partitions[0].current_leader_epoch = 0;
    let response = peer.call(16, &request).await;
    let data = &response.responses[0].partitions[0];
    assert_eq!(data.error_code, ErrorCode::FENCED_LEADER_EPOCH);
    assert_eq!((data.current_leader.leader_id, data.current_leader.leader_epoch), (2, 1));
    assert_eq!(response.node_endpoints[0].rack.as_deref(), Some("two"));
}
