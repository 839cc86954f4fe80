//! What is particular to pipes in memory: their bound, and what each end sees when the other goes.
#![cfg(not(target_family = "wasm"))] // blocks the thread

use std::{future::Future, io::ErrorKind, pin::pin, task::Poll};

use bytes::{Bytes, BytesMut};
use futures::{executor::block_on, poll};
use ottla_memory::{network, pipe, pipe_with_capacity};
use ottla_transport::{BrokerAddress, ByteRx, ByteTx, Transport};

fn address() -> BrokerAddress {
    BrokerAddress::broker(1, "localhost", 9092)
}

async fn is_pending(future: impl Future) -> bool {
    poll!(pin!(future)).is_pending()
}

#[test]
fn a_writer_waits_once_the_capacity_is_held() {
    block_on(async {
        let ((mut tx, _rx), (_peer_tx, mut peer_rx)) = pipe_with_capacity(10);
        let fits = Bytes::from_static(b"0123456789");
        tx.write_all(&[fits]).await.unwrap();

        let more = [Bytes::from_static(b"abc"), Bytes::from_static(b"def")];
        let mut write = pin!(tx.write_all(&more));
        assert!(poll!(&mut write).is_pending());

        let mut read = BytesMut::with_capacity(4);
        assert_eq!(peer_rx.recv(&mut read).await.unwrap(), 4, "as much as the caller left room for");
        assert!(poll!(&mut write).is_pending(), "4 of the 6 bytes fit");
        let mut rest = BytesMut::with_capacity(64);
        peer_rx.recv(&mut rest).await.unwrap();
        assert!(matches!(poll!(&mut write), Poll::Ready(Ok(()))));
        peer_rx.recv(&mut rest).await.unwrap();
        read.unsplit(rest);
        assert_eq!(&read[..], b"0123456789abcdef");
    });
}

#[test]
fn tiny_writes_are_bounded_by_count() {
    block_on(async {
        let ((mut tx, _rx), _peer) = pipe();
        let byte = Bytes::from_static(b"x");
        let mut written = 0;
        while !is_pending(tx.write_all(std::slice::from_ref(&byte))).await {
            written += 1;
            assert!(written <= 1024);
        }
        assert_eq!(written, 1024);
    });
}

#[test]
fn a_dropped_writer_ends_the_stream_after_what_it_wrote() {
    block_on(async {
        let ((mut tx, rx), (_peer_tx, mut peer_rx)) = pipe();
        tx.write_all(&[Bytes::from_static(b"last words")]).await.unwrap();
        drop((tx, rx));
        let mut read = BytesMut::with_capacity(64);
        assert_eq!(peer_rx.recv(&mut read).await.unwrap(), 10);
        assert_eq!(peer_rx.recv(&mut read).await.unwrap(), 0);
        assert_eq!(peer_rx.recv(&mut read).await.unwrap(), 0, "the end stays the end");
    });
}

#[test]
fn a_waiting_reader_wakes_when_the_writer_goes() {
    block_on(async {
        let ((tx, _rx), (_peer_tx, mut peer_rx)) = pipe();
        let mut read = BytesMut::with_capacity(64);
        let (got, ()) = futures::join!(peer_rx.recv(&mut read), async { drop(tx) });
        assert_eq!(got.unwrap(), 0);
    });
}

#[test]
fn a_waiting_writer_fails_when_the_reader_goes() {
    block_on(async {
        let ((mut tx, _rx), (_peer_tx, peer_rx)) = pipe_with_capacity(1);
        let two = [Bytes::from_static(b"ab")];
        let (wrote, ()) = futures::join!(tx.write_all(&two), async { drop(peer_rx) });
        assert_eq!(wrote.unwrap_err().kind(), ErrorKind::BrokenPipe);
    });
}

#[test]
fn no_write_after_close() {
    block_on(async {
        let ((mut tx, _rx), _peer) = pipe();
        tx.close().await.unwrap();
        let wrote = tx.write_all(&[Bytes::from_static(b"late")]).await;
        assert_eq!(wrote.unwrap_err().kind(), ErrorKind::BrokenPipe);
    });
}

#[test]
fn a_buffer_without_room_is_an_error_not_an_end() {
    block_on(async {
        let ((_tx, mut rx), _peer) = pipe();
        assert_eq!(rx.recv(&mut BytesMut::new()).await.unwrap_err().kind(), ErrorKind::InvalidInput);
    });
}

#[test]
fn dials_are_refused_once_the_listener_is_gone() {
    block_on(async {
        let (transport, listener) = network();
        let (_tx, mut rx) = transport.connect(&address()).await.unwrap();
        drop(listener);
        let mut read = BytesMut::with_capacity(64);
        assert_eq!(rx.recv(&mut read).await.unwrap(), 0, "dialed, but never accepted");
        let refused = transport.connect(&address()).await.unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::ConnectionRefused);
        assert!(refused.to_string().contains("localhost:9092"), "{refused}");
    });
}

#[test]
fn dials_beyond_the_backlog_wait_and_a_waiting_one_is_refused() {
    block_on(async {
        let (transport, listener) = network();
        let mut waiting = Vec::new();
        let mut dials = 0;
        while !is_pending(async { waiting.push(transport.connect(&address()).await.unwrap()) }).await {
            dials += 1;
            assert!(dials < 100, "the backlog is not bounded");
        }
        let to = address();
        let (refused, ()) = futures::join!(transport.connect(&to), async { drop(listener) });
        assert_eq!(refused.unwrap_err().kind(), ErrorKind::ConnectionRefused);
    });
}

#[test]
fn a_listener_without_transports_ends() {
    block_on(async {
        let (transport, mut listener) = network();
        drop(transport);
        assert!(listener.accept().await.is_none());
    });
}
