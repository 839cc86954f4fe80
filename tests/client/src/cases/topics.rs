use std::time::Duration;

use ottla::{ErrorCode, NewTopic, Reader, Writer};

use crate::{
    Cluster, Release,
    steps::{message, numbers},
};

pub async fn topics_come_and_go(cluster: &Cluster) {
    let names = [cluster.name(), cluster.name()];
    let new = [NewTopic::new(names[0].clone(), 1), NewTopic::new(names[1].clone(), 3)];
    cluster.client.create_topics(&new).await.unwrap();
    let topic = cluster.client.topic(&names[1]).await.unwrap();
    assert_eq!((&topic.name, topic.internal), (&names[1], false));
    let ids: Vec<_> = topic.partitions.iter().map(|partition| partition.id).collect();
    assert_eq!(ids, [0, 1, 2]);
    for partition in &topic.partitions {
        let leader = partition.leader.unwrap();
        assert_eq!((&partition.replicas, &partition.isr), (&vec![leader], &vec![leader]));
    }
    assert_eq!(topic.id.is_zero(), cluster.release < Release(2, 8));
    let listed = cluster.client.topics().await.unwrap();
    assert!(names.iter().all(|name| listed.iter().any(|topic| topic.name == *name)));
    assert!(listed.is_sorted_by_key(|topic| topic.name.clone()));

    cluster.client.delete_topics(&names).await.unwrap();
    // Brokers hear of it one after another.
    while cluster.client.topics().await.unwrap().iter().any(|topic| names.contains(&topic.name)) {
        cluster.pause(50).await;
    }
    let gone = cluster.client.topic(&names[0]).await.unwrap_err();
    assert_eq!(gone.code(), Some(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION), "{gone}");
}

pub async fn topics_are_refused_with_a_reason(cluster: &Cluster) {
    let there = cluster.topic(1).await;
    for (new, code) in [
        (NewTopic::new(there.clone(), 1), ErrorCode::TOPIC_ALREADY_EXISTS),
        (NewTopic::new("no good", 1), ErrorCode::INVALID_TOPIC_EXCEPTION),
        (NewTopic::new(cluster.name(), 0), ErrorCode::INVALID_PARTITIONS),
        (NewTopic::new(cluster.name(), 1).replicas(100), ErrorCode::INVALID_REPLICATION_FACTOR),
    ] {
        let refused = cluster.client.create_topics(&[new]).await.unwrap_err();
        assert_eq!(refused.code(), Some(code), "{refused}");
    }
    // One that is refused does not keep the others from being created.
    let other = cluster.name();
    let both = [NewTopic::new(there, 1), NewTopic::new(other.clone(), 1)];
    let refused = cluster.client.create_topics(&both).await.unwrap_err();
    assert_eq!(refused.code(), Some(ErrorCode::TOPIC_ALREADY_EXISTS), "{refused}");
    while cluster.client.topic(&other).await.is_err() {
        cluster.pause(50).await;
    }
    let unknown = cluster.client.delete_topics(&[cluster.name()]).await.unwrap_err();
    assert_eq!(unknown.code(), Some(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION), "{unknown}");
}

pub async fn topics_have_settings(cluster: &Cluster) {
    let new = NewTopic::new(cluster.name(), 1).set("retention.ms", "1000000").set("segment.bytes", "1048576");
    cluster.client.create_topics(&[new]).await.unwrap();
    let bad = NewTopic::new(cluster.name(), 1).set("cleanup.policy", "never");
    let refused = cluster.client.create_topics(&[bad]).await.unwrap_err();
    // The oldest broker stumbles over it.
    let stumbled = refused.code() == Some(ErrorCode::UNKNOWN_SERVER_ERROR) && !cluster.release.has_batches();
    assert!(stumbled || refused.code() == Some(ErrorCode::INVALID_CONFIG), "{refused}");
}

pub async fn topics_grow(cluster: &Cluster) {
    let topic = cluster.topic(2).await;
    let grown = cluster.client.create_partitions(&topic, 4).await;
    if cluster.release < Release(1, 0) {
        let error = grown.unwrap_err();
        assert_eq!(error.kind(), ottla::ErrorKind::Unsupported, "{error}");
        return;
    }
    grown.unwrap();
    while cluster.client.topic(&topic).await.unwrap().partitions.len() != 4 {
        cluster.pause(50).await;
    }
    let fewer = cluster.client.create_partitions(&topic, 1).await.unwrap_err();
    assert_eq!(fewer.code(), Some(ErrorCode::INVALID_PARTITIONS), "{fewer}");
    let written = cluster.write(&topic, vec![message("new").with_partition(3)]).await;
    assert_eq!((written[0].partition, written[0].offset), (3, Some(0)));
}

pub async fn what_does_not_exist_is_an_error(cluster: &Cluster) {
    let topic = cluster.topic(1).await;
    cluster.write(&topic, numbers(0..1)).await;

    let writer = Writer::builder(&cluster.client).build().unwrap();
    for message in [
        message("topicless"),
        message("lost").with_topic(cluster.name()),
        message("beyond").with_topic(topic.clone()).with_partition(7),
    ] {
        let failed = writer.write([message.clone()]).await.unwrap_err();
        assert_eq!(failed.count(), 1, "{message:?}");
    }
    writer.write([message("found").with_topic(topic.clone())]).await.unwrap();
    writer.close(Duration::from_secs(10)).await.unwrap();

    let short = Duration::from_millis(200);
    let builder = Reader::builder(&cluster.client).topic(cluster.name()).wait_for_topic(short);
    let error = builder.build().unwrap().read().await.unwrap_err();
    assert_eq!(error.code(), Some(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION), "{error}");
    let builder = Reader::builder(&cluster.client).topic(topic).partition(7).wait_for_topic(short);
    assert!(builder.build().unwrap().read().await.is_err());
}
