//! Crossing with other clients on real Kafka: what ottla writes they read byte for byte, and the other way.
//!
//! `KAFKA_VERSION=0.10.1.1 cargo test -p ottla-tests --features kafka --test kafka_interop`; by default 4.3.0.

#![expect(clippy::unwrap_used, reason = "a failed step is a failed test")]

mod crossing;
mod samples;

use std::sync::LazyLock;

use ottla::{Client, Compression, NewTopic};
use ottla_kafka::{KafkaCluster, Peer};

use crate::samples::Sample;

/// Started by the first case. It ends with this process.
static KAFKA: LazyLock<KafkaCluster> =
    LazyLock::new(|| KafkaCluster::start(&ottla_kafka::default_version(), 1).unwrap());

/// The codecs that this version of Kafka has.
fn codecs() -> Vec<Compression> {
    let mut codecs = vec![Compression::None, Compression::Gzip, Compression::Snappy, Compression::Lz4];
    if KAFKA.version().at_least(&[2, 1]) {
        codecs.push(Compression::Zstd);
    }
    codecs
}

/// Whether records have headers: since the second format of batches.
fn has_headers() -> bool {
    KAFKA.version().at_least(&[0, 11])
}

fn console() -> Peer {
    Peer::Console(KAFKA.jars().clone())
}

async fn client_with_topic(topic: &str) -> Client {
    let client = Client::builder().bootstrap(KAFKA.bootstrap()).client_id("interop").build().unwrap();
    client.create_topics(&[NewTopic::new(topic, 1)]).await.unwrap();
    client
}

#[tokio::test(flavor = "multi_thread")]
async fn franz_go_reads_what_ottla_writes() {
    crossing::written_by_ottla("to-franz", &Peer::FranzGo, &Sample::all(has_headers())).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn kafka_go_reads_what_ottla_writes() {
    crossing::written_by_ottla("to-kafka-go", &Peer::KafkaGo, &Sample::all(has_headers())).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn kafkas_console_reads_what_ottla_writes() {
    // The oldest console prints null and the word `null` alike, and no offsets.
    let whole = KAFKA.version().at_least(&[2, 7]);
    let samples = if whole { Sample::all(true) } else { Sample::without_null() };
    crossing::written_by_ottla("to-console", &console(), &samples).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn kcat_reads_what_ottla_writes() {
    crossing::written_by_ottla("to-kcat", &Peer::Kcat, &Sample::all(false)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn ottla_reads_what_franz_go_writes() {
    crossing::read_by_ottla("from-franz", &Peer::FranzGo, &Sample::all(has_headers())).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn ottla_reads_what_kafka_go_writes() {
    crossing::read_by_ottla("from-kafka-go", &Peer::KafkaGo, &Sample::all(has_headers())).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn ottla_reads_what_kafkas_console_writes() {
    let samples = Sample::text(KAFKA.version().at_least(&[3, 2]));
    crossing::read_by_ottla("from-console", &console(), &samples).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn ottla_reads_what_kcat_writes() {
    crossing::read_by_ottla("from-kcat", &Peer::Kcat, &Sample::values()).await;
}
