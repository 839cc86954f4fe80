//! `wss://` natively. The certificates beside this are for tests: their authority's key was thrown away.
#![cfg(all(feature = "tls", not(target_family = "wasm")))]
#![expect(clippy::unwrap_used, clippy::disallowed_methods, reason = "a test may panic")]

use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use futures::{SinkExt, StreamExt};
use ottla_transport::{BrokerAddress, ByteRx, ByteTx, Transport};
use ottla_websocket::WebSocketTransport;
use tokio::net::TcpListener;
use tokio_rustls::{
    TlsAcceptor,
    rustls::{
        ServerConfig,
        pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
    },
};

const AUTHORITY: &[u8] = include_bytes!("certificates/authority.pem");

fn acceptor() -> TlsAcceptor {
    let certificate = CertificateDer::from_pem_slice(include_bytes!("certificates/localhost.pem")).unwrap();
    let key = PrivateKeyDer::from_pem_slice(include_bytes!("certificates/localhost.key")).unwrap();
    let config = ServerConfig::builder_with_provider(rustls_graviola::default_provider().into())
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key)
        .unwrap();
    TlsAcceptor::from(Arc::new(config))
}

/// A bridge of one message over TLS. Gives its port.
async fn listen() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let acceptor = acceptor();
    tokio::task::spawn(async move {
        loop {
            let (tcp, _) = listener.accept().await.unwrap();
            let Ok(tls) = acceptor.accept(tcp).await else { continue };
            let Ok(mut socket) = tokio_tungstenite::accept_async(tls).await else { continue };
            if let Some(Ok(message)) = socket.next().await {
                let _ = socket.send(message).await;
            }
        }
    });
    port
}

fn broker() -> BrokerAddress {
    BrokerAddress::broker(1, "never-asked", 9092)
}

async fn refused(transport: WebSocketTransport) -> String {
    transport.connect(&broker()).await.unwrap_err().to_string()
}

#[tokio::test]
async fn bytes_pass_when_the_authority_is_trusted() {
    let url = format!("wss://localhost:{}/v1/local", listen().await);
    let transport = WebSocketTransport::new(&url).unwrap().trust(AUTHORITY).unwrap();
    let (mut tx, mut rx) = transport.connect(&broker()).await.unwrap();
    tx.write_all(&[Bytes::from_static(b"hello")]).await.unwrap();
    let mut read = BytesMut::with_capacity(64);
    rx.recv(&mut read).await.unwrap();
    assert_eq!(&read[..], b"hello");
}

#[tokio::test]
async fn a_wrong_name_an_unknown_authority_and_no_tls_are_told() {
    let port = listen().await;
    let by_ip = WebSocketTransport::new(&format!("wss://127.0.0.1:{port}/v1/local")).unwrap();
    let error = refused(by_ip.trust(AUTHORITY).unwrap()).await;
    assert!(error.contains("certificate not valid for name"), "{error}");

    // Trusting the server's own certificate does not make it an authority.
    let url = format!("wss://localhost:{port}/v1/local");
    let other = WebSocketTransport::new(&url).unwrap();
    let error = refused(other.trust(include_bytes!("certificates/localhost.pem")).unwrap()).await;
    assert!(error.contains("invalid peer certificate"), "{error}");

    let error = refused(WebSocketTransport::new(&format!("ws://localhost:{port}/v1/local")).unwrap()).await;
    assert!(error.contains("only for wss://"), "{error}");
}

#[test]
fn what_is_no_certificate_is_refused() {
    let transport = || WebSocketTransport::new("wss://localhost/v1/local").unwrap();
    assert!(transport().trust(b"").is_err());
    assert!(transport().trust(b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n").is_err());
}
