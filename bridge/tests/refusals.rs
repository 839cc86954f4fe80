//! Requests that a bridge refuses, each with an HTTP status and a sentence.
#![expect(clippy::disallowed_methods, reason = "a test may panic")]

mod support;

use std::time::Duration;

use ottla_bridge::Bridge;
use support::{bridge, echo, limits, upstream};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    time::timeout,
};

const KEY: &str = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";

#[tokio::test]
async fn what_is_not_there_is_404() {
    let running = bridge(upstream(echo).await, |builder| builder).await;
    for (path, sentence) in [
        ("/v1/other/bootstrap", "no cluster \"other\""),
        ("/v1/other/broker/1", "no cluster \"other\""),
        ("/v1/local/broker/2", "no broker 2"),
        ("/v1/local/broker/-1", "no broker -1"),
        ("/v1/local/broker/one", "no number"),
        ("/v1/local/broker/4294967297", "no number"),
        ("/v1/local/broker/127.0.0.1:22", "no number"),
        ("/v1/local", "/v1/CLUSTER/bootstrap"),
        ("/v1/local/broker", "/v1/CLUSTER/bootstrap"),
        ("/v1/local/bootstrap/", "/v1/CLUSTER/bootstrap"),
        ("/v1/..%2flocal/bootstrap", "no cluster"),
        ("/v2/local/bootstrap", ""),
        ("/", ""),
    ] {
        let (status, body) = running.shake_hands(path, "").await;
        assert_eq!(status, 404, "{path}: {body}");
        assert!(body.contains(sentence), "{path}: {body}");
    }
}

#[tokio::test]
async fn origins_are_exact() {
    let running = bridge(upstream(echo).await, |b| b.allow_origin("https://app.example")).await;
    let status = async |headers: &str| running.shake_hands("/v1/local/broker/1", headers).await;
    assert_eq!(status("Origin: https://app.example\r\n").await.0, 101);
    assert_eq!(status("").await.0, 101, "no browser, on loopback");
    for origin in ["http://app.example", "https://app.example.evil", "https://localhost", "null"] {
        let (status, body) = status(&format!("Origin: {origin}\r\n")).await;
        assert_eq!(status, 403, "{origin}");
        assert!(body.contains("--allow-origin"), "{body}");
    }
    // The Origin is looked at before anything is told of the clusters.
    let (status, _) = running.shake_hands("/v1/other/bootstrap", "Origin: https://evil.example\r\n").await;
    assert_eq!(status, 403);
}

#[tokio::test]
async fn off_loopback_a_list_of_origins_and_an_origin_are_needed() {
    let upstream = upstream(echo).await.to_string();
    let builder = Bridge::builder().cluster("local", upstream).node("local", 1, "127.0.0.1:1");
    let everywhere = || TcpListener::bind("0.0.0.0:0");
    let unlisted = builder.build().unwrap();
    let refused = unlisted.serve(everywhere().await.unwrap(), std::future::pending()).await.unwrap_err();
    assert!(refused.to_string().contains("--allow-origin"), "{refused}");

    let builder = Bridge::builder().cluster("local", "127.0.0.1:1").allow_origin("https://app.example");
    let listener = everywhere().await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let bridge = builder.build().unwrap();
    tokio::task::spawn(async move { bridge.serve(listener, std::future::pending()).await });
    let running = support::Running {
        address: ([127, 0, 0, 1], port).into(),
        stop: tokio::sync::oneshot::channel().0,
        served: tokio::task::spawn(async { Ok(()) }),
    };
    let (status, body) = running.shake_hands("/v1/local/bootstrap", "").await;
    assert_eq!(status, 403);
    assert!(body.contains("needs a token") || body.contains("need a token"), "{body}");
    let (status, _) = running.shake_hands("/v1/local/bootstrap", "Origin: https://app.example\r\n").await;
    assert_eq!(status, 502, "let in, and the broker is not there");
}

#[tokio::test]
async fn a_broker_that_is_not_there_is_502() {
    let running = bridge("127.0.0.1:1".parse().unwrap(), |builder| builder).await;
    for path in ["/v1/local/bootstrap", "/v1/local/broker/9"] {
        let (status, body) = running.shake_hands(path, "").await;
        assert_eq!(status, 502, "{path}");
        assert!(body.contains("connecting to 127.0.0.1:1"), "{body}");
    }
}

#[tokio::test]
async fn bootstrap_tries_every_address() {
    let upstream = upstream(echo).await;
    let bridge = Bridge::builder().cluster("local", format!("127.0.0.1:1,{upstream}")).build().unwrap();
    let running = support::serve(bridge).await;
    assert_eq!(running.shake_hands("/v1/local/bootstrap", "").await.0, 101);
}

#[tokio::test]
async fn bad_handshakes_are_told_apart() {
    let running = bridge(upstream(echo).await, |builder| builder).await;
    let plain = running.ask("GET /v1/local/bootstrap HTTP/1.1\r\nHost: b\r\n\r\n").await;
    assert_eq!(plain.0, 426);
    assert!(plain.1.contains("WebSocket"), "{}", plain.1);
    let upgrade = "Host: b\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n";
    for (what, request) in [
        ("no key", format!("{upgrade}Sec-WebSocket-Version: 13\r\n")),
        ("a key that is none", format!("{upgrade}Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: x\r\n")),
        ("no version", format!("{upgrade}{KEY}")),
        ("an old version", format!("{upgrade}Sec-WebSocket-Version: 8\r\n{KEY}")),
        ("not websocket", format!("Host: b\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n{KEY}")),
        ("no connection", format!("Host: b\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n{KEY}")),
    ] {
        let (status, body) = running.ask(&format!("GET /v1/local/bootstrap HTTP/1.1\r\n{request}\r\n")).await;
        assert_eq!(status, 400, "{what}: {body}");
        assert!(body.starts_with("no WebSocket handshake: "), "{what}: {body}");
    }
    let post =
        format!("POST /v1/local/bootstrap HTTP/1.1\r\n{upgrade}Sec-WebSocket-Version: 13\r\n{KEY}\r\n");
    assert_eq!(running.ask(&post).await.0, 400);
}

#[tokio::test]
async fn what_is_not_http_is_closed() {
    let running = bridge(upstream(echo).await, |b| {
        b.limits(limits(|limits| limits.handshake = Duration::from_millis(200)))
    })
    .await;
    let long = format!("GET / HTTP/1.1\r\nX: {}\r\n\r\n", "x".repeat(100_000));
    // A Kafka client, a TLS client, a head without an end, an endless one, and silence.
    for sent in [&b"\0\0\0\x10\0\x12\0\x03"[..], b"\x16\x03\x01\x02\0\x01", b"GET / HT", long.as_bytes(), b""]
    {
        let mut tcp = TcpStream::connect(running.address).await.unwrap();
        let _ = tcp.write_all(sent).await;
        let mut answer = Vec::new();
        // Closed or reset; an HTTP error may come first.
        let _ = timeout(support::HANG, tcp.read_to_end(&mut answer)).await.expect("left open");
        assert!(answer.is_empty() || answer.starts_with(b"HTTP/1.1 4"), "{answer:?}");
    }
}

#[tokio::test]
async fn sockets_are_limited_and_come_back() {
    let running = bridge(upstream(echo).await, |b| b.limits(limits(|limits| limits.sockets = 2))).await;
    let one = running.socket().await;
    let _two = running.socket().await;
    let (status, body) = running.shake_hands("/v1/local/broker/1", "").await;
    assert_eq!(status, 503);
    assert!(body.contains("all 2 sockets"), "{body}");
    drop(one);
    let again = async {
        while running.shake_hands("/v1/local/broker/1", "").await.0 == 503 {
            tokio::task::yield_now().await;
        }
    };
    timeout(support::HANG, again).await.expect("a closed socket does not come back");
}

#[tokio::test]
async fn health_is_told() {
    let running = bridge(upstream(echo).await, |builder| builder).await;
    assert_eq!(running.ask("GET /healthz HTTP/1.1\r\nHost: b\r\n\r\n").await, (200, "ok\n".to_owned()));
}
