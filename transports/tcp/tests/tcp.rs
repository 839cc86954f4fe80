//! TCP against real sockets.
#![expect(clippy::disallowed_methods, reason = "the test runs on tokio")]

use std::io::ErrorKind;

use ottla_tcp::{TcpTransport, halves};
use ottla_transport::{BrokerAddress, TokioRuntime, Transport};
use tokio::net::TcpListener;

#[tokio::test]
async fn suite() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let echoing = async move {
        loop {
            let (tx, rx) = halves(listener.accept().await.unwrap().0).unwrap();
            tokio::task::spawn(ottla_transport_suite::echo(tx, rx));
        }
    };
    let peer = BrokerAddress { node_id: None, host: "localhost".to_owned(), port };
    let suite = ottla_transport_suite::run(TcpTransport::new(), peer, TokioRuntime::current());
    tokio::select! {
        () = suite => {}
        () = echoing => unreachable!(),
    }
}

#[tokio::test]
async fn a_closed_port_is_named() {
    let to = BrokerAddress::broker(7, "127.0.0.1", 1);
    let error = TcpTransport::default().connect(&to).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ConnectionRefused);
    assert!(error.to_string().starts_with("connecting to 127.0.0.1:1 (broker 7) failed: "), "{error}");
}

#[tokio::test]
async fn a_name_that_does_not_resolve_is_named() {
    let to = BrokerAddress::broker(7, "no-such-host.invalid", 9092);
    let error = TcpTransport::new().connect(&to).await.unwrap_err();
    assert!(error.to_string().starts_with("resolving \"no-such-host.invalid\" failed: "), "{error}");
}

#[test]
fn without_a_tokio_runtime_it_says_so() {
    let to = BrokerAddress::broker(1, "localhost", 9092);
    let dialed = futures::executor::block_on(TcpTransport::new().connect(&to));
    assert!(dialed.unwrap_err().to_string().contains("needs a tokio runtime"));
}
