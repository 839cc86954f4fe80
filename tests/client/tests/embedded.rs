//! The suite on the embedded broker: in process, natively and as wasm, as the newest release and as
//! the oldest; over TCP; and over WebSockets, through a bridge.

#![expect(clippy::unwrap_used, reason = "a failed step is a failed test")]

use futures::FutureExt;
use ottla::{
    Client,
    transport::{DynRuntime, Runtime},
};
use ottla_broker::{Broker, BrokerConfig};
use ottla_client_suite::{Cluster, Disturb, Release, each_case};

#[cfg(not(target_family = "wasm"))]
fn runtime() -> impl Runtime {
    ottla::transport::TokioRuntime::current()
}

#[cfg(target_family = "wasm")]
fn runtime() -> impl Runtime {
    ottla::transport::WebRuntime
}

fn config() -> BrokerConfig {
    BrokerConfig { nodes: 3, auto_create_topics: false, ..BrokerConfig::default() }
}

fn cutting(broker: &Broker) -> Option<Disturb> {
    let broker = broker.clone();
    Some(Box::new(move || {
        let broker = broker.clone();
        async move { broker.disconnect_all().await }.boxed_local()
    }))
}

async fn in_process(config: BrokerConfig, release: Release, case: impl AsyncFnOnce(&Cluster)) {
    let broker = Broker::new(config, runtime());
    let client = Client::builder().transport(broker.transport()).build().unwrap();
    let runtime = DynRuntime::new(runtime());
    Cluster { client, runtime, release, disturb: cutting(&broker) }.run(case).await;
    broker.close().await;
}

mod newest {
    use super::*;

    async fn run(case: impl AsyncFnOnce(&Cluster)) {
        in_process(config(), Release(4, 3), case).await;
    }

    each_case!(run);
}

mod oldest {
    use super::*;

    async fn run(case: impl AsyncFnOnce(&Cluster)) {
        in_process(config().emulate("0.10.1").unwrap(), Release(0, 10), case).await;
    }

    each_case!(run);
}

#[cfg(not(target_family = "wasm"))]
mod tcp {
    use super::*;

    async fn run(case: impl AsyncFnOnce(&Cluster)) {
        let broker = Broker::new(config().emulate("2.7").unwrap(), runtime());
        let addresses = broker.listen_tcp(["127.0.0.1:0"; 3]).await.unwrap();
        let client = Client::builder().bootstrap(addresses[0].to_string()).build().unwrap();
        let (runtime, disturb) = (DynRuntime::new(runtime()), cutting(&broker));
        Cluster { client, runtime, release: Release(2, 7), disturb }.run(case).await;
        broker.close().await;
    }

    each_case!(run);
}

#[cfg(not(target_family = "wasm"))]
mod websocket {
    use super::*;
    use ottla_bridge::Bridge;
    use tokio::net::TcpListener;

    async fn run(case: impl AsyncFnOnce(&Cluster)) {
        let broker = Broker::new(config(), runtime());
        let addresses = broker.listen_tcp(["127.0.0.1:0"; 3]).await.unwrap();
        let bridge = Bridge::builder().cluster("local", addresses[0].to_string()).build().unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("ws://{}/v1/local", listener.local_addr().unwrap());
        let serving = tokio::spawn(async move { bridge.serve(listener, std::future::pending()).await });
        let client = Client::builder().bootstrap(url).build().unwrap();
        let (runtime, disturb) = (DynRuntime::new(runtime()), cutting(&broker));
        Cluster { client, runtime, release: Release(4, 3), disturb }.run(case).await;
        serving.abort();
        broker.close().await;
    }

    each_case!(run);
}
