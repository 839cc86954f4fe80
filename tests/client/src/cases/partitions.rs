use std::collections::{BTreeMap, BTreeSet};

use ottla::{Reader, Writer};

use crate::{
    Cluster,
    steps::{LIMIT, message, take, text},
};

const MANY: i32 = 24;

pub async fn every_partition_is_written_and_read(cluster: &Cluster) {
    let topic = cluster.topic(MANY).await;
    let written: Vec<_> = (0..MANY * 20).map(|n| message(n.to_string()).with_partition(n % MANY)).collect();
    let delivered = cluster.write(&topic, written.clone()).await;
    for (number, one) in (0..).zip(&delivered) {
        assert_eq!((one.partition, one.offset), (number % MANY, Some(i64::from(number / MANY))));
    }
    let reader = Reader::builder(&cluster.client).topic(topic).build().unwrap();
    let mut by_partition: BTreeMap<i32, Vec<i32>> = BTreeMap::new();
    for message in take(&reader, written.len()).await {
        let numbers = by_partition.entry(message.partition.unwrap()).or_default();
        assert_eq!(message.offset, numbers.len() as i64);
        numbers.push(text(&message).parse().unwrap());
    }
    reader.close().await;
    for partition in 0..MANY {
        let expected: Vec<_> = (0..20).map(|row| row * MANY + partition).collect();
        assert_eq!(by_partition[&partition], expected);
    }
}

pub async fn one_key_goes_to_one_partition(cluster: &Cluster) {
    let topic = cluster.topic(7).await;
    let writer = cluster.writer(&topic);
    let mut places: BTreeMap<String, BTreeSet<i32>> = BTreeMap::new();
    for _ in 0..5 {
        let keyed = (0..50).map(|key| ottla::Message::new("v").with_key(format!("key-{key}")));
        for (key, one) in (0..50).zip(writer.write(keyed).await.unwrap()) {
            places.entry(format!("key-{key}")).or_default().insert(one.partition);
        }
    }
    writer.close(LIMIT).await.unwrap();
    assert!(places.values().all(|partitions| partitions.len() == 1), "{places:?}");
    let used: BTreeSet<_> = places.values().flatten().collect();
    assert_eq!(used.len(), 7, "50 keys leave none of 7 partitions out");
}

pub async fn records_of_many_topics_go_through_one_writer(cluster: &Cluster) {
    let topics = [cluster.topic(1).await, cluster.topic(2).await, cluster.topic(1).await];
    let writer = Writer::builder(&cluster.client).build().unwrap();
    let mixed = (0..30).map(|n| message(n.to_string()).with_topic(topics[n % 3].clone()));
    let delivered = writer.write(mixed).await.unwrap();
    writer.close(LIMIT).await.unwrap();
    for (number, one) in delivered.iter().enumerate() {
        assert_eq!((&one.topic, one.offset), (&topics[number % 3], Some(number as i64 / 3)));
    }
    let builder =
        topics.iter().fold(Reader::builder(&cluster.client), |builder, topic| builder.topic(topic.clone()));
    let reader = builder.build().unwrap();
    let mut seen = BTreeSet::new();
    for message in take(&reader, 30).await {
        let number: usize = text(&message).parse().unwrap();
        assert_eq!(message.topic, topics[number % 3]);
        assert!(seen.insert(number));
    }
    reader.close().await;
}
