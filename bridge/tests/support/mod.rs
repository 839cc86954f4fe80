//! A bridge on a port of its own, brokers that are not Kafka, and a client that speaks HTTP by hand.
#![expect(clippy::unwrap_used, clippy::disallowed_methods, reason = "a test may panic")]
#![allow(dead_code, reason = "every test uses a part of it")]

use std::{future::Future, net::SocketAddr, time::Duration};

use futures::StreamExt;
use ottla_bridge::{Bridge, BridgeBuilder, Limits};
use ottla_transport::BrokerAddress;
use ottla_websocket::WebSocketTransport;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::oneshot,
    task::JoinHandle,
    time::timeout,
};
use tokio_tungstenite::{
    WebSocketStream, client_async,
    tungstenite::{Error, Message},
};

/// Far longer than anything here takes.
pub(crate) const HANG: Duration = Duration::from_secs(20);

pub(crate) struct Running {
    pub(crate) address: SocketAddr,
    pub(crate) stop: oneshot::Sender<()>,
    pub(crate) served: JoinHandle<std::io::Result<()>>,
}

/// Serves a bridge of the cluster `local`, whose only brokers are 1 at `upstream` and 9 at a closed port.
pub(crate) async fn bridge(
    upstream: SocketAddr,
    set: impl FnOnce(BridgeBuilder) -> BridgeBuilder,
) -> Running {
    let builder = Bridge::builder()
        .cluster("local", upstream.to_string())
        .node("local", 1, upstream.to_string())
        .node("local", 9, "127.0.0.1:1");
    serve(set(builder).build().unwrap()).await
}

pub(crate) async fn serve(bridge: Bridge) -> Running {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = oneshot::channel();
    let served = tokio::task::spawn(async move {
        let shutdown = async {
            let _ = stopped.await;
        };
        bridge.serve(listener, shutdown).await
    });
    Running { address, stop, served }
}

/// Limits with a change.
pub(crate) fn limits(set: impl FnOnce(&mut Limits)) -> Limits {
    let mut limits = Limits::default();
    set(&mut limits);
    limits
}

impl Running {
    pub(crate) fn transport(&self) -> WebSocketTransport {
        WebSocketTransport::new(&format!("ws://{}/v1/local", self.address)).unwrap()
    }

    /// A WebSocket to the broker 1.
    pub(crate) async fn socket(&self) -> WebSocketStream<TcpStream> {
        let tcp = TcpStream::connect(self.address).await.unwrap();
        let url = format!("ws://{}/v1/local/broker/1", self.address);
        client_async(url, tcp).await.unwrap().0
    }

    /// Sends a WebSocket's handshake with these headers besides. Gives status and body.
    pub(crate) async fn shake_hands(&self, path: &str, headers: &str) -> (u16, String) {
        self.ask(&format!(
            "GET {path} HTTP/1.1\r\nHost: bridge\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
             Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n{headers}\r\n"
        ))
        .await
    }

    pub(crate) async fn ask(&self, request: &str) -> (u16, String) {
        let mut tcp = TcpStream::connect(self.address).await.unwrap();
        tcp.write_all(request.as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        loop {
            let text = String::from_utf8_lossy(&answer).into_owned();
            if let Some((head, body)) = text.split_once("\r\n\r\n") {
                let status = head.split(' ').nth(1).unwrap().parse().unwrap();
                let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
                if body.len() >= length.map_or(0, |length| length.parse().unwrap()) {
                    return (status, body.to_owned());
                }
            }
            let read = timeout(HANG, tcp.read_buf(&mut answer)).await.unwrap().unwrap();
            assert_ne!(read, 0, "the answer broke off: {answer:?}");
        }
    }
}

/// Calls `serve` with each connection. Gives the address.
pub(crate) async fn upstream<F: Future<Output = ()> + Send + 'static>(
    serve: impl Fn(TcpStream) -> F + Send + 'static,
) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::task::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            tokio::task::spawn(serve(stream));
        }
    });
    address
}

pub(crate) async fn echo(stream: TcpStream) {
    let (tx, rx) = ottla_tcp::halves(stream).unwrap();
    ottla_transport_suite::echo(tx, rx).await;
}

pub(crate) fn broker(id: i32) -> BrokerAddress {
    BrokerAddress::broker(id, "never-asked", 9092)
}

/// The code and reason of the Close frame that comes, after any other messages.
pub(crate) async fn close_of(socket: &mut WebSocketStream<TcpStream>) -> (u16, String) {
    let wait = async {
        loop {
            match socket.next().await {
                Some(Ok(Message::Close(Some(frame)))) => {
                    return (frame.code.into(), frame.reason.to_string());
                }
                Some(Ok(Message::Close(None))) => return (1005, String::new()),
                Some(Ok(_)) => {}
                Some(Err(Error::ConnectionClosed)) | None => panic!("closed without a Close frame"),
                Some(Err(error)) => panic!("broke without a Close frame: {error}"),
            }
        }
    };
    timeout(HANG, wait).await.unwrap()
}
