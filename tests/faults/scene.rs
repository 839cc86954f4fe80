//! Three nodes, a client that faults strike, and one that they do not.

use crate::judge::{Log, Told, verdict};
use ottla::{Client, Error, Reader, Record, Start, Stop, Writer, WriterBuilder};
use ottla_broker::{
    Broker, BrokerConfig,
    faults::{Api, Faults, Rule},
};
use ottla_transport::TokioRuntime;
use std::{sync::Arc, time::Duration};

pub(crate) const TOPIC: &str = "numbers";
/// What the client calls itself that faults strike.
pub(crate) const STRUCK: &str = "struck";
/// Longer than anything takes, on virtual time.
const LIMIT: Duration = Duration::from_secs(24 * 3600);

/// Runs a scene on virtual time.
pub(crate) fn play(what: &str, scene: impl Future<Output = ()>) {
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    runtime
        .block_on(async { tokio::time::timeout(LIMIT, scene).await })
        .unwrap_or_else(|_| panic!("{what} hangs"));
}

/// Three nodes that each have all of the topic.
pub(crate) fn broker(partitions: i32) -> Broker {
    let config =
        BrokerConfig { nodes: 3, default_replicas: 3, auto_create_topics: false, ..BrokerConfig::default() };
    let broker = Broker::new(config, TokioRuntime::current());
    broker.create_topic(TOPIC, partitions).unwrap();
    broker
}

/// A rule for the client that is to be struck.
pub(crate) fn rule(faults: &Faults, api: Option<Api>) -> Rule {
    api.map_or_else(|| faults.on_any(), |api| faults.on(api)).client(STRUCK)
}

pub(crate) fn client(broker: &Broker) -> Client {
    let client = Client::builder()
        .transport(broker.transport())
        .client_id(STRUCK)
        .connect_timeout(Duration::from_secs(2))
        .request_timeout(Duration::from_secs(3))
        .retry_backoff(Duration::from_millis(5), Duration::from_millis(100));
    client.build().unwrap()
}

/// Small batches, so that there are many.
pub(crate) fn writer(client: &Client) -> WriterBuilder {
    Writer::builder(client).topic(TOPIC).batch_records(10).delivery_timeout(LIMIT / 2)
}

pub(crate) fn value(number: usize) -> String {
    format!("{number}")
}

/// Sends numbers to a partition, and gives the outcomes in order.
pub(crate) async fn send(
    writer: Arc<Writer>,
    partition: i32,
    numbers: std::ops::Range<usize>,
    mut between: impl FnMut() -> Duration,
) -> Vec<Result<ottla::Delivered, Error>> {
    let mut deliveries = Vec::new();
    for number in numbers {
        let value = value(number);
        let record =
            Record { partition: Some(partition), value: Some(value.as_bytes()), ..Record::default() };
        // A record that is not taken has no outcome: the first may meet a cluster that cannot be reached,
        // or does not know the topic.
        let delivery = loop {
            match writer.send(record).await {
                Ok(delivery) => break delivery,
                Err(error) => assert!(error.is_not_sent(), "{error:?}"),
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        };
        deliveries.push(delivery);
        let wait = between();
        if !wait.is_zero() {
            tokio::time::sleep(wait).await;
        }
    }
    let mut outcomes = Vec::new();
    for delivery in deliveries {
        outcomes.push(delivery.await);
    }
    outcomes
}

/// A partition from its beginning to the end that it has now.
pub(crate) async fn read(client: &Client, partition: i32, end: i64) -> Result<Log, Error> {
    let reader = Reader::builder(client)
        .topic_partition(TOPIC, partition)
        .start(Start::First)
        .stop(Stop::Offset(end))
        .partition_bytes(500)
        .max_wait(Duration::from_millis(100))
        .patience(LIMIT / 2);
    let reader = reader.build()?;
    let mut log = Log::new();
    while (log.len() as i64) < end {
        let records = reader.poll(20).await?;
        for record in records.iter() {
            let text = std::str::from_utf8(record.value.unwrap()).unwrap();
            log.push((record.offset, text.parse().unwrap()));
        }
    }
    reader.close().await;
    Ok(log)
}

/// The log as it is, told to a client that no fault strikes.
pub(crate) async fn log(broker: &Broker, partition: i32) -> Log {
    let client = Client::builder().transport(broker.transport()).client_id("judge").build().unwrap();
    let log = read(&client, partition, broker.log_end(TOPIC, partition).unwrap()).await.unwrap();
    client.close().await;
    log
}

/// Holds what was told of a partition's records against its log.
pub(crate) async fn judge(broker: &Broker, partition: i32, told: &[Told], what: &str) -> Log {
    let log = log(broker, partition).await;
    if let Err(wrong) = verdict(told, &log) {
        panic!("{what}, partition {partition}: {wrong}");
    }
    log
}
