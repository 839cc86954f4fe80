//! A broker in process, and Writers to it.

use ottla::{Client, Writer, WriterBuilder};
use ottla_broker::{Broker, BrokerConfig};
use ottla_transport::TokioRuntime;
use std::time::Duration;

pub(crate) const TOPIC: &str = "topic";
/// Longer than anything takes, on virtual time.
pub(crate) const LIMIT: Duration = Duration::from_secs(600);
/// Nothing takes so long unless it hangs.
const SCENE: Duration = Duration::from_secs(24 * 3600);

/// Runs a scene on virtual time.
pub(crate) fn play(scene: impl Future<Output = ()>) {
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    runtime.block_on(async { tokio::time::timeout(SCENE, scene).await }).expect("it hangs");
}

/// A broker with a topic of so many partitions.
pub(crate) fn broker(partitions: i32) -> Broker {
    broker_of(BrokerConfig::default(), partitions)
}

pub(crate) fn broker_of(config: BrokerConfig, partitions: i32) -> Broker {
    let config = BrokerConfig { auto_create_topics: false, ..config };
    let broker = Broker::new(config, TokioRuntime::current());
    broker.create_topic(TOPIC, partitions).unwrap();
    broker
}

/// A Writer to the topic, not built yet.
pub(crate) fn writer(broker: &Broker) -> WriterBuilder {
    let client = Client::builder().transport(broker.transport()).build().unwrap();
    Writer::builder(&client).topic(TOPIC)
}
