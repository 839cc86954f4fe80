//! Bytes that are no WebSocket, or stop half-way: every socket ends, and gives its place back.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod support;

use support::{HANG, Running, bridge, echo, limits, upstream};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};

const HANDSHAKE: &str = "GET /v1/local/broker/1 HTTP/1.1\r\nHost: b\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
                         Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";

/// Sends these bytes and no more, and waits until the bridge has closed.
async fn send(running: &Running, bytes: &[u8]) {
    let mut tcp = TcpStream::connect(running.address).await.unwrap();
    let _ = tcp.write_all(bytes).await;
    let _ = tcp.shutdown().await;
    let mut answer = Vec::new();
    let _ = timeout(HANG, tcp.read_to_end(&mut answer)).await.expect("the bridge leaves it open");
    assert!(answer.is_empty() || answer.starts_with(b"HTTP/1.1 "), "{answer:?}");
}

/// A place is given back a moment after its socket has closed.
async fn both_places_are_free(running: &Running) {
    let open = async {
        loop {
            let (one, two) = tokio::join!(hold(running), hold(running));
            if one.is_some() && two.is_some() {
                return;
            }
            tokio::task::yield_now().await;
        }
    };
    timeout(HANG, open).await.expect("sockets that ended keep their places");
}

/// A socket that stays open, unless the bridge is full.
async fn hold(running: &Running) -> Option<TcpStream> {
    let mut tcp = TcpStream::connect(running.address).await.unwrap();
    tcp.write_all(HANDSHAKE.as_bytes()).await.unwrap();
    let mut status = [0; 12];
    tcp.read_exact(&mut status).await.unwrap();
    (&status == b"HTTP/1.1 101").then_some(tcp)
}

#[tokio::test]
async fn a_stream_cut_at_any_byte_ends() {
    let running = bridge(upstream(echo).await, |b| b.limits(limits(|limits| limits.sockets = 2))).await;
    let frames = [
        &[0x82, 0x83, 1, 2, 3, 4, b'a', b'b', b'c'][..], // masked, 3 bytes
        &[0x82, 0xfe, 0, 5, 0, 0, 0, 0, 1, 2, 3, 4, 5],  // a length in 2 bytes
        &[0x89, 0x80, 0, 0, 0, 0],                       // a ping
        &[0x88, 0x82, 0, 0, 0, 0, 0x03, 0xe8],           // a close
    ];
    let whole = [HANDSHAKE.as_bytes(), &frames.concat()].concat();
    for cut in 0..=whole.len() {
        send(&running, &whole[..cut]).await;
    }
    both_places_are_free(&running).await;
}

#[tokio::test]
async fn noise_ends() {
    let running = bridge(upstream(echo).await, |b| b.limits(limits(|limits| limits.sockets = 2))).await;
    let mut random = fastrand::Rng::with_seed(7);
    for round in 0..300 {
        let mut bytes = Vec::new();
        if round % 3 > 0 {
            bytes.extend_from_slice(HANDSHAKE.as_bytes());
        }
        let start = bytes.len();
        bytes.resize(start + random.usize(1..300), 0);
        random.fill(&mut bytes[start..]);
        if round % 3 == 1 {
            // A head that passes for a frame's more often: final, a known opcode, masked.
            bytes[start] = 0x80 | random.choice([0u8, 1, 2, 8, 9, 10]).unwrap();
            if let Some(length) = bytes.get_mut(start + 1) {
                *length |= 0x80;
            }
        }
        send(&running, &bytes).await;
    }
    both_places_are_free(&running).await;
}
