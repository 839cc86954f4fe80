//! Connections are cut at random, both ways, in the middle of frames, while records are written and read:
//! nothing acknowledged is lost, nothing is written twice, the order of every partition holds, and a
//! reader sees the log as it is.
//!
//! `CUTS_SEED=7` runs that one seed, `CUTS_SEEDS=1000` as many. Clocks are virtual unless a test says
//! otherwise.

#![expect(clippy::unwrap_used, reason = "a failed step is a failed test")]

use bytes::Bytes;
use fastrand::Rng;
use ottla::{Client, Compression, Delivered, Error, Message, Reader, Record, Retry, Start, Writer};
use ottla_broker::{Broker, BrokerConfig};
use ottla_memory::MemoryTransport;
use ottla_tests::cutting::Cutting;
use ottla_transport::TokioRuntime;
use std::{collections::HashMap, env, sync::Arc, time::Duration};

const TOPIC: &str = "numbers";
const PARTITIONS: i32 = 3;

/// One run.
#[derive(Clone, Debug)]
struct Plan {
    seed: u64,
    records: usize,
    /// Short enough, and some records are given up.
    delivery_timeout: Duration,
    /// A leader moves to another node from time to time.
    moves: bool,
}

/// What became of the records of one partition, by their numbers.
type Outcomes = Vec<Result<Delivered, Error>>;

fn seeds(default: u64) -> std::ops::Range<u64> {
    let number = |name: &str| env::var(name).ok().map(|text| text.parse::<u64>().unwrap());
    match number("CUTS_SEED") {
        Some(seed) => seed..seed + 1,
        None => 0..number("CUTS_SEEDS").unwrap_or(default),
    }
}

/// Runs each seed on a clock of its own.
fn run(default_seeds: u64, plan: impl Fn(u64) -> Plan) {
    for seed in seeds(default_seeds) {
        let runtime =
            tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
        eprintln!("seed {seed}");
        runtime.block_on(one(plan(seed)));
    }
}

#[test]
fn every_record_arrives_once_and_in_order() {
    run(30, |seed| Plan { seed, records: 300, delivery_timeout: Duration::from_secs(3600), moves: false });
}

#[test]
fn leaders_move_meanwhile() {
    run(20, |seed| Plan { seed, records: 300, delivery_timeout: Duration::from_secs(3600), moves: true });
}

#[test]
fn what_is_given_up_is_told_truly() {
    run(30, |seed| Plan {
        seed,
        records: 300,
        delivery_timeout: Duration::from_millis(400),
        moves: seed % 2 == 0,
    });
}

/// The same on a clock that runs, with threads that race.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn threads_race() {
    for seed in seeds(1) {
        eprintln!("seed {seed}");
        one(Plan { seed, records: 100, delivery_timeout: Duration::from_secs(120), moves: true }).await;
    }
}

async fn one(plan: Plan) {
    // Virtual, except where threads race.
    tokio::time::timeout(Duration::from_secs(7200), rounds(plan.clone()))
        .await
        .unwrap_or_else(|_| panic!("{plan:?} hangs"));
}

async fn rounds(plan: Plan) {
    let config = BrokerConfig { nodes: 3, default_replicas: 3, ..BrokerConfig::default() };
    let broker = Broker::new(config, TokioRuntime::current());
    broker.create_topic(TOPIC, PARTITIONS).unwrap();
    let mut rng = Rng::with_seed(plan.seed);
    let largest = rng.u32(14..18);
    let out = Cutting::new(broker.transport(), rng.u64(..), largest);
    let back = Cutting::new(broker.transport(), rng.u64(..), largest + 2);

    let reading = tokio::spawn(read(client(back.clone()), plan.seed));
    let moving = plan.moves.then(|| tokio::spawn(move_leaders(broker.clone(), rng.fork())));
    let written = write(client(out.clone()), &plan, &mut rng, &out).await;
    if let Some(moving) = moving {
        moving.abort();
    }
    back.calm_down();
    // What was cut off from its client may still be on its way to the broker.
    tokio::time::sleep(Duration::from_millis(300)).await;
    let log = read_log(&broker).await;
    for partition in 0..PARTITIONS {
        check(&plan, partition, &written[&partition], &log[&partition]);
    }
    // The reader has seen the log as it is, through all cuts.
    finish(&broker).await;
    let mut read = reading.await.unwrap();
    for partition in 0..PARTITIONS {
        let read = read.remove(&partition).unwrap();
        let (end, before) = read.split_last().unwrap();
        assert_eq!(before, log[&partition], "{plan:?} partition {partition}");
        assert_eq!(end.1, "end");
    }
    if largest < 16 {
        assert!(out.cuts() > 0 && back.cuts() > 0, "{plan:?}: nothing was cut");
    }
    broker.close().await;
}

fn client(transport: Cutting<MemoryTransport>) -> Client {
    let client = Client::builder()
        .transport(transport)
        .connect_timeout(Duration::from_millis(300))
        .request_timeout(Duration::from_millis(500))
        .retry_backoff(Duration::from_millis(2), Duration::from_millis(20));
    client.build().unwrap()
}

async fn write(
    client: Client,
    plan: &Plan,
    rng: &mut Rng,
    cutting: &Cutting<MemoryTransport>,
) -> HashMap<i32, Outcomes> {
    let codecs = [Compression::None, Compression::Lz4, Compression::Snappy];
    let writer = Writer::builder(&client)
        .topic(TOPIC)
        .idempotent(true)
        .compression(codecs[rng.usize(..3)])
        .batch_bytes(rng.usize(200..2000))
        .linger(Duration::from_millis(rng.u64(..5)))
        .delivery_timeout(plan.delivery_timeout);
    let writer = Arc::new(writer.build().unwrap());
    let tasks = (0..PARTITIONS).map(|partition| {
        tokio::spawn(write_partition(Arc::clone(&writer), partition, plan.records, rng.fork()))
    });
    let tasks: Vec<_> = tasks.collect();
    let mut written = HashMap::new();
    for (partition, task) in (0..).zip(tasks) {
        written.insert(partition, task.await.unwrap());
    }
    cutting.calm_down();
    let _ = writer.close(Duration::from_secs(60)).await;
    client.close().await;
    written
}

async fn write_partition(writer: Arc<Writer>, partition: i32, records: usize, mut rng: Rng) -> Outcomes {
    let mut deliveries = Vec::new();
    for number in 0..records {
        let value = format!("{number} {}", "x".repeat(rng.usize(..120)));
        let record =
            Record { partition: Some(partition), value: Some(value.as_bytes()), ..Record::default() };
        // The first record of all may meet a cluster that cannot be reached.
        let delivery = loop {
            match writer.send(record).await {
                Ok(delivery) => break delivery,
                Err(error) => assert!(error.is_not_sent(), "{error}"),
            }
        };
        deliveries.push(delivery);
        if rng.u8(..8) == 0 {
            tokio::time::sleep(Duration::from_millis(rng.u64(..20))).await;
        }
    }
    let mut outcomes = Vec::new();
    for delivery in deliveries {
        outcomes.push(delivery.await);
    }
    outcomes
}

async fn move_leaders(broker: Broker, mut rng: Rng) {
    loop {
        tokio::time::sleep(Duration::from_millis(rng.u64(..60))).await;
        broker.move_leader(TOPIC, rng.i32(0..PARTITIONS), rng.i32(1..=3)).unwrap();
    }
}

/// Writes the records at which the reader stops.
async fn finish(broker: &Broker) {
    let client = Client::builder().transport(broker.transport()).build().unwrap();
    let writer = Writer::builder(&client).topic(TOPIC).build().unwrap();
    let ends = (0..PARTITIONS).map(|partition| Message::new("end").with_partition(partition));
    writer.write(ends).await.unwrap();
}

/// Reads everything up to the last record, through cuts.
async fn read(client: Client, seed: u64) -> HashMap<i32, Vec<(i64, Bytes)>> {
    let mut rng = Rng::with_seed(seed);
    let reader = Reader::builder(&client)
        .topic(TOPIC)
        .start(Start::First)
        .max_bytes(rng.usize(100..20_000))
        .partition_bytes(rng.usize(100..5000))
        .max_wait(Duration::from_millis(100))
        .patience(Duration::from_secs(3600));
    let reader = reader.build().unwrap();
    let mut read: HashMap<i32, Vec<(i64, Bytes)>> = HashMap::new();
    let mut ends = 0;
    while ends < PARTITIONS {
        let records = match reader.poll(rng.usize(1..100)).await {
            Ok(records) => records,
            // Nobody can say yet whether the cluster is there at all.
            Err(error) if error.retry() == Retry::Reconnect && read.is_empty() => continue,
            Err(error) => panic!("seed {seed}: {error:?}"),
        };
        let of_partition = read.entry(records.partition()).or_default();
        for message in records.messages() {
            let value = message.value.unwrap();
            let is_last = value == "end";
            of_partition.push((message.offset, value));
            ends += i32::from(is_last);
        }
    }
    read
}

/// The log as it is, told by a connection that nobody cuts.
async fn read_log(broker: &Broker) -> HashMap<i32, Vec<(i64, Bytes)>> {
    let client = Client::builder().transport(broker.transport()).build().unwrap();
    let mut log = HashMap::new();
    for partition in 0..PARTITIONS {
        let end = broker.log_end(TOPIC, partition).unwrap();
        let reader = Reader::builder(&client).topic(TOPIC).partition(partition).build().unwrap();
        let mut records = Vec::new();
        while (records.len() as i64) < end {
            let message = reader.read().await.unwrap();
            records.push((message.offset, message.value.unwrap()));
        }
        log.insert(partition, records);
    }
    log
}

/// Holds what the Writer told against what is in the log.
fn check(plan: &Plan, partition: i32, outcomes: &Outcomes, log: &[(i64, Bytes)]) {
    let number = |value: &Bytes| -> usize {
        let text = std::str::from_utf8(value).unwrap();
        text.split(' ').next().unwrap().parse().unwrap()
    };
    let mut offsets: HashMap<usize, i64> = HashMap::new();
    let mut last = None;
    for (at, (offset, value)) in log.iter().enumerate() {
        let number = number(value);
        assert_eq!(*offset, at as i64, "{plan:?} partition {partition}: a hole in the log");
        let before = offsets.insert(number, *offset);
        assert_eq!(before, None, "{plan:?} partition {partition}: record {number} is there twice ({offset})");
        // One that was given up on may arrive late, and then stands behind others.
        if outcomes[number].is_ok() {
            assert!(
                last < Some(number),
                "{plan:?} partition {partition}: {number} after {last:?} at {offset}"
            );
            last = Some(number);
        }
    }
    for (number, outcome) in outcomes.iter().enumerate() {
        let place = offsets.get(&number).copied();
        match outcome {
            Ok(delivered) => {
                assert!(place.is_some(), "{plan:?} partition {partition}: record {number} is lost");
                let told = delivered.offset;
                assert!(told.is_none() || told == place, "{plan:?}: {number} is at {place:?}, not {told:?}");
            }
            Err(error) => {
                let given_up = plan.delivery_timeout < Duration::from_secs(60);
                assert!(given_up, "{plan:?} partition {partition}: record {number}: {error:?}");
                if error.is_not_sent() {
                    assert_eq!(place, None, "{plan:?} partition {partition}: {number} is there: {error:?}");
                }
            }
        }
    }
}
