//! Each example does what it says, on the broker in memory, over TCP.

#![expect(clippy::unwrap_used, reason = "a failed step is a failed test")]

use std::{process::Stdio, time::Duration};

use ottla::{Client, Message, Writer};
use ottla_broker::{Broker, BrokerConfig};
use ottla_transport::TokioRuntime;
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::Command,
    time::timeout,
};

/// Nothing here takes so long unless it hangs.
const PATIENCE: Duration = Duration::from_secs(60);
const TOPIC: &str = "greetings";

/// The program of an example.
macro_rules! example {
    ($name:literal) => {
        env!(concat!("CARGO_BIN_EXE_", $name))
    };
}

struct Cluster {
    broker: Broker,
    addresses: Vec<String>,
}

/// What a program printed, and how it ended.
struct Ended {
    out: String,
    err: String,
    success: bool,
}

impl Cluster {
    async fn new() -> Self {
        let config = BrokerConfig { nodes: 3, ..BrokerConfig::default() };
        let broker = Broker::new(config, TokioRuntime::current());
        let addresses = broker.listen_tcp(["127.0.0.1:0"; 3]).await.unwrap();
        Self { broker, addresses: addresses.iter().map(ToString::to_string).collect() }
    }

    async fn with_topic(partitions: i32) -> Self {
        let cluster = Self::new().await;
        cluster.broker.create_topic(TOPIC, partitions).unwrap();
        cluster
    }

    async fn write(&self, messages: impl IntoIterator<Item = Message>) {
        let client = Client::builder().bootstrap(&self.addresses[0]).build().unwrap();
        let writer = Writer::builder(&client).topic(TOPIC).build().unwrap();
        writer.write(messages).await.unwrap();
        writer.close(PATIENCE).await.unwrap();
    }

    async fn end(&self, program: &str, arguments: &[&str]) -> Ended {
        self.end_at(&self.addresses[0], program, arguments).await
    }

    /// Runs a program to its end, which must come.
    async fn end_at(&self, address: &str, program: &str, arguments: &[&str]) -> Ended {
        let mut command = Command::new(program);
        command.arg(address).args(arguments).kill_on_drop(true);
        let output = timeout(PATIENCE, command.output()).await.expect("it hangs").unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        Ended { out: text(output.stdout), err: text(output.stderr), success: output.status.success() }
    }

    /// Runs a program that must end well: the lines that it printed.
    async fn run(&self, program: &str, arguments: &[&str]) -> Vec<String> {
        let Ended { out, err, success } = self.end(program, arguments).await;
        assert!(success && err.is_empty(), "{out}\n{err}");
        out.lines().map(str::to_owned).collect()
    }

    fn ends(&self, topic: &str) -> Vec<i64> {
        (0..).map_while(|partition| self.broker.log_end(topic, partition)).collect()
    }
}

fn numbered(range: std::ops::Range<i64>, partition: i32) -> Vec<Message> {
    range.map(|number| Message::new(number.to_string()).with_partition(partition)).collect()
}

#[tokio::test]
async fn conn_produce_and_conn_consume() {
    let cluster = Cluster::with_topic(1).await;
    let written = cluster.run(example!("conn_produce"), &[TOPIC]).await;
    assert_eq!(written, ["partition 0, offset Some(0), 14 bytes"]);
    let read = cluster.run(example!("conn_consume"), &[TOPIC]).await;
    assert_eq!(read, ["0: one!", "1: two!", "2: three!"]);
}

#[tokio::test]
async fn conn_create_topic_and_conn_list_topics() {
    let cluster = Cluster::new().await;
    for _ in 0..2 {
        let created = cluster.run(example!("conn_create_topic"), &["made", "3"]).await;
        assert_eq!(created, ["made: 3 partitions"]);
    }
    let mut listed = cluster.run(example!("conn_list_topics"), &[]).await;
    listed.sort();
    let leaders = cluster.broker.topics().remove(0).leaders;
    let expected: Vec<String> =
        leaders.iter().enumerate().map(|(index, leader)| format!("made/{index}: broker {leader}")).collect();
    assert_eq!(listed, expected);
}

#[tokio::test]
async fn conn_leader() {
    let cluster = Cluster::with_topic(3).await;
    cluster.write(numbered(0..7, 1)).await;
    let leader = cluster.broker.topics().remove(0).leaders[1];
    let place = usize::try_from(leader).unwrap() - 1;
    for address in &cluster.addresses {
        let Ended { out, err, .. } = cluster.end_at(address, example!("conn_leader"), &[TOPIC, "1"]).await;
        let expected =
            format!("broker {leader} at {} leads {TOPIC}/1\noffsets 0 to 7\n", cluster.addresses[place]);
        assert_eq!((out, err), (expected, String::new()));
    }
}

#[tokio::test]
async fn read_goes_on_until_it_is_interrupted() {
    let cluster = Cluster::with_topic(1).await;
    cluster.write(numbered(0..2, 0)).await;
    let mut command = Command::new(example!("read"));
    command.args([&cluster.addresses[0], TOPIC]).stdout(Stdio::piped()).kill_on_drop(true);
    let mut reading = command.spawn().unwrap();
    let mut lines = BufReader::new(reading.stdout.take().unwrap()).lines();
    let mut next = async || timeout(PATIENCE, lines.next_line()).await.expect("it hangs").unwrap().unwrap();
    assert_eq!((next().await, next().await), ("0: 0".to_owned(), "1: 1".to_owned()));
    cluster.write([Message::new("later")]).await;
    assert_eq!(next().await, "2: later");
    assert!(reading.try_wait().unwrap().is_none(), "it has ended");
}

#[tokio::test]
async fn read_partition() {
    let cluster = Cluster::with_topic(2).await;
    cluster.write(numbered(0..5, 1).into_iter().map(|message| message.with_key("k"))).await;
    let read = cluster.run(example!("read_partition"), &[TOPIC, "1", "3"]).await;
    assert_eq!(read, [format!("{TOPIC}/1/3: k = 3"), format!("{TOPIC}/1/4: k = 4")]);
    assert_eq!(cluster.run(example!("read_partition"), &[TOPIC, "1", "5"]).await, [""; 0]);
    assert_eq!(cluster.run(example!("read_partition"), &[TOPIC]).await, [""; 0]);
}

#[tokio::test]
async fn read_time_range() {
    let cluster = Cluster::with_topic(1).await;
    cluster
        .write(
            (0..10)
                .flat_map(|n| numbered(n..n + 1, 0))
                .zip(0..)
                .map(|(message, n)| message.with_timestamp(1000 * n)),
        )
        .await;
    for (from, to, expected) in
        [("3000", "5001", 3..6), ("8500", "99999", 9..10), ("0", "1", 0..1), ("9001", "99999", 0..0)]
    {
        let read = cluster.run(example!("read_time_range"), &[TOPIC, from, to]).await;
        let expected: Vec<String> = expected.map(|n| format!("{n}: {} {n}", 1000 * n)).collect();
        assert_eq!(read, expected, "{from} to {to}");
    }
    let Ended { err, success, .. } = cluster.end(example!("read_time_range"), &[TOPIC, "noon"]).await;
    assert!(!success && err.contains("FROM is not a time in milliseconds: \"noon\""), "{err}");
}

#[tokio::test]
async fn write() {
    let cluster = Cluster::with_topic(1).await;
    let written = cluster.run(example!("write"), &[TOPIC]).await;
    let expected: Vec<String> = (0..3).map(|n| format!("{TOPIC} partition 0 offset Some({n})")).collect();
    assert_eq!(written, expected);

    let Ended { out, err, success } = cluster.end(example!("write"), &["missing"]).await;
    assert!(!success && out.contains("message 2 was not sent: looking up the topic failed"), "{out}");
    assert!(err.contains("3 of 3 messages were not delivered") && err.contains("Caused by"), "{err}");
}

#[tokio::test]
async fn write_missing_topic() {
    let cluster = Cluster::new().await;
    let said = cluster.run(example!("write_missing_topic"), &["missing"]).await;
    assert!(said[0].starts_with("looking up the topic failed: UNKNOWN_TOPIC_OR_PARTITION"), "{said:?}");
    assert_eq!(said[1..], ["missing partition 0 offset Some(0)", "missing partition 0 offset Some(1)"]);
    let again = cluster.run(example!("write_missing_topic"), &["missing"]).await;
    assert_eq!(again[0], "missing is there already");
    assert_eq!(cluster.ends("missing"), [5]);
}

#[tokio::test]
async fn write_topics() {
    let cluster = Cluster::new().await;
    for topic in ["a", "b", "c"] {
        cluster.broker.create_topic(topic, 1).unwrap();
    }
    let written = cluster.run(example!("write_topics"), &["a", "b", "c"]).await;
    assert_eq!(written, ["a", "b", "c"].map(|topic| format!("{topic} partition 0 offset Some(0)")));
    assert_eq!((cluster.ends("a"), cluster.ends("b"), cluster.ends("c")), (vec![1], vec![1], vec![1]));
}

#[tokio::test]
async fn balancers() {
    let cluster = Cluster::with_topic(17).await;
    let said = cluster.run(example!("balancers"), &[TOPIC, "hejsan"]).await;
    // By murmur2, 5ec19395; by CRC-32, d077037e; by FNV-1a, which sarama negates or masks.
    let partitions: Vec<_> = said.iter().map(|line| line.split(':').next().unwrap()).collect();
    let fnv = "hejsan"
        .bytes()
        .fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
    let negated = (fnv.cast_signed() % 17).unsigned_abs();
    let expected = [0x5ec1_9395 % 17, 0xd077_037e_u32 % 17, negated, (fnv & 0x7fff_ffff) % 17, 0];
    assert_eq!(partitions, expected.map(|partition| format!("partition {partition}")));
}

#[tokio::test]
async fn compression() {
    let cluster = Cluster::with_topic(1).await;
    cluster.write(numbered(0..3, 0)).await;
    let said = cluster.run(example!("compression"), &[TOPIC]).await;
    assert_eq!(said.len(), 5);
    for (line, codec) in said.iter().zip(ottla::Compression::ALL) {
        assert!(line.contains(&format!("as {codec}: again")), "{line}");
    }
    assert_eq!(cluster.ends(TOPIC), [8]);
}

#[tokio::test]
async fn logging() {
    let cluster = Cluster::with_topic(1).await;
    let Ended { out, err, success } = cluster.end(example!("logging"), &[TOPIC]).await;
    assert!(success && out == "Some(b\"hello\")\n", "{out}\n{err}");
    for said in ["ottla: produce batches=1", "ottla: fetched"] {
        assert!(err.contains(said), "{said:?} is not in: {err}");
    }
}

#[tokio::test]
async fn poll() {
    let cluster = Cluster::with_topic(2).await;
    cluster.write(numbered(0..1000, 0).into_iter().chain(numbered(0..1000, 1))).await;
    let said = cluster.run(example!("poll"), &[TOPIC]).await;
    assert!(said[0].starts_with("2000 records of 5780 bytes in "), "{said:?}");
}

#[tokio::test]
async fn deliveries() {
    let cluster = Cluster::with_topic(3).await;
    let said = cluster.run(example!("deliveries"), &[TOPIC, "5000"]).await;
    assert_eq!(said.last().unwrap(), "5000 delivered, 0 not sent, 0 unknown");
    let ends = cluster.ends(TOPIC);
    assert_eq!(ends.iter().sum::<i64>(), 5000);
    // What the callback was told of each partition comes to what lies there.
    for (partition, end) in ends.iter().enumerate() {
        let told =
            said.iter().filter_map(|line| line.strip_suffix(&format!(" records to partition {partition}")));
        assert_eq!(told.map(|count| count.parse::<i64>().unwrap()).sum::<i64>(), *end, "{said:?}");
    }
}

#[tokio::test]
async fn pause() {
    let cluster = Cluster::with_topic(2).await;
    cluster.write(numbered(0..3, 0).into_iter().chain(numbered(3..5, 1))).await;
    let said = cluster.run(example!("pause"), &[TOPIC]).await;
    assert_eq!(
        said,
        ["partition 0: 0", "partition 0: 1", "partition 0: 2", "resumed", "partition 1: 3", "partition 1: 4"]
    );
}

#[tokio::test]
async fn lag() {
    let cluster = Cluster::with_topic(3).await;
    cluster.write(numbered(0..250, 0).into_iter().chain(numbered(0..10, 2))).await;
    let said = cluster.run(example!("lag"), &[TOPIC]).await;
    for line in ["100 records of partition 0", "50 records of partition 0", "10 records of partition 2"] {
        assert!(said.iter().any(|said| said == line), "{line:?} is not in {said:?}");
    }
    assert_eq!(said.last().unwrap(), "behind by [0, 0, 0]");
}

/// Each is run by a test above: `example!` with its name.
#[test]
fn no_example_is_left_out() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples");
    let tests = include_str!("examples.rs");
    let mut examples = 0;
    for file in std::fs::read_dir(folder).unwrap() {
        let path = file.unwrap().path();
        let name = path.file_stem().unwrap().to_str().unwrap();
        assert!(tests.contains(&format!("example!({name:?})")), "{name} is run by no test");
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(text.contains(&format!("cargo run --example {name} ")), "{name} does not say how to run it");
        examples += 1;
    }
    assert!(examples > 10);
}
