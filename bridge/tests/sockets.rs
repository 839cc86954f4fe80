//! Sockets through a bridge: bytes both ways, and every way they end.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod support;

use std::{sync::Arc, time::Duration};

use bytes::{Bytes, BytesMut};
use futures::{SinkExt, StreamExt};
use ottla_bridge::Bridge;
use ottla_transport::{BrokerAddress, ByteRx, ByteTx, TokioRuntime, Transport};
use support::{HANG, bridge, broker, close_of, echo, limits, upstream};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    sync::Notify,
    time::timeout,
};
use tokio_tungstenite::tungstenite::{
    Message,
    protocol::frame::{
        Frame,
        coding::{Data, OpCode},
    },
};

#[tokio::test]
async fn the_suite_of_every_transport() {
    let running = bridge(upstream(echo).await, |builder| builder).await;
    ottla_transport_suite::run(running.transport(), broker(1), TokioRuntime::current()).await;
    let bootstrap = BrokerAddress { node_id: None, host: String::new(), port: 0 };
    ottla_transport_suite::run(running.transport(), bootstrap, TokioRuntime::current()).await;
}

#[tokio::test]
async fn a_client_that_misuses_the_socket_is_told_by_code() {
    let running = bridge(upstream(echo).await, |b| b.limits(limits(|l| l.message = 1024))).await;
    let binary = |fin: bool| {
        let mut frame = Frame::message(vec![0; 600], OpCode::Data(Data::Binary), fin);
        frame.header_mut().is_final = fin;
        Message::Frame(frame)
    };
    let continued = Message::Frame(Frame::message(vec![0; 600], OpCode::Data(Data::Continue), true));
    let reserved = |bit: u8| {
        let mut frame = Frame::message(vec![0; 6], OpCode::Data(Data::Binary), true);
        frame.header_mut().rsv1 = bit == 1;
        frame.header_mut().rsv2 = bit == 2;
        frame.header_mut().rsv3 = bit == 3;
        Message::Frame(frame)
    };
    let opcode = |code| Message::Frame(Frame::message(vec![0; 6], code, true));
    for (messages, code) in [
        (vec![Message::text("hello")], 1003),
        (vec![Message::binary(vec![0; 1025])], 1009),
        (vec![binary(false), continued.clone()], 1009),
        (vec![continued], 1002),
        (vec![reserved(1)], 1002),
        (vec![reserved(3)], 1002),
        (vec![opcode(OpCode::Data(Data::Reserved(3)))], 1002),
        (vec![Message::Ping(vec![0; 126].into())], 1002),
        (vec![Message::binary(vec![]), Message::binary(vec![1])], 1008),
    ] {
        let mut socket = running.socket().await;
        let text = format!("{messages:?}");
        for message in messages {
            socket.send(message).await.unwrap();
        }
        let (got, reason) = close_of(&mut socket).await;
        // The echo may have ended the socket in good order before the late bytes came.
        assert!(got == code || (code, got) == (1008, 1000), "{got} {reason}: {text}");
        assert!(!reason.is_empty());
    }
}

/// The first Close frame's code in what a server sends unmasked.
async fn raw_close(tcp: &mut TcpStream) -> u16 {
    let mut answer = Vec::new();
    let _ = timeout(HANG, tcp.read_to_end(&mut answer)).await.expect("left open");
    let at = answer.windows(4).position(|w| w == b"\r\n\r\n").unwrap() + 4;
    let frame = &answer[at..];
    assert_eq!(frame[0], 0x88, "not a Close frame: {frame:?}");
    u16::from_be_bytes([frame[2], frame[3]])
}

#[tokio::test]
async fn frames_that_no_library_sends_are_refused() {
    let running = bridge(upstream(echo).await, |builder| builder).await;
    for (what, frame, code) in [
        ("unmasked", &[0x82, 0x02, 1, 2][..], 1002),
        (
            "a length of exabytes",
            &[0x82, 0xff, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0],
            1009,
        ),
        ("a length of 2 GB", &[0x82, 0xff, 0, 0, 0, 0, 0x80, 0, 0, 0, 0, 0, 0, 0], 1009),
        ("a long control frame", &[0x89, 0xfe, 0x01, 0x00, 0, 0, 0, 0], 0),
        ("a fragmented ping", &[0x09, 0x80, 0, 0, 0, 0], 1002),
        ("control opcode 15", &[0x8f, 0x80, 0, 0, 0, 0], 1002),
        ("an invalid close", &[0x88, 0x81, 0, 0, 0, 0, 1], 1002),
    ] {
        let mut tcp = TcpStream::connect(running.address).await.unwrap();
        let request = "GET /v1/local/broker/1 HTTP/1.1\r\nHost: b\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
                       Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
        tcp.write_all(request.as_bytes()).await.unwrap();
        tcp.write_all(frame).await.unwrap();
        if code == 0 {
            // The payload that was announced has to come before anyone can object.
            tcp.write_all(&[0; 256]).await.unwrap();
            assert_eq!(raw_close(&mut tcp).await, 1002, "{what}");
        } else {
            assert_eq!(raw_close(&mut tcp).await, code, "{what}");
        }
    }
    // The bridge is as well as before.
    ottla_transport_suite::run(running.transport(), broker(1), TokioRuntime::current()).await;
}

#[tokio::test]
async fn pings_are_answered_and_sent() {
    let running =
        bridge(upstream(echo).await, |b| b.limits(limits(|l| l.ping = Duration::from_millis(50)))).await;
    let mut socket = running.socket().await;
    socket.send(Message::Ping(Bytes::from_static(b"are you there"))).await.unwrap();
    let (mut answered, mut pinged) = (false, false);
    while !(answered && pinged) {
        match timeout(HANG, socket.next()).await.unwrap().unwrap().unwrap() {
            Message::Pong(bytes) => answered = &bytes[..] == b"are you there",
            Message::Ping(_) => pinged = true,
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn an_idle_socket_is_closed_and_pings_do_not_count() {
    let running = bridge(upstream(echo).await, |b| {
        b.limits(limits(|l| {
            l.idle = Duration::from_millis(300);
            l.ping = Duration::from_millis(50);
        }))
    })
    .await;
    let (code, reason) = close_of(&mut running.socket().await).await;
    assert_eq!((code, reason.as_str()), (4408, "no byte passed for too long"));
}

#[tokio::test]
async fn what_a_broker_sends_before_it_closes_arrives() {
    let address = upstream(|mut stream| async move {
        stream.write_all(&[7; 300_000]).await.unwrap();
    })
    .await;
    let running = bridge(address, |builder| builder).await;
    let (mut tx, mut rx) = running.transport().connect(&broker(1)).await.unwrap();
    // Bytes that the broker will not read: they must not cost those it has sent.
    let _ = tx.write_all(&[Bytes::from(vec![1; 100_000])]).await;
    let mut read = BytesMut::with_capacity(1 << 20);
    while rx.recv(&mut read).await.unwrap_or(0) > 0 {}
    assert!(read.iter().all(|byte| *byte == 7));
    let clean = running.socket().await;
    let all = clean.fold(0, async |all, message| match message {
        Ok(Message::Binary(bytes)) => all + bytes.len(),
        _ => all,
    });
    assert_eq!(all.await, 300_000);
}

#[tokio::test]
async fn a_broker_that_dies_is_told_by_code() {
    let address = upstream(|mut stream| async move {
        stream.read_exact(&mut [0; 5]).await.unwrap();
        stream.set_zero_linger().unwrap(); // reset, as when the process is killed with bytes unread
    })
    .await;
    let running = bridge(address, |builder| builder).await;
    let mut socket = running.socket().await;
    socket.send(Message::binary("hello, and more than it reads")).await.unwrap();
    let (code, reason) = close_of(&mut socket).await;
    assert_eq!(code, 4502, "{reason}");
    assert!(reason.starts_with("the connection to the broker broke: "), "{reason}");
}

#[tokio::test]
async fn a_client_that_leaves_is_told_to_the_broker() {
    let gone = Arc::new(Notify::new());
    let seen = Arc::clone(&gone);
    let address = upstream(move |mut stream| {
        let seen = Arc::clone(&seen);
        async move {
            let _ = stream.read_to_end(&mut Vec::new()).await;
            seen.notify_one();
        }
    })
    .await;
    let running = bridge(address, |builder| builder).await;
    // By dropping the connection, and by a Close frame, which is answered.
    drop(running.socket().await);
    timeout(HANG, gone.notified()).await.expect("the broker's connection stays open");
    let mut socket = running.socket().await;
    socket.close(None).await.unwrap();
    timeout(HANG, gone.notified()).await.expect("the broker's connection stays open");
    assert_eq!(close_of(&mut socket).await.0, 1005);
}

#[tokio::test]
async fn stopping_lets_answers_pass_closes_sockets_and_refuses_new_ones() {
    let asked = Arc::new(Notify::new());
    let seen = Arc::clone(&asked);
    // Answers late, in pieces.
    let address = upstream(move |mut stream| {
        let seen = Arc::clone(&seen);
        async move {
            if stream.read_exact(&mut [0; 3]).await.is_err() {
                return; // the socket that asks nothing
            }
            seen.notify_one();
            for _ in 0..5 {
                tokio::time::sleep(Duration::from_millis(5)).await;
                stream.write_all(b"piece").await.unwrap();
            }
            let _ = stream.read(&mut [0; 1]).await;
        }
    })
    .await;
    let running = bridge(address, |builder| builder).await;
    let mut socket = running.socket().await;
    let mut other = running.socket().await;
    socket.send(Message::binary("ask")).await.unwrap();
    timeout(HANG, asked.notified()).await.unwrap();
    running.stop.send(()).unwrap();
    let mut answer = Vec::new();
    let code = loop {
        match timeout(HANG, socket.next()).await.unwrap().unwrap().unwrap() {
            Message::Binary(bytes) => answer.extend_from_slice(&bytes),
            Message::Close(frame) => break frame.unwrap(),
            _ => {}
        }
    };
    assert_eq!(answer, b"piece".repeat(5));
    assert_eq!((u16::from(code.code), code.reason.as_str()), (1012, "service restart"));
    assert_eq!(close_of(&mut other).await.0, 1012);
    drop((socket, other));
    timeout(HANG, running.served).await.expect("stopping hangs").unwrap().unwrap();
    assert!(TcpStream::connect(running.address).await.is_err(), "still listening");
}

#[tokio::test]
async fn a_client_that_reads_nothing_does_not_hold_up_stopping() {
    let flood =
        upstream(|mut stream| async move { while stream.write_all(&[0; 65536]).await.is_ok() {} }).await;
    let running = bridge(flood, |b| b.limits(limits(|l| l.drain = Duration::from_millis(300)))).await;
    let _socket = running.socket().await;
    tokio::time::sleep(Duration::from_millis(100)).await;
    running.stop.send(()).unwrap();
    timeout(HANG, running.served).await.expect("stopping hangs").unwrap().unwrap();
}

#[tokio::test]
async fn a_bridge_needs_no_socket_upstream() {
    let (transport, mut listener) = ottla_memory::network();
    let bridge = Bridge::builder().cluster("local", "anywhere").node("local", 1, "anywhere");
    let running = support::serve(bridge.transport(transport).build().unwrap()).await;
    let accepting = async {
        let (address, tx, rx) = listener.accept().await.unwrap();
        assert_eq!(address.node_id, Some(1));
        ottla_transport_suite::echo(tx, rx).await;
    };
    let asking = async {
        let (mut tx, mut rx) = running.transport().connect(&broker(1)).await.unwrap();
        tx.write_all(&[Bytes::from_static(b"hello")]).await.unwrap();
        let mut read = BytesMut::with_capacity(64);
        rx.recv(&mut read).await.unwrap();
        assert_eq!(&read[..], b"hello");
    };
    timeout(HANG, async { tokio::join!(accepting, asking) }).await.unwrap();
}
