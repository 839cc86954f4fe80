//! The suite of the client, on real Kafka of the version that `KAFKA_VERSION` names: two brokers for all cases, over
//! TCP and through a bridge, and one that is killed again and again.

#![expect(clippy::unwrap_used, reason = "a failed step is a failed test")]

use std::sync::{Arc, LazyLock, Mutex};

use futures::FutureExt;
use ottla::{Client, Compression, Message, NewTopic, Reader, Writer};
use ottla_bridge::Bridge;
use ottla_client_suite::{Cluster, Release, cases, each_case};
use ottla_kafka::{Config, KafkaCluster};
use ottla_transport::{DynRuntime, TokioRuntime};
use tokio::net::TcpListener;

/// Started by the first case. The brokers end with this process.
static KAFKA: LazyLock<KafkaCluster> = LazyLock::new(|| start(2));

fn start(brokers: usize) -> KafkaCluster {
    let config = Config::new(&ottla_kafka::default_version()).brokers(brokers);
    config.set("auto.create.topics.enable", "false").start().unwrap()
}

fn cluster(kafka: &KafkaCluster) -> Cluster {
    reached_by(&kafka.bootstrap(), kafka)
}

fn reached_by(bootstrap: &str, kafka: &KafkaCluster) -> Cluster {
    Cluster {
        client: Client::builder().bootstrap(bootstrap).build().unwrap(),
        runtime: DynRuntime::new(TokioRuntime::current()),
        release: Release::of(&kafka.version().to_string()),
        disturb: None,
    }
}

async fn run(case: impl AsyncFnOnce(&Cluster)) {
    cluster(&KAFKA).run(case).await;
}

each_case!(run);

mod through_a_bridge {
    use super::*;

    async fn run(case: impl AsyncFnOnce(&Cluster)) {
        let bridge = Bridge::builder().cluster("local", KAFKA.bootstrap()).build().unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("ws://{}/v1/local", listener.local_addr().unwrap());
        let serving = tokio::spawn(async move { bridge.serve(listener, std::future::pending()).await });
        reached_by(&url, &KAFKA).run(case).await;
        serving.abort();
    }

    each_case!(run);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_killed_broker_comes_back_and_nothing_is_lost_or_repeated() {
    let kafka = start(1);
    let mut cluster = cluster(&kafka);
    let kafka = Arc::new(Mutex::new(kafka));
    cluster.disturb = Some(Box::new(move || {
        let kafka = Arc::clone(&kafka);
        let killing = tokio::task::spawn_blocking(move || {
            let mut kafka = kafka.lock().unwrap();
            kafka.kill9(0).unwrap();
            kafka.restart(0).unwrap();
        });
        killing.map(Result::unwrap).boxed_local()
    }));
    cluster.run(async |cluster| cases::disturbed_connections_lose_and_repeat_nothing(cluster).await).await;
}

/// Topics of brokers before 0.10 keep their format: no timestamps, and the checksum of LZ4 frames that KIP-57 mended.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn format_0_is_written_and_read() {
    run(async |cluster| {
        if cluster.release >= Release(3, 0) {
            return; // Gone since then.
        }
        for codec in cluster.codecs().into_iter().filter(|codec| *codec != Compression::Zstd) {
            let topic = NewTopic::new(cluster.name(), 1).set("message.format.version", "0.9.0");
            cluster.client.create_topics(std::slice::from_ref(&topic)).await.unwrap();
            let writer = Writer::builder(&cluster.client).topic(topic.name.clone()).compression(codec);
            // Newer brokers take numbered batches only where they can keep the numbers.
            let writer = writer.idempotent(false).build().unwrap();
            let values: Vec<String> = (0..100).map(|number| format!("in {codec}, number {number}")).collect();
            let messages = values.iter().map(|value| Message::new(value.clone()).with_key("key"));
            let delivered = writer.write(messages).await.unwrap();
            assert!(delivered.iter().map(|one| one.offset.unwrap()).eq(0..100), "{codec}");
            let reader = Reader::builder(&cluster.client).topic(topic.name.clone()).build().unwrap();
            for (offset, value) in values.iter().enumerate() {
                let message = reader.read().await.unwrap();
                assert_eq!(
                    (message.offset, message.value.as_deref()),
                    (offset as i64, Some(value.as_bytes()))
                );
                assert_eq!((message.key.as_deref(), message.timestamp), (Some(&b"key"[..]), None), "{codec}");
            }
        }
    })
    .await;
}
