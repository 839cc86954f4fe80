//! Peers that are no good: what is not Kafka, what does not answer, what breaks off, what damages.

use std::{
    io,
    sync::{Arc, Mutex},
    time::Duration,
};

use bytes::BytesMut;
use ottla::{Conn, Dialer, Error, ErrorCode, ErrorKind, NewTopic, Retry, Whence};
use ottla_broker::{Broker, BrokerConfig};
use ottla_memory::{MemoryTransport, Rx, Tx};
use ottla_transport::{BrokerAddress, ByteRx, TokioRuntime, Transport};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};

use crate::cluster::{PATIENCE, text};

/// What `dial` says of a peer that answers with `answer`, or with nothing at all, and hangs up if so.
async fn dial_a_peer(answer: Option<&'static [u8]>, hangs_up: bool) -> Error {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let peer = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut request = [0; 8];
        stream.read_exact(&mut request).await.unwrap();
        stream.write_all(answer.unwrap_or_default()).await.unwrap();
        if !hangs_up {
            std::future::pending::<()>().await;
        }
    });
    let dialer = Dialer::new().timeout(Duration::from_millis(if hangs_up { 60_000 } else { 300 }));
    let error = tokio::time::timeout(PATIENCE, dialer.dial(&address)).await.expect("hung").unwrap_err();
    peer.abort();
    error
}

#[tokio::test]
async fn nobody_listens() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    drop(listener);
    let error = Conn::dial(&address).await.unwrap_err();
    assert_eq!((error.kind(), error.is_not_sent()), (ErrorKind::Io, true));
    assert!(error.to_string().contains(&address), "{error}");
}

#[tokio::test]
async fn peers_that_are_no_brokers() {
    let http = dial_a_peer(Some(b"HTTP/1.1 400 Bad Request\r\n\r\n"), true).await;
    assert!(http.kind() == ErrorKind::Malformed && http.to_string().contains("HTTP"), "{http}");
    let tls = dial_a_peer(Some(&[0x15, 3, 3, 0, 2, 2, 40]), true).await;
    assert!(tls.kind() == ErrorKind::Malformed && tls.to_string().contains("TLS"), "{tls}");
    let negative = dial_a_peer(Some(&[0xff, 0xff, 0xff, 0xfb]), true).await;
    assert_eq!(negative.kind(), ErrorKind::Malformed, "{negative}");
    let huge = dial_a_peer(Some(&[0x7f, 0xff, 0xff, 0xff]), true).await;
    assert_eq!(huge.kind(), ErrorKind::TooLarge, "{huge}");
    let gone = dial_a_peer(None, true).await;
    assert_eq!(gone.kind(), ErrorKind::Io, "{gone}");
    let silent = dial_a_peer(None, false).await;
    assert_eq!(silent.kind(), ErrorKind::Timeout, "{silent}");
}

/// Does something to what a broker sends, where a certain word comes.
#[derive(Clone)]
struct Meddler {
    inner: MemoryTransport,
    what: Arc<Mutex<Meddling>>,
}

#[derive(Clone, Copy, PartialEq)]
enum Meddling {
    Nothing,
    /// Changes a bit of the word.
    Damage,
    /// Ends the stream in the middle of the word.
    Cut,
    /// Holds back the word and all that follows.
    Hold,
}

const WORD: &[u8] = b"abracadabra";

struct MeddledRx {
    inner: Rx,
    what: Arc<Mutex<Meddling>>,
    cut: bool,
}

impl Transport for Meddler {
    type Tx = Tx;
    type Rx = MeddledRx;

    async fn connect(&self, to: &BrokerAddress) -> io::Result<(Tx, MeddledRx)> {
        let (tx, inner) = self.inner.connect(to).await?;
        Ok((tx, MeddledRx { inner, what: Arc::clone(&self.what), cut: false }))
    }
}

impl ByteRx for MeddledRx {
    async fn recv(&mut self, into: &mut BytesMut) -> io::Result<usize> {
        if self.cut {
            return Ok(0);
        }
        let before = into.len();
        let count = self.inner.recv(into).await?;
        let new = &mut into[before..];
        let Some(at) = new.windows(WORD.len()).position(|window| window == WORD) else { return Ok(count) };
        let what = *self.what.lock().unwrap();
        match what {
            Meddling::Nothing => Ok(count),
            Meddling::Damage => {
                new[at] ^= 1;
                Ok(count)
            }
            Meddling::Cut => {
                self.cut = true;
                into.truncate(before + at + 3);
                Ok(at + 3)
            }
            Meddling::Hold => std::future::pending().await,
        }
    }
}

/// A connection to a partition with three messages, of which the second may be meddled with.
async fn meddled(what: Meddling) -> (Broker, Meddler, Conn) {
    let broker = Broker::new(BrokerConfig::default(), TokioRuntime::current());
    let what = Arc::new(Mutex::new(what));
    let meddler = Meddler { inner: broker.transport(), what };
    let dialer = Dialer::new().transport(meddler.clone());
    dialer.dial("any").await.unwrap().create_topics(&[NewTopic::new("t", 1)]).await.unwrap();
    let mut conn = dialer.dial_leader("any", "t", 0).await.unwrap();
    conn.set_deadline(PATIENCE);
    for value in [b"before", WORD, b"after"] {
        conn.write(value).await.unwrap();
    }
    (broker, meddler, conn)
}

#[tokio::test]
async fn a_damaged_batch_is_told_of_and_can_be_passed() {
    let (_broker, meddler, mut conn) = meddled(Meddling::Damage).await;
    assert_eq!(text(&conn.read_message(1 << 20).await.unwrap()), "before");
    for _ in 0..2 {
        let error = conn.read_message(1 << 20).await.unwrap_err();
        assert!(error.kind() == ErrorKind::Malformed && error.to_string().contains("offset 1"), "{error}");
        assert_eq!((error.topic(), error.partition()), (Some("t"), Some(0)));
        assert_eq!(conn.offset(), (1, Whence::Absolute));
    }
    let batch = conn.read_batch(1, 1 << 20).await.unwrap();
    assert_eq!(
        batch.into_iter().map(|message| message.is_err()).collect::<Vec<_>>(),
        [true],
        "an iterator ends"
    );

    conn.seek(2, Whence::Absolute).await.unwrap();
    assert_eq!(text(&conn.read_message(1 << 20).await.unwrap()), "after");
    conn.seek(1, Whence::Absolute).await.unwrap();
    *meddler.what.lock().unwrap() = Meddling::Nothing;
    assert_eq!(conn.read_message(1 << 20).await.unwrap().value.unwrap(), WORD);
}

#[tokio::test]
async fn a_broker_that_breaks_off_in_an_answer() {
    let (_broker, _, mut conn) = meddled(Meddling::Cut).await;
    let error = conn.read_batch(1, 1 << 20).await.map(drop).unwrap_err();
    assert_eq!((error.kind(), error.retry()), (ErrorKind::Io, Retry::Reconnect));
    assert!(error.to_string().contains("middle of an answer"), "{error}");
    let error = conn.read_message(1 << 20).await.unwrap_err();
    assert_eq!((error.kind(), error.is_not_sent()), (ErrorKind::Io, true), "{error}");
}

#[tokio::test]
async fn a_broker_that_stops_answering() {
    let (_broker, _, mut conn) = meddled(Meddling::Hold).await;
    // The deadline ends the call; what is asked next waits for the answer that does not come.
    conn.set_read_deadline(Duration::from_millis(100));
    let error = conn.read_message(1 << 20).await.unwrap_err();
    assert_eq!((error.kind(), error.retry()), (ErrorKind::Timeout, Retry::After), "{error}");

    // The connection's own limit ends the connection.
    let dialer = conn.dialer().clone().request_timeout(Duration::from_millis(100));
    let mut conn = dialer.dial_leader("any", "t", 0).await.unwrap();
    let options = ottla::BatchOptions::new(1, 1 << 20).max_wait(Duration::ZERO);
    let error = conn.read_batch_with(&options).await.map(drop).unwrap_err();
    assert_eq!((error.kind(), error.retry()), (ErrorKind::Timeout, Retry::Reconnect), "{error}");
    let error = conn.read_message(1 << 20).await.unwrap_err();
    assert!(error.is_not_sent(), "{error}");
}

#[tokio::test]
async fn a_broker_before_kip_74_may_ask_for_a_larger_maximum() {
    let config = BrokerConfig::default().emulate("0.10.0").unwrap();
    let broker = Broker::new(config, TokioRuntime::current());
    broker.create_topic("t", 1).unwrap();
    let dialer = Dialer::new().transport(broker.transport());
    let mut conn = dialer.dial_leader("any", "t", 0).await.unwrap();
    conn.write(&[b'x'; 1000]).await.unwrap();
    assert_eq!(conn.read_offsets().await.unwrap(), (0, 1));
    let error = conn.read_batch(1, 100).await.map(drop).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TooLarge, "{error}");
    assert_eq!(conn.read_message(2000).await.unwrap().value.unwrap().len(), 1000);
}

#[tokio::test]
async fn a_topic_is_not_created_where_brokers_do_not_want_it() {
    let config = BrokerConfig { auto_create_topics: false, ..BrokerConfig::default() };
    let broker = Broker::new(config, TokioRuntime::current());
    let dialer =
        Dialer::new().transport(broker.transport()).create_topics(true).timeout(Duration::from_millis(300));
    let error = dialer.dial_leader("any", "t", 0).await.unwrap_err();
    assert_eq!(error.code(), Some(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION), "{error}");
}

#[tokio::test]
async fn a_broker_that_is_gone() {
    let (broker, _, mut conn) = meddled(Meddling::Nothing).await;
    broker.close().await;
    let error = conn.read_message(1 << 20).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Io, "{error}");
    let error = conn.dialer().dial("any").await.unwrap_err();
    assert_eq!((error.kind(), error.is_not_sent()), (ErrorKind::Io, true), "{error}");
}

#[tokio::test]
async fn limits_as_large_as_can_be() {
    let broker = Broker::new(BrokerConfig::default(), TokioRuntime::current());
    broker.create_topic("t", 1).unwrap();
    let longest = Duration::MAX;
    let dialer = Dialer::new().transport(broker.transport()).timeout(longest).idle_timeout(longest);
    let dialer = dialer.request_timeout(longest).max_response_bytes(usize::MAX);
    let mut conn = dialer.dial_leader("any", "t", 0).await.unwrap();
    conn.set_deadline(longest);
    conn.write(b"value").await.unwrap();
    let options = ottla::BatchOptions::new(1, i32::MAX as usize).max_wait(longest);
    assert_eq!(conn.read_batch_with(&options).await.unwrap().into_iter().count(), 1);
    assert!(tokio::time::timeout(Duration::from_millis(20), conn.read_batch_with(&options)).await.is_err());
    conn.set_deadline(None);
    assert!(tokio::time::timeout(Duration::from_millis(20), conn.read_batch_with(&options)).await.is_err());
}
