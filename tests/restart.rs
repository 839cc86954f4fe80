//! The only broker, a real one of the version that `KAFKA_VERSION` names, is killed and started again, or stands
//! still for longer than anybody waits, in the middle of writing and reading: what was acknowledged is read exactly
//! once and where it was said to be, in the order of writing, by a Reader that was there from the beginning.

#![expect(clippy::unwrap_used, reason = "a failed step is a failed test")]

use futures::{StreamExt, stream::FuturesUnordered};
use ottla::{Client, Compression, NewTopic, OffsetAt, Reader, Record, Writer};
use ottla_kafka::{Config, KafkaCluster};
use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    thread::sleep,
    time::Duration,
};
use tokio::{task::spawn_blocking, time::timeout};

const TOPIC: &str = "numbers";
const PARTITIONS: i32 = 3;
/// Nothing takes so long unless it hangs, not even a restart on a busy machine.
const PATIENCE: Duration = Duration::from_secs(300);

/// What happens to the broker, and how often.
struct Blow {
    strike: fn(&mut KafkaCluster),
    times: usize,
    records: usize,
    request_timeout: Duration,
}

/// How far things have come.
#[derive(Default)]
struct Progress {
    acknowledged: AtomicUsize,
    read: AtomicUsize,
}

/// Where a record is: its partition, and its offset unless the broker did not say.
type Place = (i32, Option<i64>);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_broker_is_killed_in_the_middle_of_writing_and_reading() {
    survive(Blow {
        strike: |kafka| {
            kafka.kill9(0).unwrap();
            kafka.restart(0).unwrap();
        },
        times: 3,
        records: 120_000,
        request_timeout: Duration::from_secs(30),
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_broker_stands_still_for_longer_than_a_request_may_take() {
    survive(Blow {
        strike: |kafka| {
            kafka.pause(0).unwrap();
            sleep(Duration::from_secs(4));
            kafka.resume(0).unwrap();
        },
        times: 3,
        records: 40_000,
        request_timeout: Duration::from_secs(1),
    })
    .await;
}

async fn survive(blow: Blow) {
    let config = Config::new(&ottla_kafka::default_version()).set("auto.create.topics.enable", "false");
    let kafka = spawn_blocking(|| config.start().unwrap()).await.unwrap();
    // Without producer ids the broker cannot know a batch that comes again.
    let once = kafka.version().at_least(&[0, 11]);
    let client = Client::builder().bootstrap(kafka.bootstrap()).request_timeout(blow.request_timeout);
    let client = client.build().unwrap();
    client.create_topics(&[NewTopic::new(TOPIC, PARTITIONS)]).await.unwrap();

    let progress = Arc::new(Progress::default());
    let reading = tokio::spawn(read(client.clone(), blow.records, Arc::clone(&progress)));
    let kafka = Arc::new(Mutex::new(kafka));
    let writing = write(&client, &blow, &kafka, &progress);
    let written = timeout(PATIENCE, writing).await.expect("writing hangs");
    let read = timeout(PATIENCE, reading).await.expect("reading hangs").unwrap();

    let mut places: HashMap<usize, Vec<Place>> = HashMap::new();
    let mut last = [None; PARTITIONS as usize];
    for (number, (partition, offset)) in read {
        let of_number = places.entry(number).or_default();
        if once {
            assert!(of_number.is_empty(), "{number} came again");
            let before = last[usize::try_from(partition).unwrap()].replace(number);
            assert!(before < Some(number), "partition {partition}: {number} after {before:?}");
        }
        of_number.push((partition, offset));
    }
    for (number, place) in written.iter().enumerate() {
        let found = |read: &Place| read.0 == place.0 && (place.1.is_none() || read.1 == place.1);
        assert!(
            places[&number].iter().any(found),
            "{number} is not at {place:?} but at {:?}",
            places[&number]
        );
    }
    let asked: Vec<_> = (0..PARTITIONS).map(|partition| (TOPIC.into(), partition)).collect();
    let ends = client.list_offsets(&asked, OffsetAt::Last).await;
    let length: i64 = ends.into_iter().map(|end| end.unwrap().offset.unwrap()).sum();
    assert!(!once || length == i64::try_from(blow.records).unwrap(), "{length} records are in the log");
    client.close().await;
}

/// Writes all numbers, and lets blows fall meanwhile. Gives the place of each.
async fn write(
    client: &Client,
    blow: &Blow,
    kafka: &Arc<Mutex<KafkaCluster>>,
    progress: &Arc<Progress>,
) -> Vec<Place> {
    let writer = Writer::builder(client)
        .topic(TOPIC)
        .compression(Compression::Lz4)
        .batch_records(100)
        .buffer_bytes(1 << 20)
        .delivery_timeout(PATIENCE);
    let writer = writer.build().unwrap();
    let mut places = vec![(-1, None); blow.records];
    let mut under_way = FuturesUnordered::new();
    let mut falling = None;
    for number in 0..blow.records {
        if number % (blow.records / (blow.times + 1)) == 1 && number > 1 {
            let (strike, records) = (blow.strike, blow.records);
            let (kafka, progress) = (Arc::clone(kafka), Arc::clone(progress));
            let fall = move || {
                let mut kafka = kafka.lock().unwrap();
                for done in [&progress.acknowledged, &progress.read] {
                    // Not before the beginning.
                    while done.load(Ordering::Relaxed) == 0 {
                        sleep(Duration::from_millis(1));
                    }
                    assert!(done.load(Ordering::Relaxed) < records, "not in the middle");
                }
                strike(&mut kafka);
            };
            if let Some(fallen) = falling.replace(spawn_blocking(fall)) {
                fallen.await.unwrap();
            }
        }
        let value = number.to_string();
        let partition = i32::try_from(number).unwrap() % PARTITIONS;
        let delivery = writer.send(Record::new(value.as_bytes()).partition(partition)).await.unwrap();
        under_way.push(async move { (number, delivery.await.unwrap()) });
        while under_way.len() >= 2000 {
            acknowledged(under_way.next().await.unwrap(), &mut places, progress);
        }
    }
    while let Some(done) = under_way.next().await {
        acknowledged(done, &mut places, progress);
    }
    falling.unwrap().await.unwrap();
    writer.close(PATIENCE).await.unwrap();
    places
}

fn acknowledged((number, done): (usize, ottla::Delivered), places: &mut [Place], progress: &Progress) {
    places[number] = (done.partition, done.offset);
    progress.acknowledged.fetch_add(1, Ordering::Relaxed);
}

/// Reads until every number has come.
async fn read(client: Client, records: usize, progress: Arc<Progress>) -> Vec<(usize, Place)> {
    // A broker of old that restarts knows no topic until its former self is known to be gone.
    let reader = Reader::builder(&client).topic(TOPIC).wait_for_topic(PATIENCE).patience(PATIENCE);
    let reader = reader.build().unwrap();
    let mut read = Vec::with_capacity(records);
    let mut missing = vec![true; records];
    while progress.read.load(Ordering::Relaxed) < records {
        let records = reader.poll(1000).await.unwrap();
        for record in records.iter() {
            let number: usize = std::str::from_utf8(record.value.unwrap()).unwrap().parse().unwrap();
            read.push((number, (records.partition(), Some(record.offset))));
            if std::mem::replace(&mut missing[number], false) {
                progress.read.fetch_add(1, Ordering::Relaxed);
            }
        }
    }
    reader.close().await;
    read
}
