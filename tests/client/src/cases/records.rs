use bytes::Bytes;
use ottla::{ErrorKind, Header, Message, NewTopic, Writer};

use crate::{
    Cluster, Release,
    steps::{LIMIT, assert_same, message},
};

pub async fn keys_and_values_are_null_empty_or_any_bytes(cluster: &Cluster) {
    let all_bytes: Vec<u8> = (0..=255).collect();
    let forms = [None, Some(Bytes::new()), Some(Bytes::from_static(b"x")), Some(all_bytes.into())];
    let mut written = Vec::new();
    for key in &forms {
        for value in &forms {
            let mut message = message("");
            (message.key, message.value) = (key.clone(), value.clone());
            written.push(message);
        }
    }
    let topic = cluster.topic(1).await;
    cluster.write(&topic, written.clone()).await;
    assert_same(&cluster.read(&topic, written.len()).await, &written);
}

pub async fn headers_keep_order_duplicates_and_nulls(cluster: &Cluster) {
    if !cluster.release.has_batches() {
        return;
    }
    let mut headed = message("headed");
    headed.headers = vec![
        Header::new("b", "2"),
        Header::new("a", "1"),
        Header::new("b", "3"),
        Header::null("a"),
        Header::new("a", ""),
        Header::new("", "nameless"),
        Header::new("ключ", vec![0, 255]),
    ];
    let written = vec![message("bare"), headed, message("bare again")];
    for codec in cluster.codecs() {
        let topic = cluster.topic(1).await;
        let writer =
            Writer::builder(&cluster.client).topic(topic.clone()).compression(codec).build().unwrap();
        writer.write(written.clone()).await.unwrap();
        writer.close(LIMIT).await.unwrap();
        assert_same(&cluster.read(&topic, written.len()).await, &written);
    }
}

/// They would be lost otherwise, and nobody told.
pub async fn headers_need_a_broker_that_has_them(cluster: &Cluster) {
    if cluster.release.has_batches() {
        return;
    }
    let topic = cluster.topic(1).await;
    let writer = cluster.writer(&topic);
    let failed = writer.write([message("headed").with_header("a", "1")]).await.unwrap_err();
    let error = failed.first().unwrap();
    assert_eq!(error.kind(), ErrorKind::Unsupported, "{error}");
    writer.write([message("bare")]).await.unwrap();
    writer.close(LIMIT).await.unwrap();
}

pub async fn tombstones_stay_in_a_compacted_topic(cluster: &Cluster) {
    let topic = cluster.name();
    let compacted = NewTopic::new(topic.clone(), 1).set("cleanup.policy", "compact");
    cluster.client.create_topics(&[compacted]).await.unwrap();
    let mut tombstone = message("").with_key("k");
    tombstone.value = None;
    let written = vec![message("kept").with_key("k"), tombstone];
    cluster.write(&topic, written.clone()).await;
    assert_same(&cluster.read(&topic, 2).await, &written);

    if cluster.release < Release(2, 4) {
        // To them it is a damaged batch, which may have come whole by another try.
        return;
    }
    let writer = cluster.writer(&topic);
    let failed = writer.write([message("without a key")]).await.unwrap_err();
    let error = failed.first().unwrap();
    assert_eq!(error.kind(), ErrorKind::Broker, "{error}");
    let _ = writer.close(LIMIT).await;
}

pub async fn timestamps_are_kept_or_made(cluster: &Cluster) {
    use ottla::transport::Runtime;

    let topic = cluster.topic(1).await;
    let before = cluster.runtime.unix_millis();
    let given = [before - 5000, before, before - 10_000];
    let mut written: Vec<_> = given.map(|time| message("dated").with_timestamp(time)).into();
    written.push(message("undated"));
    let delivered = cluster.write(&topic, written).await;
    let after = cluster.runtime.unix_millis();
    let read = cluster.read(&topic, 4).await;
    for (number, time) in given.into_iter().enumerate() {
        assert_eq!((read[number].timestamp, delivered[number].timestamp), (Some(time), time));
    }
    let made = read[3].timestamp.unwrap();
    assert!((before..=after).contains(&made), "{before} {made} {after}");
}

pub async fn the_broker_dates_records_where_the_topic_says_so(cluster: &Cluster) {
    let topic = cluster.name();
    let dated = NewTopic::new(topic.clone(), 1).set("message.timestamp.type", "LogAppendTime");
    cluster.client.create_topics(&[dated]).await.unwrap();
    for codec in cluster.codecs() {
        let writer =
            Writer::builder(&cluster.client).topic(topic.clone()).compression(codec).build().unwrap();
        let messages = [message("a").with_timestamp(1000), message("b").with_timestamp(2000)];
        let delivered = writer.write(messages).await.unwrap();
        writer.close(LIMIT).await.unwrap();
        assert!(delivered.iter().all(|one| one.timestamp > 1_000_000_000_000), "{delivered:?}");
    }
    let count = 2 * cluster.codecs().len();
    for message in cluster.read(&topic, count).await {
        assert!(message.timestamp.unwrap() > 1_000_000_000_000, "{message:?}");
    }
}

pub async fn large_records_pass_and_larger_ones_are_refused(cluster: &Cluster) {
    let topic = cluster.topic(1).await;
    let large = message("x".repeat(900_000)).with_key("large");
    cluster.write(&topic, vec![message("before"), large.clone(), message("after")]).await;
    let read = cluster.read(&topic, 3).await;
    assert_same(&read[1..2], &[large]);

    let writer = cluster.writer(&topic);
    let too_large: Message = message("x".repeat(2 << 20));
    let failed = writer.write([too_large, message("small")]).await.unwrap_err();
    let error = failed.first().unwrap();
    assert_eq!(error.kind(), ErrorKind::TooLarge, "{error}");
    assert_eq!(failed.count(), 1, "the small one is delivered: {failed:?}");
    writer.close(LIMIT).await.unwrap();

    // The client lets it pass, and the broker does not.
    let topic = cluster.name();
    let narrow = NewTopic::new(topic.clone(), 1).set("max.message.bytes", "1000");
    cluster.client.create_topics(&[narrow]).await.unwrap();
    let writer = cluster.writer(&topic);
    let failed = writer.write([message("x".repeat(5000))]).await.unwrap_err();
    let error = failed.first().unwrap();
    assert_eq!(error.code(), Some(ottla::ErrorCode::MESSAGE_TOO_LARGE), "{error}");
    writer.write([message("small")]).await.unwrap();
    writer.close(LIMIT).await.unwrap();
}
