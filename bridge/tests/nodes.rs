//! Brokers found by asking the cluster, here a Kafka in memory.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod support;

use std::time::Duration;

use ottla_bridge::Bridge;
use ottla_broker::{Broker, BrokerConfig};
use ottla_transport::TokioRuntime;
use support::{limits, serve};
use tokio::net::TcpListener;

async fn kafka(nodes: u16) -> (Broker, Vec<String>) {
    let config = BrokerConfig { nodes, ..BrokerConfig::default() };
    let broker = Broker::new(config, TokioRuntime::current());
    let addresses = broker.listen_tcp((0..nodes).map(|_| "127.0.0.1:0")).await.unwrap();
    (broker, addresses.iter().map(ToString::to_string).collect())
}

#[tokio::test]
async fn every_broker_is_found_from_one_and_no_other() {
    let (broker, addresses) = kafka(3).await;
    let bridge = Bridge::builder().cluster("local", &addresses[1]).build().unwrap();
    let running = serve(bridge).await;
    for id in 1..=3 {
        assert_eq!(running.shake_hands(&format!("/v1/local/broker/{id}"), "").await.0, 101, "{id}");
    }
    for id in [0, 4, -1, i32::MAX] {
        let (status, body) = running.shake_hands(&format!("/v1/local/broker/{id}"), "").await;
        assert_eq!((status, body), (404, format!("the cluster has no broker {id}\n")));
    }
    broker.close().await;
}

#[tokio::test]
async fn a_client_works_through_the_bridge() {
    let (broker, addresses) = kafka(2).await;
    let bridge = Bridge::builder().cluster("local", addresses.join(",")).build().unwrap();
    let running = serve(bridge).await;
    let client = ottla::Client::builder().transport(running.transport()).build().unwrap();
    let brokers = client.brokers().await.unwrap();
    assert_eq!(brokers.iter().map(|broker| broker.id).collect::<Vec<_>>(), [1, 2]);
    broker.create_topic("greetings", 4).unwrap();
    let writer = ottla::Writer::builder(&client).topic("greetings").build().unwrap();
    for partition in 0..4 {
        let value = Some(&b"hello through the bridge"[..]);
        let record = ottla::Record { value, partition: Some(partition), ..Default::default() };
        writer.send(record).await.unwrap().await.unwrap();
    }
    let ends: Vec<_> = (0..4).map(|partition| broker.log_end("greetings", partition)).collect();
    assert_eq!(ends, [Some(1); 4], "written to the leaders on both brokers");
    client.close().await;
    broker.close().await;
}

#[tokio::test]
async fn a_cluster_that_cannot_be_asked_is_502_with_the_reason() {
    let running = serve(Bridge::builder().cluster("local", "127.0.0.1:1").build().unwrap()).await;
    let (status, body) = running.shake_hands("/v1/local/broker/1", "").await;
    assert_eq!(status, 502);
    assert!(body.starts_with("the cluster's brokers cannot be learned: "), "{body}");
    assert!(body.contains("127.0.0.1:1"), "{body}");
}

#[tokio::test]
async fn a_cluster_that_comes_up_later_is_found() {
    let port = {
        let free = TcpListener::bind("127.0.0.1:0").await.unwrap();
        free.local_addr().unwrap().port()
    };
    let bridge = Bridge::builder().cluster("local", format!("127.0.0.1:{port}"));
    let quick = limits(|limits| limits.dial = Duration::from_millis(500));
    let running = serve(bridge.limits(quick).build().unwrap()).await;
    assert_eq!(running.shake_hands("/v1/local/broker/1", "").await.0, 502);
    let broker = Broker::new(BrokerConfig::default(), TokioRuntime::current());
    broker.listen_tcp([("127.0.0.1", port)]).await.unwrap();
    let found = async {
        while running.shake_hands("/v1/local/broker/1", "").await.0 != 101 {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(support::HANG, found).await.expect("it is not asked again");
    broker.close().await;
}
