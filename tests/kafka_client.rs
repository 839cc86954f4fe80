//! The suite of the client, on real Kafka of the version that `KAFKA_VERSION` names: two brokers for all cases, and
//! one that is killed again and again.

#![expect(clippy::unwrap_used, reason = "a failed step is a failed test")]

use std::sync::{Arc, LazyLock, Mutex};

use futures::FutureExt;
use ottla::Client;
use ottla_client_suite::{Cluster, Release, cases, each_case};
use ottla_kafka::{Config, KafkaCluster};
use ottla_transport::{DynRuntime, TokioRuntime};

/// Started by the first case. The brokers end with this process.
static KAFKA: LazyLock<KafkaCluster> = LazyLock::new(|| start(2));

fn start(brokers: usize) -> KafkaCluster {
    let config = Config::new(&ottla_kafka::default_version()).brokers(brokers);
    config.set("auto.create.topics.enable", "false").start().unwrap()
}

fn cluster(kafka: &KafkaCluster) -> Cluster {
    Cluster {
        client: Client::builder().bootstrap(kafka.bootstrap()).build().unwrap(),
        runtime: DynRuntime::new(TokioRuntime::current()),
        release: Release::of(&kafka.version().to_string()),
        disturb: None,
    }
}

async fn run(case: impl AsyncFnOnce(&Cluster)) {
    cluster(&KAFKA).run(case).await;
}

each_case!(run);

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
