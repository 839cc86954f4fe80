//! Reading: how much, from where, and when.

#![allow(clippy::unwrap_used, reason = "a failed step is a failed test")]

mod peer;

use std::time::Duration;

use ottla::protocol::{
    ErrorCode, Request, Uuid, fetch,
    list_offsets::{self, EARLIEST, LATEST, MAX_TIMESTAMP},
};
use ottla_broker::{Broker, BrokerConfig};
use peer::{Peer, batch, broker, cluster, expect, fetch_request, opened, time};

async fn with_batches(broker: &Broker, topic: &str, batches: usize) -> Peer {
    let mut peer = Peer::connect(broker, 1).await;
    broker.create_topic(topic, 1).unwrap();
    for _ in 0..batches {
        peer.produce(9, topic, batch(&["a", "b"])).await;
    }
    peer
}

#[tokio::test]
async fn a_fetch_waits_for_records_and_wakes_when_they_come() {
    let broker = cluster(1);
    let mut reader = with_batches(&broker, "t", 1).await;
    let mut writer = Peer::connect(&broker, 1).await;
    for version in fetch::Request::VERSIONS.filter(|version| *version < 13) {
        let end = broker.log_end("t", 0).unwrap();
        let mut request = fetch_request("t", end);
        (request.min_bytes, request.max_wait_ms) = (1, i32::MAX);
        reader.send(version, &request).await;
        let answer = reader.take::<fetch::Request>(version);
        tokio::pin!(answer);
        let early = tokio::time::timeout(Duration::from_millis(30), &mut answer).await;
        assert!(early.is_err(), "nothing had come");
        writer.produce(9, "t", batch(&["c"])).await;
        assert_eq!(opened(&answer.await.responses[0].partitions[0]), expect(end, &["c"]));
    }
}

#[tokio::test]
async fn min_bytes_are_waited_for() {
    let broker = cluster(1);
    let mut reader = with_batches(&broker, "t", 0).await;
    let mut writer = Peer::connect(&broker, 1).await;
    let mut request = fetch_request("t", 0);
    (request.min_bytes, request.max_wait_ms) = (200, i32::MAX);
    reader.send(12, &request).await;
    for _ in 0..3 {
        writer.produce(9, "t", batch(&["a"])).await; // 69 bytes each
    }
    let data = reader.take::<fetch::Request>(12).await;
    assert_eq!(opened(&data.responses[0].partitions[0]).len(), 3);
}

#[tokio::test(start_paused = true)]
async fn patience_ends() {
    let broker = cluster(1);
    let mut reader = with_batches(&broker, "t", 1).await;
    let mut request = fetch_request("t", 0);
    (request.min_bytes, request.max_wait_ms) = (1 << 20, 500);
    let before = tokio::time::Instant::now();
    let response = reader.call(12, &request).await;
    assert_eq!(before.elapsed(), Duration::from_millis(500));
    assert_eq!(opened(&response.responses[0].partitions[0]), expect(0, &["a", "b"]));
}

#[tokio::test]
async fn errors_do_not_wait() {
    let broker = cluster(2);
    let mut reader = with_batches(&broker, "t", 1).await;
    for (topic, offset, epoch, code) in [
        ("t", 3, -1, ErrorCode::OFFSET_OUT_OF_RANGE),
        ("t", -1, -1, ErrorCode::OFFSET_OUT_OF_RANGE),
        ("t", 0, 1, ErrorCode::UNKNOWN_LEADER_EPOCH),
        ("missing", 0, -1, ErrorCode::UNKNOWN_TOPIC_OR_PARTITION),
    ] {
        let mut request = fetch_request(topic, offset);
        (request.min_bytes, request.max_wait_ms) = (1 << 20, i32::MAX);
        request.topics[0].partitions[0].current_leader_epoch = epoch;
        let response = reader.call(12, &request).await;
        assert_eq!(response.responses[0].partitions[0].error_code, code, "{topic} {offset}");
    }
    let mut other = Peer::connect(&broker, 2).await;
    let mut request = fetch_request("t", 0);
    request.topics[0].topic_id = broker.topics()[0].id;
    for version in fetch::Request::VERSIONS {
        let response = other.call(version, &request).await;
        let data = &response.responses[0].partitions[0];
        assert_eq!(data.error_code, ErrorCode::NOT_LEADER_OR_FOLLOWER);
        if version >= 12 {
            assert_eq!((data.current_leader.leader_id, data.current_leader.leader_epoch), (1, 0));
        }
        if version >= 16 {
            assert_eq!(&*response.node_endpoints[0].host, "node-1");
        }
    }
}

#[tokio::test]
async fn a_deleted_topic_wakes_its_readers() {
    let broker = cluster(1);
    let mut reader = with_batches(&broker, "t", 0).await;
    let mut request = fetch_request("t", 0);
    (request.min_bytes, request.max_wait_ms) = (1, i32::MAX);
    reader.send(12, &request).await;
    let mut admin = Peer::connect(&broker, 1).await;
    let topic_names = vec!["t".into()];
    let delete = ottla::protocol::delete_topics::Request { topic_names, ..Default::default() };
    assert_eq!(admin.call(5, &delete).await.responses[0].error_code, ErrorCode::NONE);
    let woken = reader.take::<fetch::Request>(12).await;
    assert_eq!(woken.responses[0].partitions[0].error_code, ErrorCode::UNKNOWN_TOPIC_OR_PARTITION);
}

#[tokio::test]
async fn limits_hold_but_one_batch_always_comes() {
    let broker = cluster(1);
    let mut reader = with_batches(&broker, "t", 5).await;
    let size = reader.fetch(12, "t", 8).await.records.unwrap().len();
    for (partition_max, max, batches) in [
        (0, i32::MAX, 1),
        (size, i32::MAX, 1),
        (2 * size, i32::MAX, 2),
        (3 * size - 1, i32::MAX, 2),
        (1 << 20, 0, 1),
        (1 << 20, i32::try_from(3 * size).unwrap(), 3),
        (1 << 20, i32::MAX, 5),
    ] {
        let mut request = fetch_request("t", 0);
        request.max_bytes = max;
        request.topics[0].partitions[0].partition_max_bytes = i32::try_from(partition_max).unwrap();
        let data = &reader.call(12, &request).await.responses[0].partitions[0];
        assert_eq!(opened(data).len(), 2 * batches, "{partition_max} {max}");
        assert_eq!((data.high_watermark, data.last_stable_offset, data.log_start_offset), (10, 10, 0));
    }
}

#[tokio::test]
async fn one_batch_comes_from_the_first_partition_only() {
    let broker = cluster(1);
    let mut peer = with_batches(&broker, "t", 2).await;
    broker.create_topic("u", 1).unwrap();
    peer.produce(9, "u", batch(&["c"])).await;
    let mut request = fetch_request("t", 0);
    request.topics.extend(fetch_request("u", 0).topics);
    request.max_bytes = 1;
    let response = peer.call(12, &request).await;
    assert_eq!(opened(&response.responses[0].partitions[0]).len(), 2);
    assert_eq!(opened(&response.responses[1].partitions[0]), []);
}

#[tokio::test]
async fn versions_without_that_rule_get_a_part_of_a_message() {
    let broker = cluster(1);
    let mut reader = with_batches(&broker, "t", 1).await;
    for version in 0..3 {
        let mut request = fetch_request("t", 0);
        request.topics[0].partitions[0].partition_max_bytes = 10;
        let response = reader.call(version, &request).await;
        assert_eq!(response.responses[0].partitions[0].records.as_ref().unwrap().len(), 10);
    }
}

#[tokio::test]
async fn messages_before_the_offset_stay_behind_unlike_the_rest_of_a_batch() {
    let broker = cluster(1);
    let mut reader = with_batches(&broker, "t", 2).await;
    for version in 0..=12 {
        let from = if version < 4 { 3 } else { 2 };
        let read = reader.fetch(version, "t", 3).await;
        assert_eq!(opened(&read), expect(from, &["a", "b"][from as usize - 2..]), "version {version}");
    }
}

#[tokio::test]
async fn topics_are_named_by_id_from_version_13_on() {
    let broker = cluster(1);
    let mut reader = with_batches(&broker, "t", 1).await;
    let mut request = fetch_request("", 0);
    for version in 13..=17 {
        request.topics[0].topic_id = broker.topics()[0].id;
        let response = reader.call(version, &request).await;
        assert_eq!(opened(&response.responses[0].partitions[0]), expect(0, &["a", "b"]));
        assert_eq!(response.responses[0].topic_id, broker.topics()[0].id);
        request.topics[0].topic_id = Uuid([9; 16]);
        let response = reader.call(version, &request).await;
        assert_eq!(response.responses[0].partitions[0].error_code, ErrorCode::UNKNOWN_TOPIC_ID);
    }
}

async fn offset_of(peer: &mut Peer, version: i16, topic: &str, timestamp: i64) -> list_offsets::Partition {
    let partition = list_offsets::RequestPartition { timestamp, max_num_offsets: 9, ..Default::default() };
    let topics = vec![list_offsets::RequestTopic { name: topic.into(), partitions: vec![partition] }];
    let request = list_offsets::Request { topics, ..Default::default() };
    peer.call(version, &request).await.topics[0].partitions[0].clone()
}

#[tokio::test]
async fn offsets_are_found_by_end_and_by_time() {
    let broker = cluster(1);
    broker.create_topic("t", 1).unwrap();
    let mut peer = Peer::connect(&broker, 1).await;
    peer.produce(9, "t", batch(&["a", "b", "c"])).await; // times 0, 1, 2
    peer.produce(9, "t", batch(&["d", "e", "f", "g"])).await; // times 0, 1, 2, 3
    for version in list_offsets::Request::VERSIONS.skip(1) {
        let mut times = vec![
            (LATEST, 7, -1),
            (EARLIEST, 0, -1),
            (0, 0, time(0)),
            (time(0), 0, time(0)),
            (time(0) + 1, 1, time(1)),
            (time(2), 2, time(2)),
            (time(3), 6, time(3)),
            (time(3) + 1, -1, -1),
        ];
        if version >= 7 {
            times.push((MAX_TIMESTAMP, 6, time(3)));
        }
        for (asked, offset, timestamp) in times {
            let found = offset_of(&mut peer, version, "t", asked).await;
            assert_eq!(
                (found.error_code, found.offset, found.timestamp),
                (ErrorCode::NONE, offset, timestamp)
            );
        }
    }
    let offsets = |found: list_offsets::Partition| found.old_style_offsets;
    assert_eq!(offsets(offset_of(&mut peer, 0, "t", LATEST).await), [7, 0]);
    assert_eq!(offsets(offset_of(&mut peer, 0, "t", EARLIEST).await), [0]);
    assert_eq!(
        offset_of(&mut peer, 7, "missing", LATEST).await.error_code,
        ErrorCode::UNKNOWN_TOPIC_OR_PARTITION
    );
    broker.create_topic("empty", 1).unwrap();
    assert_eq!(offset_of(&mut peer, 7, "empty", MAX_TIMESTAMP).await.offset, -1);
    assert_eq!(offset_of(&mut peer, 7, "empty", LATEST).await.offset, 0);
}

#[tokio::test]
async fn old_leaders_are_fenced() {
    let broker = broker(BrokerConfig { nodes: 2, default_replicas: 2, ..BrokerConfig::default() });
    broker.create_topic("t", 1).unwrap();
    broker.move_leader("t", 0, 2).unwrap();
    let mut peer = Peer::connect(&broker, 2).await;
    let mut request = fetch_request("t", 0);
    for (epoch, code) in
        [(0, ErrorCode::FENCED_LEADER_EPOCH), (1, ErrorCode::NONE), (2, ErrorCode::UNKNOWN_LEADER_EPOCH)]
    {
        request.topics[0].partitions[0].current_leader_epoch = epoch;
        let data = &peer.call(12, &request).await.responses[0].partitions[0];
        assert_eq!(data.error_code, code);
    }
}
