//! Consumer groups on a real Kafka of the version that `KAFKA_VERSION` names.

#![expect(clippy::unwrap_used, reason = "a failed step is a failed test")]

mod readers;

use std::{collections::BTreeSet, time::Duration};

use ottla::{Client, CommittedOffset, ConsumerGroup, Generation, Group, GroupProtocol, NewTopic};
use ottla_kafka::{Config, KafkaCluster};
use tokio::{task::spawn_blocking, time::timeout};

/// Nothing takes so long unless it hangs.
const PATIENCE: Duration = Duration::from_secs(120);
const CLOSE: Duration = Duration::from_secs(10);

async fn kafka() -> KafkaCluster {
    let config = Config::new(&ottla_kafka::default_version()).set("group.initial.rebalance.delay.ms", "0");
    spawn_blocking(move || config.start().unwrap()).await.unwrap()
}

fn client(kafka: &KafkaCluster) -> Client {
    Client::builder().bootstrap(kafka.bootstrap()).build().unwrap()
}

async fn next(group: &ConsumerGroup) -> Generation {
    timeout(PATIENCE, group.next()).await.expect("no generation comes").unwrap()
}

fn places(generation: &Generation) -> BTreeSet<i32> {
    generation.partitions.iter().map(|assigned| assigned.partition).collect()
}

/// Takes generations of both until they share everything.
async fn shared(a: &ConsumerGroup, b: &ConsumerGroup, partitions: i32) -> (Generation, Generation) {
    let (mut one, mut two) = tokio::join!(next(a), next(b));
    loop {
        let (mine, theirs) = (places(&one), places(&two));
        let disjoint = mine.is_disjoint(&theirs);
        if disjoint
            && !theirs.is_empty()
            && !mine.is_empty()
            && mine.len() + theirs.len() == partitions as usize
        {
            return (one, two);
        }
        tokio::select! {
            again = next(a) => one = again,
            again = next(b) => two = again,
        }
    }
}

async fn members_share_and_hand_over(protocol: GroupProtocol) {
    let kafka = kafka().await;
    if protocol == GroupProtocol::Consumer && !kafka.version().at_least(&[4]) {
        return refused(&client(&kafka)).await;
    }
    let client = client(&kafka);
    client.create_topics(&[NewTopic::new("t", 6)]).await.unwrap();
    let group = || Group::new("g").protocol(protocol).heartbeat_interval(Duration::from_millis(500));
    let a = ConsumerGroup::join(&client, group(), &["t"]).unwrap();
    let first = next(&a).await;
    let mut first = first;
    while places(&first).len() != 6 {
        first = next(&a).await;
    }
    assert!(first.partitions.iter().all(|assigned| assigned.committed.is_none()));
    first.commit_offsets(&[CommittedOffset::new("t", 5, 42).with_metadata("note")]).await.unwrap();

    let b = ConsumerGroup::join(&client, group(), &["t"]).unwrap();
    let (one, two) = shared(&a, &b, 6).await;
    let all = one.partitions.iter().chain(&two.partitions);
    let five = all.clone().find(|assigned| assigned.partition == 5).unwrap();
    let committed = five.committed.as_ref().unwrap();
    assert_eq!((committed.offset, &*committed.metadata), (42, "note"));
    assert!(first.end().is_over());
    let late = first.commit_offsets(&[CommittedOffset::new("t", 5, 7)]).await;
    assert!(late.is_err(), "a generation that is over commits nothing");

    let described = client.describe_group("g").await.unwrap();
    assert_eq!(described.members.len(), 2, "{described:?}");
    let listed = client.groups().await.unwrap();
    assert!(listed.iter().any(|listed| &*listed.group == "g"), "{listed:?}");

    a.close(CLOSE).await;
    let mut rest = two;
    while places(&rest).len() != 6 {
        rest = next(&b).await;
    }
    b.close(CLOSE).await;
    assert!(b.next().await.is_err());
    if !kafka.version().at_least(&[1, 1]) {
        return client.close().await;
    }
    let offsets = client.committed_offsets("g").await.unwrap();
    assert_eq!(offsets.iter().map(|it| (it.partition, it.offset)).collect::<Vec<_>>(), [(5, 42)]);
    client.commit_offsets("g", &[CommittedOffset::new("t", 5, 3)]).await.unwrap();
    assert_eq!(client.committed_offsets("g").await.unwrap()[0].offset, 3);
    assert!(client.describe_group("g").await.unwrap().members.is_empty(), "both have left");
    client.delete_group("g").await.unwrap();
    client.close().await;
}

/// Brokers that do not have the protocol are told of, and what to do about it.
async fn refused(client: &Client) {
    client.create_topics(&[NewTopic::new("t", 1)]).await.unwrap();
    let group = Group::new("g").protocol(GroupProtocol::Consumer);
    let member = ConsumerGroup::join(client, group, &["t"]).unwrap();
    let error = timeout(PATIENCE, member.next()).await.unwrap().unwrap_err();
    assert!(error.to_string().contains("use GroupProtocol::Classic"), "{error}");
    member.close(CLOSE).await;
    client.close().await;
}

#[tokio::test]
async fn members_of_a_classic_group_share_partitions_and_hand_them_over() {
    members_share_and_hand_over(GroupProtocol::Classic).await;
}

#[tokio::test]
async fn members_of_a_next_generation_group_share_partitions_and_hand_them_over() {
    members_share_and_hand_over(GroupProtocol::Consumer).await;
}
