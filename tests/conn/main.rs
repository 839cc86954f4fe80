//! `Conn`, on the embedded broker: in process and over TCP, as the newest release and as an old one.
//! `kafka_conn` runs the same cases on real Kafka.

#![expect(clippy::unwrap_used, reason = "a failed step is a failed test")]

mod cases;
mod cluster;
mod peer;

use ottla::Dialer;
use ottla_broker::{Broker, BrokerConfig};
use ottla_transport::TokioRuntime;

use crate::cluster::Cluster;

const NODES: u16 = 2;

fn config() -> BrokerConfig {
    BrokerConfig { nodes: NODES, ..BrokerConfig::default() }
}

/// Any address means the first node; the names of the others are known from metadata.
async fn in_process(config: BrokerConfig, release: &[u32], case: impl AsyncFnOnce(&Cluster)) {
    let broker = Broker::new(config, TokioRuntime::current());
    let dialer = Dialer::new().transport(broker.transport());
    let addresses = (1..=NODES).map(|node| format!("node-{node}")).collect();
    case(&Cluster { dialer, addresses, release: release.to_vec() }).await;
    broker.close().await;
}

mod newest {
    use super::*;

    async fn run(case: impl AsyncFnOnce(&Cluster)) {
        in_process(config(), &[4, 3], case).await;
    }

    run_cases!(run);
}

mod oldest {
    use super::*;

    async fn run(case: impl AsyncFnOnce(&Cluster)) {
        in_process(config().emulate("0.10.1").unwrap(), &[0, 10, 1], case).await;
    }

    run_cases!(run);
}

mod tcp {
    use super::*;

    async fn run(case: impl AsyncFnOnce(&Cluster)) {
        let broker = Broker::new(config(), TokioRuntime::current());
        let addresses = broker.listen_tcp(["127.0.0.1:0"; NODES as usize]).await.unwrap();
        let addresses = addresses.iter().map(ToString::to_string).collect();
        case(&Cluster { dialer: Dialer::new(), addresses, release: vec![4, 3] }).await;
        broker.close().await;
    }

    run_cases!(run);
}
