//! A broker in process, clients without patience, and what is asked of them.

use bytes::Bytes;
use ottla::{Client, ClientBuilder, Error, Message, Reader, Writer};
use ottla_broker::{Broker, BrokerConfig};
use ottla_memory::MemoryTransport;
use ottla_transport::{TokioRuntime, Transport};
use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

pub(crate) const TOPIC: &str = "topic";
/// Nothing takes so long unless it hangs.
const PATIENCE: Duration = Duration::from_secs(60);
/// Nor does a whole scene, on virtual time.
const SCENE: Duration = Duration::from_secs(24 * 3600);
/// What a call with all its tries may take.
pub(crate) const CALL: Duration = Duration::from_millis(1500);

/// A cluster of one broker, with one topic of one partition and one record in it.
pub(crate) async fn broker() -> Broker {
    broker_of(BrokerConfig { auto_create_topics: false, ..BrokerConfig::default() }).await
}

pub(crate) async fn broker_of(config: BrokerConfig) -> Broker {
    let broker = Broker::new(config, TokioRuntime::current());
    broker.create_topic(TOPIC, 1).unwrap();
    let client = client(broker.transport());
    assert_eq!(write(&client, "first").await.unwrap(), Some(0));
    broker
}

pub(crate) fn builder() -> ClientBuilder {
    Client::builder()
        .connect_timeout(Duration::from_millis(500))
        .request_timeout(Duration::from_millis(500))
        .call_timeout(CALL)
        .retry_backoff(Duration::from_millis(50), Duration::from_millis(400))
}

pub(crate) fn client(transport: impl Transport) -> Client {
    builder().transport(transport).build().unwrap()
}

/// Writes one record: its offset.
pub(crate) async fn write(client: &Client, value: &'static str) -> Result<Option<i64>, Error> {
    let writer = Writer::builder(client).topic(TOPIC).delivery_timeout(CALL).build().unwrap();
    let written = writer.write([Message::new(value)]).await;
    written.map(|delivered| delivered[0].offset).map_err(|errors| errors.first().cloned().unwrap())
}

/// Reads one record: its value.
pub(crate) async fn read(client: &Client) -> Result<Bytes, Error> {
    let reader = Reader::builder(client)
        .topic(TOPIC)
        .max_decompressed_bytes(1 << 20)
        .wait_for_topic(Duration::from_millis(200))
        .patience(CALL)
        .max_wait(Duration::from_millis(50));
    let message = reader.build().unwrap().read().await;
    message.map(|message| message.value.unwrap())
}

/// The names of all topics.
pub(crate) async fn topics(client: &Client) -> Result<Vec<String>, Error> {
    let topics = client.topics().await;
    topics.map(|topics| topics.iter().map(|topic| topic.name.to_string()).collect())
}

/// An error and its causes, in one text.
pub(crate) fn told(error: &Error) -> String {
    let mut told = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        told = format!("{told}: {error}");
        cause = error.source();
    }
    told
}

/// Holds an error to a kind and to words.
#[track_caller]
pub(crate) fn expect<T: std::fmt::Debug>(outcome: Result<T, Error>, kind: ottla::ErrorKind, words: &[&str]) {
    let error = outcome.unwrap_err();
    let told = told(&error);
    assert_eq!(error.kind(), kind, "{told}");
    for word in words {
        assert!(told.contains(word), "{word:?} is not in: {told}");
    }
}

/// Runs a scene on virtual time.
pub(crate) fn play(scene: impl Future<Output = ()>) {
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    runtime.block_on(async { tokio::time::timeout(SCENE, scene).await }).expect("it hangs");
}

/// Runs a scene, unless it hangs.
pub(crate) async fn in_time<T>(scene: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, scene).await.expect("it hangs")
}

/// Runs a scene on virtual time, and gives how much memory it took beyond what was taken before.
pub(crate) fn measured(_alone: &Alone, scene: impl Future<Output = ()>) -> usize {
    crate::MEMORY.reset_peak_usage();
    let before = crate::MEMORY.current_usage();
    play(scene);
    crate::MEMORY.peak_usage().saturating_sub(before)
}

/// Held by those who measure, or use, much memory.
pub(crate) type Alone = MutexGuard<'static, ()>;

pub(crate) fn alone() -> Alone {
    static ALONE: Mutex<()> = Mutex::new(());
    ALONE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The broker's own transport.
pub(crate) fn straight(broker: &Broker) -> MemoryTransport {
    broker.transport()
}
