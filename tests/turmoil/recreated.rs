//! A topic that is deleted and created anew under its Writer and its Readers.

use std::{sync::Arc, time::Duration};

use ottla::{Client, Error, ErrorKind, OutOfRange, Reader, Start};
use tokio::{sync::oneshot, time::timeout};

use crate::{
    judge::{Log, Told, faults},
    kafka::{Kafka, bootstrap},
    load::{PARTITIONS, PATIENCE, Pace, Writing, ends, number_of, read_log},
};

/// Many before it is deleted, few by few after it has come back: where a Reader stands is not reached again while it
/// finds out.
const PACE: Pace = Pace { at_once: 60_000, a_tick: 20, at_least: 80_000 };

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_topic_is_deleted_and_created_anew() {
    let kafka = Kafka::ready().await;
    let client = Client::builder().bootstrap(bootstrap().await).build().unwrap();
    let topic = kafka.topic("recreated").await;
    let writing = Writing::start(&client, &topic, PACE);
    let (stop, stopped) = oneshot::channel();
    let ending = tokio::spawn(read_until_it_fails(reader(&client, &topic, OutOfRange::Error)));
    let restart = reader(&client, &topic, OutOfRange::Restart(Start::First));
    let going_on = tokio::spawn(read_on(restart, stopped));

    writing.progress.flows(5000).await;
    kafka.delete(&topic).await;
    kafka.topic(&topic).await;
    let new = u32::try_from(writing.progress.sent()).unwrap();
    writing.progress.flows(1000).await;
    let told = writing.finish().await;
    let ends = ends(&client, &topic).await;
    let log = read_log(&client, &topic, ends.clone()).await;

    let failed = told.iter().filter(|told| !matches!(told, Told::There(..))).count();
    assert_eq!(failed, 0, "records were not delivered");
    let faults = faults(&told, &log, new);
    assert!(faults.is_empty(), "{} faults in the log: {:?}", faults.len(), &faults[..faults.len().min(20)]);

    let error = timeout(PATIENCE, ending).await.expect("the Reader hangs").unwrap();
    eprintln!("the Reader that ends says: {error}");
    assert_eq!(error.kind(), ErrorKind::Broker, "{error:?}");
    stop.send(ends).unwrap();
    let read = timeout(PATIENCE, going_on).await.expect("the Reader that goes on hangs").unwrap();
    assert!(read == log, "the Reader that goes on saw another log");
    client.close().await;
    kafka.delete(&topic).await;
}

fn reader(client: &Client, topic: &Arc<str>, policy: OutOfRange) -> Reader {
    let reader = Reader::builder(client).topic(topic.clone()).out_of_range(policy);
    reader.patience(Duration::from_secs(60)).build().unwrap()
}

async fn read_until_it_fails(reader: Reader) -> Error {
    loop {
        if let Err(error) = reader.poll(1000).await {
            timeout(PATIENCE, reader.close()).await.expect("closing hangs");
            break error;
        }
    }
}

/// Reads until the new log's ends are reached. Gives what came since the offsets began anew.
async fn read_on(reader: Reader, stopped: oneshot::Receiver<Vec<i64>>) -> Vec<Log> {
    let mut read = vec![Log::new(); PARTITIONS];
    let mut ends = None;
    let mut stopped = std::pin::pin!(stopped);
    loop {
        let has_all = |ends: &Vec<i64>| read.iter().zip(ends).all(|(log, end)| next(log) == *end);
        if ends.as_ref().is_some_and(has_all) {
            break;
        }
        let records = tokio::select! {
            records = reader.poll(1000) => records.unwrap(),
            told = &mut stopped, if ends.is_none() => {
                ends = Some(told.unwrap());
                continue;
            }
        };
        let log = &mut read[usize::try_from(records.partition()).unwrap()];
        for record in records.iter() {
            if record.offset < next(log) {
                log.clear();
            }
            let number = number_of(record.value.unwrap());
            log.push((u32::try_from(record.offset).unwrap(), u32::try_from(number).unwrap()));
        }
    }
    reader.close().await;
    read
}

fn next(log: &Log) -> i64 {
    log.last().map_or(0, |last| i64::from(last.0) + 1)
}
