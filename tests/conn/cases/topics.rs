use std::time::Duration;

use ottla::{ErrorCode, NewTopic};

use crate::cluster::{Cluster, PATIENCE};

pub(crate) async fn topics_are_created_listed_and_deleted(cluster: &Cluster) {
    let conn = cluster.controller().await;
    let (a, b) = (cluster.name(), cluster.name());
    let new = [NewTopic::new(&*a, 3), NewTopic::new(&*b, 1).set("retention.ms", "3600000")];
    conn.create_topics(&new).await.unwrap();

    let both = conn.read_partitions(&[&b, &a]).await.unwrap();
    let shape: Vec<_> = both.iter().map(|topic| (&*topic.name, topic.partitions.len())).collect();
    assert_eq!(shape, [(&*b, 1), (&*a, 3)]);
    for topic in &both {
        assert!(!topic.internal && topic.partitions.iter().all(|partition| partition.leader.is_some()));
        assert!(topic.partitions.iter().all(|partition| partition.replicas.len() == 1));
    }
    let all = conn.topics().await.unwrap();
    assert!(all.is_sorted_by(|a, b| a.name < b.name));
    assert_eq!(all.iter().filter(|topic| both.contains(topic)).count(), 2);

    conn.delete_topics(&[&a, &b]).await.unwrap();
    gone(cluster, &a).await;
    gone(cluster, &b).await;
}

pub(crate) async fn creating_a_topic_that_exists_is_fine_and_twice_at_once_is_not(cluster: &Cluster) {
    let conn = cluster.controller().await;
    let topic = NewTopic::new(cluster.name(), 1);
    for _ in 0..2 {
        conn.create_topics(std::slice::from_ref(&topic)).await.unwrap();
    }
    let twice = NewTopic::new(cluster.name(), 1);
    let error = conn.create_topics(&[twice.clone(), twice.clone()]).await.unwrap_err();
    assert_eq!(error.code(), Some(ErrorCode::INVALID_REQUEST), "{error}");
    conn.create_topics(&[]).await.unwrap();
}

pub(crate) async fn deleting_goes_on_past_a_topic_that_does_not_exist(cluster: &Cluster) {
    let topic = cluster.topic(1).await;
    let error = cluster.controller().await.delete_topics(&["invalid-topic", &topic]).await.unwrap_err();
    assert_eq!(error.code(), Some(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION), "{error}");
    assert_eq!(error.topic(), Some("invalid-topic"));
    gone(cluster, &topic).await;
}

pub(crate) async fn a_topic_that_cannot_be_is_refused(cluster: &Cluster) {
    let conn = cluster.controller().await;
    for (topic, code) in [
        (NewTopic::new("no/such", 1), ErrorCode::INVALID_TOPIC_EXCEPTION),
        (NewTopic::new(cluster.name(), 0), ErrorCode::INVALID_PARTITIONS),
        (NewTopic::new(cluster.name(), 1).replicas(100), ErrorCode::INVALID_REPLICATION_FACTOR),
    ] {
        let error = conn.create_topics(std::slice::from_ref(&topic)).await.unwrap_err();
        assert_eq!(error.code(), Some(code), "{error}");
        assert_eq!(error.topic(), Some(&*topic.name));
    }
}

/// Waits until a topic is gone: a broker takes a moment to hear of it.
async fn gone(cluster: &Cluster, name: &str) {
    let conn = cluster.any().await;
    let deadline = tokio::time::Instant::now() + PATIENCE;
    while conn.topics().await.unwrap().iter().any(|topic| *topic.name == *name) {
        assert!(tokio::time::Instant::now() < deadline, "{name} is still there");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}
