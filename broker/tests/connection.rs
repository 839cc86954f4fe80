//! What a connection takes, and when it ends.

mod peer;

use ottla::protocol::{ErrorCode, Request, api_versions, create_topics, metadata, produce};
use ottla_broker::{ApiRanges, BrokerConfig};
use peer::{Peer, batch, broker, cluster, fetch_request, produce_request};

#[tokio::test]
async fn every_version_of_api_versions_tells_what_is_offered() {
    let broker = cluster(1);
    let mut peer = Peer::connect(&broker, 1).await;
    let request =
        api_versions::Request { client_software_name: "peer".into(), client_software_version: "1.0".into() };
    for version in api_versions::Request::VERSIONS {
        let response = peer.call(version, &request).await;
        assert_eq!(response.error_code, ErrorCode::NONE);
        let offered: Vec<_> = ApiRanges::default().iter().map(|(key, range)| (key, *range.end())).collect();
        let told: Vec<_> = response.api_keys.iter().map(|api| (api.api_key, api.max_version)).collect();
        assert_eq!(told, offered);
    }
    let nameless = peer.call(3, &api_versions::Request::default()).await;
    assert_eq!(nameless.error_code, ErrorCode::INVALID_REQUEST);
}

#[tokio::test]
async fn an_unknown_version_of_api_versions_is_answered_at_version_0() {
    let broker = broker(BrokerConfig::default().emulate("2.0").unwrap());
    let mut peer = Peer::connect(&broker, 1).await;
    for version in [3_i16, 4, 99] {
        let mut request = vec![0, 0, 0, 13, 0, 18];
        request.extend(version.to_be_bytes());
        request.extend([0, 0, 0, 7, 0xff, 0xff, 0, 1, 1]); // no tagged fields, two empty names
        peer.send_raw(&request).await;
        let response = peer.take_nth::<api_versions::Request>(0, 7).await;
        assert_eq!(response.error_code, ErrorCode::UNSUPPORTED_VERSION);
        let told: Vec<_> = response.api_keys.iter().map(|api| (api.api_key, api.max_version)).collect();
        assert_eq!(told, [(18, 2)]);
    }
}

#[tokio::test]
async fn what_is_not_offered_or_not_understood_ends_the_connection() {
    let broker = broker(BrokerConfig::default().emulate("0.10.1").unwrap());
    for request in [
        &[0, 0, 0, 10, 0, 22, 0, 0, 0, 0, 0, 1, 0xff, 0xff][..], // InitProducerId, not in 0.10.1
        &[0, 0, 0, 10, 0, 3, 0, 3, 0, 0, 0, 1, 0xff, 0xff],      // Metadata 3, not in 0.10.1
        &[0, 0, 0, 10, 0, 99, 0, 0, 0, 0, 0, 1, 0xff, 0xff],     // no such API
        &[0, 0, 0, 3, 0, 3, 0],                                  // a header that is cut
        &[0, 0, 0, 12, 0, 3, 0, 1, 0, 0, 0, 1, 0xff, 0xff, 0x7f, 0xff], // a body that is cut
        &[0, 0, 0, 14, 0, 3, 0, 1, 0, 0, 0, 1, 0xff, 0xff, 0x7f, 0xff, 0xff, 0xff], // a huge count
        &[0, 0, 0, 15, 0, 3, 0, 1, 0, 0, 0, 1, 0xff, 0xff, 0, 0, 0, 0, 0], // a byte too many
        &[0x7f, 0xff, 0xff, 0xff],                               // 2 GiB
        &[0xff, 0xff, 0xff, 0xfb],                               // -5 bytes
        b"GET / HTTP/1.1\r\n\r\n",
    ] {
        let mut peer = Peer::connect(&broker, 1).await;
        peer.send_raw(request).await;
        assert_eq!(peer.frame().await, None, "{request:?}");
    }
}

#[tokio::test]
async fn pipelined_requests_are_answered_in_order() {
    let broker = cluster(1);
    broker.create_topic("t", 1).unwrap();
    let mut peer = Peer::connect(&broker, 1).await;
    for _ in 0..50 {
        peer.send(9, &produce_request("t", 1, batch(&["a"]))).await;
        peer.send(12, &metadata::Request::default()).await;
        peer.send(9, &produce_request("t", 0, batch(&["b"]))).await;
    }
    for round in 0..50 {
        let produced = peer.take_nth::<produce::Request>(9, 3 * round + 1).await;
        let first = i64::from(2 * round);
        assert_eq!(produced.responses[0].partition_responses[0].base_offset, first);
        peer.take_nth::<metadata::Request>(12, 3 * round + 2).await;
    }
}

#[tokio::test]
async fn disconnecting_all_cuts_and_serves_anew() {
    let broker = cluster(2);
    broker.create_topic("t", 2).unwrap();
    let mut waiting = Peer::connect(&broker, 1).await;
    let mut request = fetch_request("t", 0);
    (request.min_bytes, request.max_wait_ms) = (1, i32::MAX);
    waiting.send(12, &request).await;
    let mut idle = Peer::connect(&broker, 2).await;
    idle.call(12, &metadata::Request::default()).await;
    broker.disconnect_all().await;
    while waiting.frame().await.is_some() {}
    assert_eq!(idle.frame().await, None);
    Peer::connect(&broker, 1).await.call(12, &metadata::Request::default()).await;
}

#[tokio::test]
async fn close_ends_everything() {
    let broker = cluster(1);
    let mut peer = Peer::connect(&broker, 1).await;
    peer.call(12, &metadata::Request::default()).await;
    broker.close().await;
    assert_eq!(peer.frame().await, None);
    let address = "anywhere:9092".parse().unwrap();
    assert!(ottla_transport::Transport::connect(&broker.transport(), &address).await.is_err());
}

#[tokio::test]
async fn dropping_the_last_handle_ends_everything() {
    let broker = cluster(1);
    let mut peer = Peer::connect(&broker, 1).await;
    peer.call(12, &metadata::Request::default()).await;
    drop(broker);
    assert_eq!(peer.frame().await, None);
}

#[tokio::test]
async fn connections_are_counted() {
    let broker = broker(BrokerConfig { max_connections: 2, ..BrokerConfig::default() });
    let mut peers = [Peer::connect(&broker, 1).await, Peer::connect(&broker, 1).await];
    for peer in &mut peers {
        peer.call(12, &metadata::Request::default()).await;
    }
    assert_eq!(Peer::connect(&broker, 1).await.frame().await, None);
    drop(peers);
    // The broker learns of the two ends by reading them; a connection until then is closed.
    loop {
        let mut peer = Peer::connect(&broker, 1).await;
        peer.send(12, &metadata::Request::default()).await;
        if peer.frame().await.is_some() {
            break;
        }
    }
}

#[tokio::test]
async fn old_releases_leave_topics_to_the_controller() {
    let old = broker(BrokerConfig { nodes: 2, ..BrokerConfig::default() }.emulate("2.7").unwrap());
    let topic = create_topics::CreatableTopic {
        name: "t".into(),
        num_partitions: 1,
        replication_factor: 1,
        ..Default::default()
    };
    let request = create_topics::Request { topics: vec![topic], ..Default::default() };
    let mut other = Peer::connect(&old, 2).await;
    assert_eq!(other.call(6, &request).await.topics[0].error_code, ErrorCode::NOT_CONTROLLER);
    let mut controller = Peer::connect(&old, 1).await;
    assert_eq!(controller.call(6, &request).await.topics[0].error_code, ErrorCode::NONE);
}
