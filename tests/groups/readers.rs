//! Readers that are members of a group.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::{Arc, Mutex},
    time::Duration,
};

use ottla::{
    Assignor, Client, CooperativeStickyAssignor, Delivered, ErrorKind, Group, GroupProtocol, Message,
    NewTopic, RangeAssignor, Reader, ReaderBuilder, RebalanceKind, RoundRobinAssignor, StickyAssignor,
    Writer,
};
use ottla_kafka::KafkaCluster;
use tokio::time::timeout;

use super::{PATIENCE, client, kafka};

const PARTITIONS: i32 = 8;
const RECORDS: usize = 4000;

/// How a group is set.
#[derive(Clone)]
struct Way {
    protocol: GroupProtocol,
    assignor: Option<Arc<dyn Assignor>>,
}

impl Way {
    fn classic(assignor: impl Assignor) -> Self {
        Self { protocol: GroupProtocol::Classic, assignor: Some(Arc::new(assignor)) }
    }

    fn group(&self, name: &str) -> Group {
        let group = Group::new(name).protocol(self.protocol).heartbeat_interval(Duration::from_millis(300));
        match &self.assignor {
            Some(assignor) => group.assignors(vec![Arc::clone(assignor)]),
            None => group,
        }
    }
}

/// What members of a group have read, and how the group went on.
#[derive(Default)]
struct Seen {
    /// How often each number was read.
    times: HashMap<usize, usize>,
    /// Where each member is in each partition: what it reads must lie beyond.
    at: HashMap<(usize, i32), i64>,
    /// The members that have partitions.
    members: BTreeSet<usize>,
    lost: usize,
}

fn write(client: &Client, topic: &str) -> Writer {
    Writer::builder(client).topic(topic).build().unwrap()
}

async fn write_numbers(client: &Client, topic: &str, from: usize, count: usize) -> Vec<Delivered> {
    let writer = write(client, topic);
    let messages = (from..from + count)
        .map(|number| Message::new(number.to_string()).with_partition((number % PARTITIONS as usize) as i32));
    let delivered = writer.write(messages).await.unwrap();
    writer.close(PATIENCE).await.unwrap();
    delivered
}

fn builder(client: &Client, topic: &str, group: Group) -> ReaderBuilder {
    Reader::builder(client).topic(topic).group(group).commit_interval(Duration::from_millis(200))
}

/// A member that reads until it is told to stop, and then leaves.
fn member(
    client: &Client,
    topic: &str,
    way: &Way,
    id: usize,
    seen: &Arc<Mutex<Seen>>,
) -> (Arc<Reader>, tokio::task::JoinHandle<()>) {
    let heard = Arc::clone(seen);
    let reader = builder(client, topic, way.group(topic)).on_rebalance(move |rebalance| {
        let mut seen = heard.lock().unwrap();
        match rebalance.kind() {
            RebalanceKind::Assigned if !rebalance.partitions().is_empty() => drop(seen.members.insert(id)),
            RebalanceKind::Lost => seen.lost += 1,
            _ => {}
        }
        // It may begin anew in what it gets back.
        for topic in rebalance.partitions() {
            for partition in &topic.partitions {
                seen.at.remove(&(id, *partition));
            }
        }
        async {}
    });
    let reader = Arc::new(reader.build().unwrap());
    let (reading, seen) = (Arc::clone(&reader), Arc::clone(seen));
    let task = tokio::spawn(async move {
        loop {
            let message = match reading.read().await {
                Ok(message) => message,
                Err(error) if error.kind() == ErrorKind::Closed => return,
                Err(error) => panic!("{error}"),
            };
            let number: usize = std::str::from_utf8(&message.value.unwrap()).unwrap().parse().unwrap();
            let mut seen = seen.lock().unwrap();
            *seen.times.entry(number).or_default() += 1;
            let before = seen.at.insert((id, message.partition.unwrap()), message.offset);
            assert!(before.is_none_or(|before| before < message.offset), "out of order");
        }
    });
    (reader, task)
}

async fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let waited = timeout(PATIENCE, async {
        while !is_so() {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    });
    waited.await.unwrap_or_else(|_| panic!("{what} does not happen"));
}

/// Three members come one after another while records flow, one leaves in between: nothing is lost, and only what
/// was not committed is read twice.
async fn records_survive_members_that_come_and_go(kafka: &KafkaCluster, topic: &str, way: Way) {
    let client = client(kafka);
    client.create_topics(&[NewTopic::new(topic, PARTITIONS)]).await.unwrap();
    let seen = Arc::new(Mutex::new(Seen::default()));
    let count = |seen: &Arc<Mutex<Seen>>| seen.lock().unwrap().times.len();
    write_numbers(&client, topic, 0, RECORDS).await;
    let (first, first_task) = member(&client, topic, &way, 1, &seen);
    until("reading", || count(&seen) >= RECORDS / 2).await;
    let (second, second_task) = member(&client, topic, &way, 2, &seen);
    let joined = |member: usize| seen.lock().unwrap().members.contains(&member);
    until("sharing with a second", || joined(2)).await;
    write_numbers(&client, topic, RECORDS, RECORDS).await;
    let (third, third_task) = member(&client, topic, &way, 3, &seen);
    until("sharing with a third", || joined(3)).await;
    first.close_within(PATIENCE).await.unwrap();
    first_task.await.unwrap();
    write_numbers(&client, topic, 2 * RECORDS, RECORDS).await;
    until("reading all", || count(&seen) == 3 * RECORDS).await;
    for (reader, task) in [(second, second_task), (third, third_task)] {
        reader.close_within(PATIENCE).await.unwrap();
        task.await.unwrap();
    }
    {
        let seen = seen.lock().unwrap();
        let twice = seen.times.values().filter(|times| **times > 1).count();
        eprintln!("{twice} of {} records were read more than once", 3 * RECORDS);
        assert_eq!(seen.lost, 0, "nothing was taken away, it was asked for");
    }
    // What is committed is all there was.
    if kafka.version().at_least(&[0, 10, 2]) {
        let committed = client.committed_offsets(topic).await.unwrap();
        let total: i64 = committed.iter().map(|offset| offset.offset).sum();
        assert_eq!(total, 3 * RECORDS as i64, "{committed:?}");
    }
    if kafka.version().at_least(&[1, 1]) {
        client.delete_group(topic).await.unwrap();
    }
    client.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn records_survive_members_that_come_and_go_by_every_protocol_and_assignor() {
    let kafka = kafka().await;
    let mut ways = vec![
        Way::classic(RangeAssignor),
        Way::classic(RoundRobinAssignor),
        Way::classic(StickyAssignor),
        Way::classic(CooperativeStickyAssignor),
    ];
    if kafka.version().at_least(&[4]) {
        ways.push(Way { protocol: GroupProtocol::Consumer, assignor: None });
    }
    for (at, way) in ways.into_iter().enumerate() {
        eprintln!(
            "{:?} {:?}",
            way.protocol,
            way.assignor.as_ref().map(|assignor| assignor.name().to_owned())
        );
        // A topic of its own each: before KIP-500 it takes a while until one is gone.
        records_survive_members_that_come_and_go(&kafka, &format!("t{at}"), way).await;
    }
}

/// Committing by hand, and what is refused.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_committed_is_gone_on_from_and_stale_records_are_refused() {
    let kafka = kafka().await;
    let client = client(&kafka);
    client.create_topics(&[NewTopic::new("t", 1)]).await.unwrap();
    let writer = write(&client, "t");
    writer.write((0..10).map(|number| Message::new(number.to_string()))).await.unwrap();
    let way = Way::classic(RangeAssignor);
    let first = builder(&client, "t", way.group("hand")).auto_commit(false).build().unwrap();
    let mut messages = Vec::new();
    for _ in 0..5 {
        messages.push(timeout(PATIENCE, first.fetch()).await.unwrap().unwrap());
    }
    // The highest wins, whatever the order.
    first.commit([&messages[2], &messages[1]]).await.unwrap();
    assert_eq!(first.lag("t", 0).unwrap(), Some(5), "lag works in a group");

    // A second member gets the partition, when the first has left.
    let second = builder(&client, "t", way.group("hand")).auto_commit(false).build().unwrap();
    first.close_within(PATIENCE).await.unwrap();
    let next = timeout(PATIENCE, second.fetch()).await.unwrap().unwrap();
    assert_eq!(next.offset, 3, "what was not committed is read again");
    let refused = first.commit([&messages[4]]).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Fenced, "{refused}");
    let foreign = second.commit([&messages[4]]).await.unwrap_err();
    assert_eq!(foreign.kind(), ErrorKind::Fenced, "{foreign}");
    second.seek("t", 0, ottla::Start::Offset(8)).unwrap();
    let sought = timeout(PATIENCE, second.fetch()).await.unwrap().unwrap();
    assert_eq!(sought.offset, 8);
    second.commit([ottla::Commit::from(&sought).with_metadata("by hand")]).await.unwrap();
    second.close_within(PATIENCE).await.unwrap();
    if kafka.version().at_least(&[0, 10, 2]) {
        let committed = client.committed_offsets("hand").await.unwrap();
        assert_eq!((committed[0].offset, &*committed[0].metadata), (9, "by hand"));
    }

    let outside = Reader::builder(&client).topic("t").build().unwrap();
    let misuse = outside.commit([&messages[0]]).await.unwrap_err();
    assert_eq!(misuse.kind(), ErrorKind::Misuse);
    outside.close().await;
    client.close().await;
}

/// New topics that a pattern wants, and new partitions, are found by themselves.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn topics_and_partitions_that_appear_are_read() {
    let kafka = kafka().await;
    let client = client(&kafka);
    client.create_topics(&[NewTopic::new("logs-a", 1)]).await.unwrap();
    let group =
        Way::classic(CooperativeStickyAssignor).group("pattern").watch_interval(Duration::from_millis(500));
    let reader = Reader::builder(&client).topics_matching(|name| name.starts_with("logs-")).group(group);
    let reader = reader.build().unwrap();
    let mut writer = Writer::builder(&client).build().unwrap();
    let mut read = BTreeMap::new();
    let mut expect = async |writer: &Writer, topic: &'static str, partition: i32| {
        writer.write([Message::new("x").with_topic(topic).with_partition(partition)]).await.unwrap();
        let message = timeout(PATIENCE, reader.read()).await.unwrap().unwrap();
        assert_eq!((&*message.topic, message.partition), (topic, Some(partition)));
        *read.entry((topic, partition)).or_insert(0) += 1;
    };
    expect(&writer, "logs-a", 0).await;
    client.create_topics(&[NewTopic::new("logs-b", 1), NewTopic::new("other", 1)]).await.unwrap();
    expect(&writer, "logs-b", 0).await;
    if kafka.version().at_least(&[1]) {
        client.create_partitions("logs-b", 2).await.unwrap();
        // One that knows the topic as it is now.
        writer = Writer::builder(&super::client(&kafka)).build().unwrap();
        expect(&writer, "logs-b", 1).await;
    }
    reader.close_within(PATIENCE).await.unwrap();
    client.close().await;
}
