//! Ports that are closed, or somebody else's.

use std::{sync::Arc, time::Duration};

use ottla::{Client, Error, ErrorKind};
use tokio::net::TcpListener;
use tokio_rustls::{
    TlsAcceptor,
    rustls::{
        ServerConfig,
        pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
    },
};

use crate::{in_time, read, told, write};

fn client(address: &str) -> Client {
    let client = Client::builder().bootstrap(address).connect_timeout(Duration::from_millis(500));
    client.retry_backoff(Duration::from_millis(1), Duration::from_millis(5)).build().unwrap()
}

/// What each of the three ways in says of a peer.
async fn errors(address: &str) -> [Error; 3] {
    let client = client(address);
    let asked = in_time(client.topics()).await.unwrap_err();
    [asked, write(&client, b"value").await.unwrap_err(), read(&client).await.unwrap_err()]
}

async fn listen() -> (TcpListener, String) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    (listener, address)
}

#[tokio::test]
async fn a_closed_port() {
    let (listener, address) = listen().await;
    drop(listener);
    for error in errors(&address).await {
        assert_eq!((error.kind(), error.is_not_sent()), (ErrorKind::Io, true), "{error:?}");
        assert!(
            told(&error).contains(&format!("cannot reach {address}: is a broker listening there?")),
            "{error}"
        );
    }
}

#[tokio::test]
async fn several_closed_ports() {
    let ((one, first), (two, second)) = (listen().await, listen().await);
    drop((one, two));
    let error = in_time(client(&format!("{first},{second}")).topics()).await.unwrap_err();
    assert!(told(&error).contains("none of 2 brokers can be reached"), "{}", told(&error));
}

#[tokio::test]
async fn a_web_server() {
    let (listener, address) = listen().await;
    tokio::task::spawn(async move { axum::serve(listener, axum::Router::new()).await });
    for error in errors(&address).await {
        assert_eq!(error.kind(), ErrorKind::Malformed, "{error:?}");
        assert!(told(&error).contains("an HTTP server, not a Kafka broker: check host and port"), "{error}");
    }
}

#[tokio::test]
async fn a_listener_that_expects_tls() {
    let pem =
        |file: &str| std::fs::read(format!("../transports/websocket/tests/certificates/{file}")).unwrap();
    let certificate = CertificateDer::from_pem_slice(&pem("localhost.pem")).unwrap();
    let key = PrivateKeyDer::from_pem_slice(&pem("localhost.key")).unwrap();
    let config = ServerConfig::builder_with_provider(rustls_graviola::default_provider().into())
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key)
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let (listener, address) = listen().await;
    tokio::task::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            tokio::task::spawn(acceptor.accept(stream));
        }
    });
    for error in errors(&address).await {
        assert!(told(&error).contains("expect"), "{error:?}");
        assert!(told(&error).contains("TLS"), "{}", told(&error));
    }
}
