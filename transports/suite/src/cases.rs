use std::{io::ErrorKind, pin::pin};

use bytes::{Bytes, BytesMut};
use futures::{join, poll};
use ottla_transport::{BrokerAddress, ByteRx, ByteTx, Transport};

/// Bytes that tell their place, so that a lost, doubled or swapped piece shows.
fn pattern(size: usize) -> Bytes {
    (0..size as u32).map(|i| (i ^ (i >> 8).wrapping_mul(31) ^ (i >> 16)) as u8).collect()
}

async fn read_exactly(rx: &mut impl ByteRx, size: usize) -> Bytes {
    let mut all = BytesMut::with_capacity(size);
    while all.len() < size {
        let got = rx.recv(&mut all).await.unwrap();
        assert_ne!(got, 0, "the stream ended after {} of {size} bytes", all.len());
    }
    all.freeze()
}

pub(crate) async fn one_message<T: Transport>(transport: &T, peer: &BrokerAddress) {
    let (mut tx, mut rx) = transport.connect(peer).await.unwrap();
    tx.write_all(&[]).await.unwrap();
    tx.write_all(&[Bytes::from_static(b"hello")]).await.unwrap();
    assert_eq!(&read_exactly(&mut rx, 5).await[..], b"hello");
}

pub(crate) async fn many_buffers_in_one_write<T: Transport>(transport: &T, peer: &BrokerAddress) {
    let (mut tx, mut rx) = transport.connect(peer).await.unwrap();
    let whole = pattern(40_000);
    let mut left = whole.clone();
    let mut buffers = Vec::new();
    for i in 0.. {
        if left.is_empty() {
            break;
        }
        // Sizes 0, 1, .. 16: empty buffers, and more buffers than one system call takes.
        buffers.push(left.split_to((i % 17).min(left.len())));
    }
    assert!(buffers.len() > 4096);
    let (wrote, read) = join!(tx.write_all(&buffers), read_exactly(&mut rx, whole.len()));
    wrote.unwrap();
    assert_eq!(read, whole);
}

pub(crate) async fn recv_keeps_to_the_room_it_has<T: Transport>(transport: &T, peer: &BrokerAddress) {
    let (mut tx, mut rx) = transport.connect(peer).await.unwrap();
    let whole = pattern(1000);
    tx.write_all(std::slice::from_ref(&whole)).await.unwrap();
    let mut read = BytesMut::new();
    while read.len() < whole.len() {
        let mut into = BytesMut::with_capacity(7);
        into.extend_from_slice(b"abc");
        let room = into.capacity() - into.len();
        let got = rx.recv(&mut into).await.unwrap();
        assert!((1..=room).contains(&got), "read {got} bytes into room for {room}");
        assert_eq!(into.len(), 3 + got);
        read.extend_from_slice(&into[3..]);
    }
    assert_eq!(read, whole);

    let mut full = BytesMut::with_capacity(8);
    full.resize(full.capacity(), 0);
    assert_eq!(rx.recv(&mut full).await.unwrap_err().kind(), ErrorKind::InvalidInput);
}

pub(crate) async fn megabytes_both_ways_at_once<T: Transport>(transport: &T, peer: &BrokerAddress) {
    let (mut tx, mut rx) = transport.connect(peer).await.unwrap();
    let whole = pattern(3 << 20);
    let write = async {
        let mut left = whole.clone();
        let mut size = 1;
        while !left.is_empty() {
            let one = left.split_to(size.min(left.len()));
            let two = left.split_to(size.min(left.len()));
            tx.write_all(&[one, two]).await.unwrap();
            size = size * 3 % 500_009; // from a byte to half a megabyte
        }
    };
    let ((), read) = join!(write, read_exactly(&mut rx, whole.len()));
    assert!(read == whole, "the bytes came back changed");
}

pub(crate) async fn a_cancelled_recv_loses_nothing<T: Transport>(transport: &T, peer: &BrokerAddress) {
    let (mut tx, mut rx) = transport.connect(peer).await.unwrap();
    let whole = pattern(20_000);
    let mut read = BytesMut::with_capacity(whole.len());
    for piece in 0..200 {
        let at = piece * 100;
        // Polled once and dropped, before and after the bytes are under way.
        let _ = poll!(pin!(rx.recv(&mut read)));
        tx.write_all(&[whole.slice(at..at + 100)]).await.unwrap();
        let _ = poll!(pin!(rx.recv(&mut read)));
        if piece % 10 == 9 {
            while read.len() < at + 100 {
                assert_ne!(rx.recv(&mut read).await.unwrap(), 0);
            }
        }
    }
    assert_eq!(read, whole);
}

pub(crate) async fn close_lets_the_rest_arrive<T: Transport>(transport: &T, peer: &BrokerAddress) {
    let (mut tx, mut rx) = transport.connect(peer).await.unwrap();
    let whole = pattern(100_000);
    let write = async {
        tx.write_all(std::slice::from_ref(&whole)).await.unwrap();
        tx.close().await.unwrap();
    };
    let ((), read) = join!(write, read_exactly(&mut rx, whole.len()));
    assert_eq!(read, whole);
    let mut more = BytesMut::with_capacity(64);
    assert_eq!(rx.recv(&mut more).await.unwrap(), 0, "the end, after everything");
    assert_eq!(rx.recv(&mut more).await.unwrap(), 0, "the end stays the end");
}

pub(crate) async fn a_write_after_close_fails<T: Transport>(transport: &T, peer: &BrokerAddress) {
    let (mut tx, _rx) = transport.connect(peer).await.unwrap();
    tx.close().await.unwrap();
    assert!(tx.write_all(&[Bytes::from_static(b"late")]).await.is_err());
}

pub(crate) async fn dropped_connections_leave_the_next_alone<T: Transport>(
    transport: &T,
    peer: &BrokerAddress,
) {
    for sent in 0..20 {
        let (mut tx, rx) = transport.connect(peer).await.unwrap();
        if sent % 2 == 0 {
            tx.write_all(&[pattern(1000)]).await.unwrap();
        }
        drop((tx, rx));
    }
    // A dial given up half-way.
    let _ = poll!(pin!(transport.connect(peer)));
    one_message(transport, peer).await;
}

pub(crate) async fn connections_do_not_mix<T: Transport>(transport: &T, peer: &BrokerAddress) {
    let (mut one_tx, mut one_rx) = transport.connect(peer).await.unwrap();
    let (mut two_tx, mut two_rx) = transport.connect(peer).await.unwrap();
    two_tx.write_all(&[Bytes::from_static(b"two")]).await.unwrap();
    one_tx.write_all(&[Bytes::from_static(b"one")]).await.unwrap();
    assert_eq!(&read_exactly(&mut one_rx, 3).await[..], b"one");
    drop((one_tx, one_rx));
    assert_eq!(&read_exactly(&mut two_rx, 3).await[..], b"two");
}
