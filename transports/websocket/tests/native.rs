//! The native WebSocket against a peer of a few lines that echoes, and against peers that misbehave.
#![cfg(not(target_family = "wasm"))]
#![expect(clippy::unwrap_used, clippy::disallowed_methods, reason = "a test may panic")]

use std::{future::Future, io::ErrorKind, time::Duration};

use bytes::{Bytes, BytesMut};
use futures::{SinkExt, StreamExt};
use ottla_transport::{BrokerAddress, ByteRx, ByteTx, TokioRuntime, Transport};
use ottla_websocket::WebSocketTransport;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};
use tokio_tungstenite::{
    WebSocketStream, accept_async,
    tungstenite::{Message, protocol::CloseFrame},
};

/// Calls `serve` for each connection, until the test ends.
async fn listen<F: Future<Output = ()> + Send + 'static>(
    serve: impl Fn(TcpStream) -> F + Send + 'static,
) -> WebSocketTransport {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::task::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            tokio::task::spawn(serve(stream));
        }
    });
    WebSocketTransport::new(&format!("ws://127.0.0.1:{port}/v1/local")).unwrap()
}

fn broker() -> BrokerAddress {
    BrokerAddress::broker(1, "never-asked", 9092)
}

async fn echo(stream: TcpStream) {
    let Ok(mut socket) = accept_async(stream).await else { return };
    while let Some(Ok(message)) = socket.next().await {
        match message {
            Message::Binary(bytes) if bytes.is_empty() => {
                let _ = socket.close(None).await;
            }
            Message::Binary(bytes) if socket.send(Message::Binary(bytes.clone())).await.is_err() => return,
            _ => {}
        }
    }
}

#[tokio::test]
async fn suite() {
    let transport = listen(echo).await;
    ottla_transport_suite::run(transport, broker(), TokioRuntime::current()).await;
}

/// What a reader gets of a peer that does `then` after the handshake.
async fn read_of<F: Future<Output = ()> + Send + 'static>(
    then: impl Fn(WebSocketStream<TcpStream>) -> F + Clone + Send + Sync + 'static,
) -> std::io::Result<usize> {
    let transport = listen(move |stream| {
        let then = then.clone();
        async move { then(accept_async(stream).await.unwrap()).await }
    })
    .await;
    let (_tx, mut rx) = transport.connect(&broker()).await?;
    let mut read = BytesMut::with_capacity(4096);
    let got = rx.recv(&mut read).await;
    // Whatever it was, it stays.
    assert_eq!(got.is_ok(), rx.recv(&mut read).await.is_ok());
    got
}

#[tokio::test]
async fn a_close_frame_becomes_an_end_or_an_error_with_its_reason() {
    let close = |code: u16, reason: &'static str| {
        read_of(move |mut socket| async move {
            let frame = CloseFrame { code: code.into(), reason: reason.into() };
            socket.close(Some(frame)).await.unwrap();
        })
    };
    assert_eq!(close(1000, "done").await.unwrap(), 0);
    let error = close(1012, "service restart").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ConnectionAborted);
    assert!(error.to_string().contains("close code 1012): service restart"), "{error}");
    assert_eq!(close(1008, "no").await.unwrap_err().kind(), ErrorKind::PermissionDenied);
}

#[tokio::test]
async fn a_connection_that_breaks_off_is_no_end() {
    let error = read_of(|socket| async move { drop(socket) }).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ConnectionReset, "{error}");
}

#[tokio::test]
async fn text_and_oversized_messages_are_errors() {
    let text = read_of(|mut socket| async move { socket.send(Message::text("hi")).await.unwrap() }).await;
    assert_eq!(text.unwrap_err().kind(), ErrorKind::InvalidData);
    let large = read_of(|mut socket| async move {
        let _ = socket.send(Message::binary(vec![0; (1 << 20) + 1])).await;
    });
    assert_eq!(large.await.unwrap_err().kind(), ErrorKind::InvalidData);
}

#[tokio::test]
async fn a_length_of_exabytes_allocates_nothing_and_fails() {
    let got = read_of(|socket| async move {
        let mut tcp = socket.into_inner();
        tcp.write_all(&[0x82, 127, 0x0f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]).await.unwrap();
        let _ = tcp.read(&mut [0; 64]).await;
    });
    assert_eq!(got.await.unwrap_err().kind(), ErrorKind::InvalidData);
}

#[tokio::test]
async fn the_route_is_asked_for_and_an_http_error_is_told_with_its_sentence() {
    let transport = listen(|mut stream| async move {
        let mut request = vec![0; 4096];
        let size = stream.read(&mut request).await.unwrap();
        let request = String::from_utf8_lossy(&request[..size]).into_owned();
        let line = request.lines().next().unwrap();
        assert!(!request.to_ascii_lowercase().contains("\r\norigin:"), "only browsers send an Origin");
        let status = if line.contains("/broker/") { "404 Not Found" } else { "403 Forbidden" };
        let length = line.len();
        let answer = format!("HTTP/1.1 {status}\r\ncontent-length: {length}\r\n\r\n{line}");
        stream.write_all(answer.as_bytes()).await.unwrap();
    })
    .await;
    let error = transport.connect(&broker()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
    assert!(error.to_string().ends_with("HTTP 404 Not Found: GET /v1/local/broker/1 HTTP/1.1"), "{error}");
    let bootstrap = BrokerAddress { node_id: None, host: String::new(), port: 0 };
    let error = transport.connect(&bootstrap).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::PermissionDenied);
    assert!(error.to_string().contains("GET /v1/local/bootstrap HTTP/1.1"), "{error}");
}

#[tokio::test]
async fn what_is_no_bridge_is_told_so() {
    for answer in
        ["", "\0\0\0\x04nope", "HTTP/1.1 101 Switching Protocols\r\n\r\n", "SSH-2.0-OpenSSH_9.2\r\n"]
    {
        let transport = listen(move |mut stream| async move {
            let _ = stream.read(&mut [0; 4096]).await;
            let _ = stream.write_all(answer.as_bytes()).await;
        })
        .await;
        let error = transport.connect(&broker()).await.unwrap_err();
        assert!(error.to_string().starts_with("connecting to ws://127.0.0.1:"), "{error}");
    }
}

#[tokio::test]
async fn a_closed_port_is_refused_and_a_silent_one_times_out() {
    let closed = WebSocketTransport::new("ws://127.0.0.1:1/v1/local").unwrap();
    let error = closed.connect(&broker()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ConnectionRefused);
    let silent = listen(|stream| async move {
        tokio::time::sleep(Duration::from_secs(600)).await;
        drop(stream);
    });
    let silent = silent.await.connect_timeout(Duration::from_millis(50));
    assert_eq!(silent.connect(&broker()).await.unwrap_err().kind(), ErrorKind::TimedOut);
}

#[tokio::test]
async fn a_peer_that_reads_nothing_makes_the_writer_wait() {
    let transport = listen(|stream| async move {
        let socket = accept_async(stream).await.unwrap();
        tokio::time::sleep(Duration::from_secs(600)).await;
        drop(socket);
    })
    .await;
    let (mut tx, _rx) = transport.connect(&broker()).await.unwrap();
    let megabyte = [Bytes::from(vec![0; 1 << 20])];
    let mut written = 0;
    while tokio::time::timeout(Duration::from_millis(300), tx.write_all(&megabyte)).await.is_ok() {
        written += 1;
        assert!(written < 64, "writes are not bounded by what the peer takes");
    }
}

#[test]
fn wss_without_the_feature_says_what_it_needs() {
    let made = WebSocketTransport::new("wss://localhost/v1/local");
    if cfg!(feature = "tls") {
        made.unwrap();
    } else {
        assert!(made.unwrap_err().to_string().contains("feature `tls`"));
    }
}
