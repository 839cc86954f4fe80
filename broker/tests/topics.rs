//! Metadata, and topics that come, grow and go.

mod peer;

use ottla::protocol::{
    ErrorCode, Request, Uuid, create_partitions, create_topics, delete_topics, find_coordinator,
    init_producer_id, metadata,
};
use ottla_broker::BrokerConfig;
use peer::{Peer, broker, cluster};

fn asking(names: &[&str]) -> metadata::Request {
    let topics =
        names.iter().map(|name| metadata::RequestTopic { name: Some((*name).into()), ..Default::default() });
    metadata::Request { topics: Some(topics.collect()), ..Default::default() }
}

#[tokio::test]
async fn metadata_tells_of_nodes_and_leaders_at_every_version() {
    let broker = cluster(3);
    broker.create_topic("t", 4).unwrap();
    let mut peer = Peer::connect(&broker, 2).await;
    for version in metadata::Request::VERSIONS {
        let response = peer.call(version, &asking(&["t"])).await;
        let nodes: Vec<_> = response.brokers.iter().map(|broker| (broker.node_id, &*broker.host)).collect();
        assert_eq!(nodes, [(1, "node-1"), (2, "node-2"), (3, "node-3")]);
        let topic = &response.topics[0];
        let leaders: Vec<_> = topic.partitions.iter().map(|p| (p.partition_index, p.leader_id)).collect();
        assert_eq!(leaders, [(0, 1), (1, 2), (2, 3), (3, 1)]);
        assert!(
            topic.partitions.iter().all(|p| p.replica_nodes == [p.leader_id] && p.isr_nodes == [p.leader_id])
        );
        if version >= 1 {
            assert_eq!(response.controller_id, 1);
        }
        if version >= 10 {
            assert_eq!(topic.topic_id, broker.topics()[0].id);
        }
    }
}

#[tokio::test]
async fn all_topics_are_asked_for_by_an_empty_list_in_version_0_and_by_null_later() {
    let broker = cluster(1);
    broker.create_topic("a", 1).unwrap();
    broker.create_topic("b", 1).unwrap();
    let mut peer = Peer::connect(&broker, 1).await;
    let all = metadata::Request { topics: None, ..Default::default() };
    for version in metadata::Request::VERSIONS {
        let none_named = peer.call(version, &asking(&[])).await;
        assert_eq!(none_named.topics.len(), if version == 0 { 2 } else { 0 });
        assert_eq!(peer.call(version, &all).await.topics.len(), 2);
    }
}

#[tokio::test]
async fn topics_are_created_on_demand_when_both_sides_want_it() {
    let willing = broker(BrokerConfig { default_partitions: 3, ..BrokerConfig::default() });
    let mut peer = Peer::connect(&willing, 1).await;
    let shy = metadata::Request { allow_auto_topic_creation: false, ..asking(&["a"]) };
    let refused = peer.call(9, &shy).await;
    assert_eq!(refused.topics[0].error_code, ErrorCode::UNKNOWN_TOPIC_OR_PARTITION);
    assert_eq!(peer.call(9, &asking(&["a"])).await.topics[0].partitions.len(), 3);
    assert_eq!(peer.call(1, &asking(&["b"])).await.topics[0].error_code, ErrorCode::NONE);

    let unwilling = broker(BrokerConfig { auto_create_topics: false, ..BrokerConfig::default() });
    let mut peer = Peer::connect(&unwilling, 1).await;
    let refused = peer.call(9, &asking(&["a"])).await;
    assert_eq!(refused.topics[0].error_code, ErrorCode::UNKNOWN_TOPIC_OR_PARTITION);
    assert!(unwilling.topics().is_empty());
}

#[tokio::test]
async fn metadata_finds_topics_by_id_and_refuses_bad_names() {
    let broker = cluster(1);
    broker.create_topic("t", 1).unwrap();
    let mut peer = Peer::connect(&broker, 1).await;
    let by_id = |topic_id| metadata::Request {
        topics: Some(vec![metadata::RequestTopic { topic_id, name: None }]),
        ..Default::default()
    };
    let found = peer.call(12, &by_id(broker.topics()[0].id)).await;
    assert_eq!(found.topics[0].name.as_deref(), Some("t"));
    let missing = peer.call(12, &by_id(Uuid([7; 16]))).await;
    assert_eq!(missing.topics[0].error_code, ErrorCode::UNKNOWN_TOPIC_ID);
    let bad = peer.call(12, &asking(&["no good"])).await;
    assert_eq!(bad.topics[0].error_code, ErrorCode::INVALID_TOPIC_EXCEPTION);
}

#[tokio::test]
async fn topics_are_created_and_deleted_at_every_version() {
    let broker = cluster(3);
    let mut peer = Peer::connect(&broker, 3).await;
    for version in create_topics::Request::VERSIONS {
        let topic = create_topics::CreatableTopic {
            name: format!("t{version}").as_str().into(),
            num_partitions: 2,
            replication_factor: 3,
            ..Default::default()
        };
        let request = create_topics::Request { topics: vec![topic], ..Default::default() };
        let created = &peer.call(version, &request).await.topics[0];
        assert_eq!(created.error_code, ErrorCode::NONE);
        if version >= 5 {
            assert_eq!((created.num_partitions, created.replication_factor), (2, 3));
        }
        let again = &peer.call(version, &request).await.topics[0];
        assert_eq!(again.error_code, ErrorCode::TOPIC_ALREADY_EXISTS);
    }
    for version in delete_topics::Request::VERSIONS {
        let name: ottla::wire::Str = format!("t{version}").as_str().into();
        let topic = delete_topics::DeleteTopic { name: Some(name.clone()), ..Default::default() };
        let request =
            delete_topics::Request { topics: vec![topic], topic_names: vec![name], ..Default::default() };
        assert_eq!(peer.call(version, &request).await.responses[0].error_code, ErrorCode::NONE);
        let again = &peer.call(version, &request).await.responses[0];
        assert_eq!(again.error_code, ErrorCode::UNKNOWN_TOPIC_OR_PARTITION);
    }
    let left = broker.topics();
    assert_eq!((left.len(), &*left[0].name), (1, "t7"));
    let by_id = delete_topics::DeleteTopic { name: None, topic_id: left[0].id };
    let request = delete_topics::Request { topics: vec![by_id], ..Default::default() };
    let deleted = &peer.call(6, &request).await.responses[0];
    assert_eq!((deleted.error_code, deleted.name.as_deref()), (ErrorCode::NONE, Some("t7")));
    assert_eq!(peer.call(6, &request).await.responses[0].error_code, ErrorCode::UNKNOWN_TOPIC_ID);
}

#[tokio::test]
async fn a_topic_named_twice_in_one_request_is_refused() {
    let broker = cluster(1);
    let mut peer = Peer::connect(&broker, 1).await;
    let topic = create_topics::CreatableTopic {
        name: "t".into(),
        num_partitions: 1,
        replication_factor: 1,
        ..Default::default()
    };
    let request = create_topics::Request { topics: vec![topic.clone(), topic], ..Default::default() };
    let response = peer.call(7, &request).await;
    assert!(response.topics.iter().all(|topic| topic.error_code == ErrorCode::INVALID_REQUEST));
    assert!(broker.topics().is_empty());
}

#[tokio::test]
async fn topics_grow_at_every_version() {
    let broker = cluster(2);
    broker.create_topic("t", 1).unwrap();
    let mut peer = Peer::connect(&broker, 1).await;
    for (version, count) in create_partitions::Request::VERSIONS.zip(2..) {
        let topic = |count| create_partitions::PartitionsTopic { name: "t".into(), count, assignments: None };
        let only = create_partitions::Request {
            topics: vec![topic(count)],
            validate_only: true,
            ..Default::default()
        };
        assert_eq!(peer.call(version, &only).await.results[0].error_code, ErrorCode::NONE);
        let really = create_partitions::Request { validate_only: false, ..only };
        assert_eq!(peer.call(version, &really).await.results[0].error_code, ErrorCode::NONE);
        let fewer = create_partitions::Request { topics: vec![topic(1)], ..Default::default() };
        let refused = &peer.call(version, &fewer).await.results[0];
        assert_eq!(refused.error_code, ErrorCode::INVALID_PARTITIONS);
        assert_eq!(i32::try_from(broker.topics()[0].leaders.len()).unwrap(), count);
    }
    assert_eq!(broker.topics()[0].leaders, [1, 2, 1, 2, 1]);
}

#[tokio::test]
async fn every_version_finds_a_coordinator_and_gets_a_producer_id() {
    let broker = cluster(3);
    let mut peer = Peer::connect(&broker, 1).await;
    for version in find_coordinator::Request::VERSIONS {
        let request = find_coordinator::Request {
            key: "group".into(),
            coordinator_keys: vec!["group".into()],
            ..Default::default()
        };
        let response = peer.call(version, &request).await;
        let (node, host) = match response.coordinators.first() {
            Some(coordinator) => (coordinator.node_id, coordinator.host.clone()),
            None => (response.node_id, response.host.clone()),
        };
        assert_eq!(&*host, format!("node-{node}"));
    }
    let mut ids = std::collections::HashSet::new();
    for version in init_producer_id::Request::VERSIONS {
        let response = peer.call(version, &init_producer_id::Request::default()).await;
        assert_eq!((response.error_code, response.producer_epoch), (ErrorCode::NONE, 0));
        assert!(ids.insert(response.producer_id));
        let transactional =
            init_producer_id::Request { transactional_id: Some("t".into()), ..Default::default() };
        assert_eq!(peer.call(version, &transactional).await.error_code, ErrorCode::INVALID_REQUEST);
    }
}
