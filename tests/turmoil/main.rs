//! Three real brokers in turmoil while numbered records are written and read: a leader is killed, brokers are
//! restarted one after another, partitions move, the topic itself is deleted and created anew. What was
//! acknowledged is in the log, once, where it was said to be, and in the order of its key; the Reader sees the log
//! as it is; every delivery settles, and memory stays flat. The same through a bridge, over WebSockets.
//!
//! For the version that `KAFKA_VERSION` names: from 2.4, since partitions are moved through the brokers.

#![expect(clippy::unwrap_used, reason = "a failed step is a failed test")]

mod judge;
mod kafka;
mod load;
mod memory;
mod recreated;

use std::sync::Arc;

use ottla::{Client, ClientBuilder};
use ottla_bridge::Bridge;
use tokio::net::TcpListener;

use crate::{
    judge::{Told, faults},
    kafka::Kafka,
    load::{Load, Pace},
    memory::Meter,
};

const PACE: Pace = Pace { at_once: 0, a_tick: 100, at_least: 200_000 };

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_leader_is_killed_and_comes_back() {
    let client = direct().await;
    survive("killed", client, async |kafka, topic, load| kafka.kill_a_leader(topic, load).await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn all_brokers_are_restarted_one_after_another() {
    let client = direct().await;
    survive("restarted", client, async |kafka, topic, load| kafka.restart_all(topic, load).await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn partitions_move_and_elect_new_leaders() {
    let client = direct().await;
    survive("reassigned", client, async |kafka, topic, load| kafka.reassign(topic, load).await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_leader_is_killed_behind_a_bridge() {
    let bridge = Bridge::builder().cluster("local", kafka::bootstrap().await).build().unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("ws://{}/v1/local", listener.local_addr().unwrap());
    let serving = tokio::spawn(async move { bridge.serve(listener, std::future::pending()).await });
    let client = Client::builder().bootstrap(url);
    survive("bridged", client, async |kafka, topic, load| kafka.kill_a_leader(topic, load).await).await;
    serving.abort();
}

async fn direct() -> ClientBuilder {
    Client::builder().bootstrap(kafka::bootstrap().await)
}

/// Lets a blow fall in the middle of writing and reading.
async fn survive(topic: &str, client: ClientBuilder, blow: impl AsyncFnOnce(&Kafka, &str, &Load)) {
    let kafka = Kafka::ready().await;
    let client = client.build().unwrap();
    let topic: Arc<str> = kafka.topic(topic).await;
    let meter = Meter::start();
    let load = Load::start(&client, &topic, PACE);
    load.flows(5000).await;
    meter.is_warm();
    blow(&kafka, &topic, &load).await;
    load.flows(1000).await;
    let done = load.finish().await;
    let growth = meter.assert_flat();
    client.close().await;
    kafka.delete(&topic).await;

    eprintln!("{topic}: {} records; memory grew by {growth} MiB", done.told.len());
    let failed = done.told.iter().filter(|told| !matches!(told, Told::There(..))).count();
    assert_eq!(failed, 0, "records were not delivered");
    let faults = faults(&done.told, &done.log, 0);
    assert!(faults.is_empty(), "{} faults in the log: {:?}", faults.len(), &faults[..faults.len().min(20)]);
    assert!(done.read == done.log, "the Reader that was there saw another log");
}
