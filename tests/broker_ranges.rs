//! What the embedded broker offers when it plays a release, held against real Kafka of that release.

use std::collections::BTreeMap;

use ottla::Dialer;
use ottla_broker::{ApiRanges, Broker, BrokerConfig};
use ottla_kafka::{KafkaCluster, default_version};
use ottla_transport::TokioRuntime;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_emulated_release_offers_what_the_real_one_offers() {
    let release = default_version();
    let kafka = KafkaCluster::start(&release, 1).unwrap();
    let conn = Dialer::new().dial(&*kafka.bootstrap()).await.unwrap();
    let real: BTreeMap<i16, (i16, i16)> =
        conn.api_versions().iter().map(|api| (api.key, (api.min, api.max))).collect();
    let broker = Broker::new(BrokerConfig::default().emulate(&release).unwrap(), TokioRuntime::current());
    let conn = Dialer::new().transport(broker.transport()).dial("anywhere").await.unwrap();
    let played: Vec<_> = conn.api_versions().iter().map(|api| (api.key, (api.min, api.max))).collect();
    // Of what it knows at all, and no further than it knows.
    let expected: Vec<_> = ApiRanges::default()
        .iter()
        .filter_map(|(key, known)| {
            let (min, max) = *real.get(&key)?;
            Some((key, (min, max.min(*known.end()))))
        })
        .collect();
    assert_eq!(played, expected, "Kafka {release}");
}
