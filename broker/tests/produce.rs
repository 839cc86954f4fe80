//! What may be written, and where it goes.

#![allow(clippy::unwrap_used, reason = "a failed step is a failed test")]

mod peer;

use bytes::{Bytes, BytesMut};
use ottla::{
    protocol::{ErrorCode, Request, fetch, produce},
    record::{BatchBuilder, BatchHeader, BatchMut, Compression},
};
use ottla_broker::BrokerConfig;
use peer::{Peer, batch, broker, cluster, compressed, expect, messages, opened, produce_request, stamped};

const CODECS: [Compression; 5] =
    [Compression::None, Compression::Gzip, Compression::Snappy, Compression::Lz4, Compression::Zstd];

#[tokio::test]
async fn every_produce_version_is_read_by_every_fetch_version_in_every_codec() {
    let broker = cluster(1);
    let mut peer = Peer::connect(&broker, 1).await;
    let long = "x".repeat(500);
    let values = ["a", &long, ""];
    for written in produce::Request::VERSIONS {
        for codec in CODECS {
            let zstd = codec == Compression::Zstd;
            let topic = format!("t-{written}-{codec}");
            broker.create_topic(&topic, 1).unwrap();
            let set = match written {
                _ if zstd && written < 3 => continue,
                0 | 1 => messages(&values, 0, codec),
                2 => messages(&values, 1, codec),
                _ => compressed(&values, codec, -1, -1, -1),
            };
            if zstd && written < 7 {
                let refused = peer.produce(written, &topic, set).await;
                assert_eq!(refused.error_code, ErrorCode::UNSUPPORTED_COMPRESSION_TYPE);
                continue;
            }
            for base_offset in [0, 3] {
                let written = peer.produce(written, &topic, set.clone()).await;
                assert_eq!((written.error_code, written.base_offset), (ErrorCode::NONE, base_offset));
            }
            for read in fetch::Request::VERSIONS.filter(|version| *version < 13) {
                let data = peer.fetch(read, &topic, 4).await;
                if zstd && read < 10 {
                    assert_eq!(data.error_code, ErrorCode::UNSUPPORTED_COMPRESSION_TYPE);
                    continue;
                }
                // Messages can be had one by one, batches and compressed messages only whole.
                let before = usize::from(read < 4 && codec == Compression::None);
                let expected = expect(3 + before as i64, &values[before..]);
                assert_eq!(opened(&data), expected, "produce {written}, fetch {read}, {codec}");
            }
        }
    }
}

#[tokio::test]
async fn batches_are_stored_as_they_were_sent() {
    let broker = cluster(1);
    let mut peer = Peer::connect(&broker, 1).await;
    broker.create_topic("t", 1).unwrap();
    for codec in CODECS {
        let sent = compressed(&["a", &"x".repeat(500)], codec, -1, -1, -1);
        let base_offset = peer.produce(9, "t", sent.clone()).await.base_offset;
        let kept = peer.fetch(12, "t", base_offset).await.records.unwrap();
        let header = BatchHeader::parse(&kept).unwrap().unwrap();
        assert_eq!((header.base_offset, header.leader_epoch), (base_offset, 0));
        assert_eq!(kept[8..12], sent[8..12]);
        assert_eq!(kept[16..], sent[16..]);
    }
}

fn with(batch: &Bytes, change: impl FnOnce(&mut BatchMut<'_>)) -> Bytes {
    let mut bytes = BytesMut::from(&batch[..]);
    change(&mut BatchMut::new(&mut bytes).unwrap());
    bytes.freeze()
}

fn flipped(batch: &Bytes, at: usize) -> Bytes {
    let mut bytes = BytesMut::from(&batch[..]);
    bytes[at] ^= 1;
    bytes.freeze()
}

/// Changes a field and makes the checksum right again.
fn field(batch: &Bytes, at: usize, value: &[u8]) -> Bytes {
    let mut bytes = BytesMut::from(&batch[..]);
    bytes[at..at + value.len()].copy_from_slice(value);
    with(&bytes.freeze(), |batch| batch.set_producer(-1, -1, -1))
}

#[tokio::test]
async fn unsound_batches_are_refused() {
    let broker = cluster(1);
    let mut peer = Peer::connect(&broker, 1).await;
    broker.create_topic("t", 1).unwrap();
    let sound = batch(&["a", "b"]);
    let twice = [&sound[..], &sound].concat();
    let control = field(&sound, 21, &[0, 0b10_0000]);
    let mut cases = vec![
        (Bytes::new(), ErrorCode::INVALID_RECORD),
        (twice.into(), ErrorCode::INVALID_RECORD),
        (messages(&["a"], 1, Compression::None), ErrorCode::INVALID_RECORD),
        (with(&sound, |batch| batch.set_base_offset(1)), ErrorCode::INVALID_RECORD),
        (with(&sound, |batch| batch.set_transactional()), ErrorCode::INVALID_TXN_STATE),
        (stamped(&["a"], 5, 0, -1), ErrorCode::INVALID_RECORD),
        (control, ErrorCode::INVALID_RECORD),
        (field(&sound, 21, &[0, 7]), ErrorCode::UNSUPPORTED_COMPRESSION_TYPE),
        (field(&sound, 21, &[0, 1]), ErrorCode::INVALID_RECORD), // gzip, it says
        (field(&sound, 23, &[0, 0, 0, 5]), ErrorCode::INVALID_RECORD), // last offset delta
        (field(&sound, 57, &[0, 0, 0, 3]), ErrorCode::INVALID_RECORD), // count
        (flipped(&sound, 16), ErrorCode::CORRUPT_MESSAGE),       // format 3
    ];
    cases.extend((17..sound.len()).map(|at| (flipped(&sound, at), ErrorCode::CORRUPT_MESSAGE)));
    cases.extend((1..sound.len()).map(|cut| (sound.slice(..cut), ErrorCode::INVALID_RECORD)));
    for (number, (set, code)) in cases.into_iter().enumerate() {
        let refused = peer.produce(9, "t", set).await;
        assert_eq!((refused.error_code, refused.base_offset), (code, -1), "case {number}: {refused:?}");
        assert!(refused.error_message.is_some());
    }
    assert_eq!(broker.log_end("t", 0), Some(0));
    for set in [
        flipped(&messages(&["a"], 1, Compression::None), 30),
        messages(&["a"], 1, Compression::None).slice(..20),
    ] {
        let refused = peer.produce(2, "t", set).await;
        assert!(!refused.error_code.is_ok(), "{refused:?}");
    }
    assert_eq!(broker.log_end("t", 0), Some(0));
}

#[tokio::test]
async fn a_batch_beyond_the_limit_is_too_large() {
    let broker = broker(BrokerConfig { max_message_bytes: 1000, ..BrokerConfig::default() });
    let mut peer = Peer::connect(&broker, 1).await;
    peer.create("small", 1, &[]).await;
    peer.create("large", 1, &[("max.message.bytes", "5000")]).await;
    let records = batch(&[&"x".repeat(2000)]);
    assert_eq!(peer.produce(9, "small", records.clone()).await.error_code, ErrorCode::MESSAGE_TOO_LARGE);
    assert_eq!(peer.produce(9, "large", records).await.error_code, ErrorCode::NONE);
}

#[tokio::test]
async fn idempotent_batches_are_appended_once_and_in_order() {
    let broker = cluster(1);
    let mut peer = Peer::connect(&broker, 1).await;
    broker.create_topic("t", 1).unwrap();
    peer.produce(9, "t", batch(&["other"])).await;
    for (sequence, epoch, code, base_offset) in [
        (0, 1, ErrorCode::NONE, 1),
        (2, 1, ErrorCode::NONE, 3),
        (0, 1, ErrorCode::NONE, 1), // again: told where it is
        (6, 1, ErrorCode::OUT_OF_ORDER_SEQUENCE_NUMBER, -1),
        (4, 1, ErrorCode::NONE, 5),
        (0, 0, ErrorCode::INVALID_PRODUCER_EPOCH, -1),
        (6, 2, ErrorCode::OUT_OF_ORDER_SEQUENCE_NUMBER, -1),
        (0, 2, ErrorCode::NONE, 7),
    ] {
        let written = peer.produce(9, "t", stamped(&["a", "b"], 70, epoch, sequence)).await;
        assert_eq!((written.error_code, written.base_offset), (code, base_offset), "{sequence} {epoch}");
    }
    assert_eq!(broker.log_end("t", 0), Some(9));
}

#[tokio::test]
async fn a_stranger_with_a_past_is_unknown_before_2_5() {
    for (release, code) in [("2.4", ErrorCode::UNKNOWN_PRODUCER_ID), ("2.5", ErrorCode::NONE)] {
        let broker = broker(BrokerConfig::default().emulate(release).unwrap());
        broker.create_topic("t", 1).unwrap();
        let mut peer = Peer::connect(&broker, 1).await;
        assert_eq!(peer.produce(8, "t", stamped(&["a"], 70, 0, 5)).await.error_code, code, "{release}");
    }
}

#[tokio::test]
async fn the_wrong_node_tells_the_right_one() {
    let broker = cluster(3);
    broker.create_topic("t", 1).unwrap();
    let mut peer = Peer::connect(&broker, 2).await;
    for version in produce::Request::VERSIONS.filter(|version| *version >= 3) {
        let response = peer.call(version, &produce_request("t", -1, batch(&["a"]))).await;
        let partition = &response.responses[0].partition_responses[0];
        assert_eq!(partition.error_code, ErrorCode::NOT_LEADER_OR_FOLLOWER);
        if version >= 10 {
            assert_eq!((partition.current_leader.leader_id, partition.current_leader.leader_epoch), (1, 0));
            let node = &response.node_endpoints[0];
            assert_eq!((node.node_id, &*node.host, node.port), (1, "node-1", 9092));
        }
    }
}

#[tokio::test]
async fn leaders_move_and_epochs_count() {
    let broker = broker(BrokerConfig { nodes: 2, default_replicas: 2, ..BrokerConfig::default() });
    broker.create_topic("t", 1).unwrap();
    let mut peers = [Peer::connect(&broker, 1).await, Peer::connect(&broker, 2).await];
    assert_eq!(peers[0].produce(9, "t", batch(&["a"])).await.error_code, ErrorCode::NONE);
    broker.move_leader("t", 0, 2).unwrap();
    let refused = peers[0].produce(9, "t", batch(&["a"])).await;
    assert_eq!(refused.error_code, ErrorCode::NOT_LEADER_OR_FOLLOWER);
    assert_eq!(peers[1].produce(9, "t", batch(&["b"])).await.base_offset, 1);
    let kept = peers[1].fetch(12, "t", 1).await.records.unwrap();
    assert_eq!(BatchHeader::parse(&kept).unwrap().unwrap().leader_epoch, 1);
    assert_eq!(broker.move_leader("t", 0, 3), Err(ErrorCode::REPLICA_NOT_AVAILABLE));
    assert_eq!(broker.move_leader("t", 1, 1), Err(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION));
}

#[tokio::test]
async fn acks_0_gets_no_answer_and_an_error_ends_the_connection() {
    let broker = cluster(1);
    broker.create_topic("t", 1).unwrap();
    let mut peer = Peer::connect(&broker, 1).await;
    peer.send(9, &produce_request("t", 0, batch(&["a"]))).await;
    assert_eq!(peer.produce(9, "t", batch(&["b"])).await.base_offset, 1);
    peer.send(9, &produce_request("missing", 0, batch(&["a"]))).await;
    assert_eq!(peer.frame().await, None);
}

#[tokio::test]
async fn requests_that_cannot_be_are_refused_whole() {
    let broker = cluster(1);
    let mut peer = Peer::connect(&broker, 1).await;
    peer.create("t", 1, &[("min.insync.replicas", "2")]).await;
    let code = |response: produce::Response| response.responses[0].partition_responses[0].error_code;
    let acks = produce_request("t", 2, batch(&["a"]));
    assert_eq!(code(peer.call(9, &acks).await), ErrorCode::INVALID_REQUIRED_ACKS);
    let mut transactional = produce_request("t", -1, batch(&["a"]));
    transactional.transactional_id = Some("x".into());
    assert_eq!(code(peer.call(9, &transactional).await), ErrorCode::INVALID_TXN_STATE);
    let all = produce_request("t", -1, batch(&["a"]));
    assert_eq!(code(peer.call(9, &all).await), ErrorCode::NOT_ENOUGH_REPLICAS);
    assert_eq!(code(peer.call(9, &produce_request("t", 1, batch(&["a"]))).await), ErrorCode::NONE);
    let missing = produce_request("missing", -1, batch(&["a"]));
    assert_eq!(code(peer.call(9, &missing).await), ErrorCode::UNKNOWN_TOPIC_OR_PARTITION);
}

#[tokio::test]
async fn the_time_of_the_append_counts_where_the_topic_says_so() {
    let broker = cluster(1);
    let mut peer = Peer::connect(&broker, 1).await;
    peer.create("t", 1, &[("message.timestamp.type", "LogAppendTime")]).await;
    for codec in CODECS {
        let written = peer.produce(9, "t", compressed(&["a", "b"], codec, -1, -1, -1)).await;
        assert!(written.log_append_time_ms > peer::time(100));
        let data = peer.fetch(12, "t", written.base_offset).await;
        assert_eq!(opened(&data).len(), 2, "the checksum holds");
        let header = BatchHeader::parse(&data.records.unwrap()).unwrap().unwrap();
        assert!(header.is_log_append_time());
        assert_eq!(header.max_timestamp, written.log_append_time_ms);
    }
    peer.create("u", 1, &[]).await;
    assert_eq!(peer.produce(9, "u", batch(&["a"])).await.log_append_time_ms, -1);
}

#[tokio::test]
async fn compacted_topics_want_keys() {
    let broker = cluster(1);
    let mut peer = Peer::connect(&broker, 1).await;
    peer.create("t", 1, &[("cleanup.policy", "compact")]).await;
    assert_eq!(peer.produce(9, "t", batch(&["a"])).await.error_code, ErrorCode::INVALID_RECORD);
    let mut keyed = BatchBuilder::new(100);
    keyed.push(Some(b"k"), None, &[], 0).unwrap();
    let keyed = keyed.seal().stamp(-1, -1, -1);
    assert_eq!(peer.produce(9, "t", keyed).await.error_code, ErrorCode::NONE);
}

#[tokio::test]
async fn memory_is_bounded_by_partition_and_in_all() {
    let config = BrokerConfig { retention_bytes: 20_000, total_bytes: 50_000, ..BrokerConfig::default() };
    let broker = broker(config);
    let mut peer = Peer::connect(&broker, 1).await;
    let value = "x".repeat(900);
    for topic in 0..6 {
        let topic = format!("t{topic}");
        broker.create_topic(&topic, 1).unwrap();
        for _ in 0..100 {
            assert_eq!(peer.produce(9, &topic, batch(&[&value])).await.error_code, ErrorCode::NONE);
        }
    }
    let kept: Vec<_> = broker.topics().iter().map(|t| t.offsets[0].1 - t.offsets[0].0).collect();
    assert!(broker.topics().iter().all(|topic| topic.offsets[0].1 == 100));
    assert!(kept.iter().all(|kept| *kept <= 20), "{kept:?}");
    assert!((30..=50).contains(&kept.iter().sum::<i64>()), "{kept:?}");
    let gone = peer.fetch(12, "t5", 0).await;
    assert_eq!(gone.error_code, ErrorCode::OFFSET_OUT_OF_RANGE);
    let start = broker.topics()[5].offsets[0].0;
    assert_eq!(peer.produce(9, "t5", batch(&["a"])).await.log_start_offset, start);
}
