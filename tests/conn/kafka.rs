//! `Conn`, on real Kafka of the version that `KAFKA_VERSION` names: two brokers for all cases.

#![expect(clippy::unwrap_used, reason = "a failed step is a failed test")]

mod cases;
mod cluster;

use std::sync::LazyLock;

use ottla::Dialer;
use ottla_kafka::KafkaCluster;

use crate::cluster::Cluster;

/// Started by the first case. The brokers end with this process.
static KAFKA: LazyLock<KafkaCluster> =
    LazyLock::new(|| KafkaCluster::start(&ottla_kafka::default_version(), 2).unwrap());

async fn run(case: impl AsyncFnOnce(&Cluster)) {
    let version = KAFKA.version();
    let release = version.to_string().split('.').map(|part| part.parse().unwrap()).collect();
    let addresses = KAFKA.bootstrap().split(',').map(str::to_owned).collect();
    case(&Cluster { dialer: Dialer::new(), addresses, release }).await;
}

run_cases!(run);
