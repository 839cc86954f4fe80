//! After `close`, and after mere dropping, nothing that the client started is left: no task, no stream.

#![expect(clippy::unwrap_used, reason = "a failed step is a failed test")]

use std::{
    future::Future,
    io,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use bytes::{Bytes, BytesMut};
use ottla::{
    Client, Message, Reader, Record, Writer,
    transport::{BrokerAddress, ByteRx, ByteTx, Instant, MaybeSend, Runtime, TokioRuntime, Transport},
};
use ottla_broker::{Broker, BrokerConfig};
use ottla_memory::{MemoryTransport, Rx, Tx};

/// How many of something there are.
#[derive(Clone, Default)]
struct Count(Arc<AtomicUsize>);

/// One of them.
struct One(Count);

impl Count {
    fn one(&self) -> One {
        self.0.fetch_add(1, Ordering::SeqCst);
        One(self.clone())
    }

    fn now(&self) -> usize {
        self.0.load(Ordering::SeqCst)
    }
}

impl Drop for One {
    fn drop(&mut self) {
        self.0.0.fetch_sub(1, Ordering::SeqCst);
    }
}

#[derive(Clone)]
struct CountingRuntime {
    inner: TokioRuntime,
    tasks: Count,
}

impl Runtime for CountingRuntime {
    type Sleep = <TokioRuntime as Runtime>::Sleep;

    fn spawn(&self, task: impl Future<Output = ()> + MaybeSend + 'static) {
        let one = self.tasks.one();
        self.inner.spawn(async move {
            let _one = one;
            task.await;
        });
    }

    fn sleep(&self, how_long: Duration) -> Self::Sleep {
        self.inner.sleep(how_long)
    }

    fn now(&self) -> Instant {
        self.inner.now()
    }

    fn unix_millis(&self) -> i64 {
        self.inner.unix_millis()
    }

    fn offload<T: MaybeSend + 'static>(
        &self,
        work: impl FnOnce() -> T + MaybeSend + 'static,
    ) -> impl Future<Output = T> + MaybeSend {
        self.inner.offload(work)
    }
}

struct CountingTransport {
    inner: MemoryTransport,
    halves: Count,
}

struct Half<T>(T, #[expect(dead_code, reason = "it counts by being there")] One);

impl Transport for CountingTransport {
    type Tx = Half<Tx>;
    type Rx = Half<Rx>;

    async fn connect(&self, to: &BrokerAddress) -> io::Result<(Half<Tx>, Half<Rx>)> {
        let (tx, rx) = self.inner.connect(to).await?;
        Ok((Half(tx, self.halves.one()), Half(rx, self.halves.one())))
    }
}

impl ByteRx for Half<Rx> {
    async fn recv(&mut self, into: &mut BytesMut) -> io::Result<usize> {
        self.0.recv(into).await
    }
}

impl ByteTx for Half<Tx> {
    async fn write_all(&mut self, buffers: &[Bytes]) -> io::Result<()> {
        self.0.write_all(buffers).await
    }

    async fn close(&mut self) -> io::Result<()> {
        self.0.close().await
    }
}

struct World {
    broker: Broker,
    client: Client,
    tasks: Count,
    halves: Count,
}

impl World {
    fn new() -> Self {
        let broker =
            Broker::new(BrokerConfig { nodes: 2, ..BrokerConfig::default() }, TokioRuntime::current());
        broker.create_topic("topic", 4).unwrap();
        let (tasks, halves) = (Count::default(), Count::default());
        let client = Client::builder()
            .transport(CountingTransport { inner: broker.transport(), halves: halves.clone() })
            .runtime(CountingRuntime { inner: TokioRuntime::current(), tasks: tasks.clone() })
            .idle_timeout(Duration::from_secs(60));
        Self { broker, client: client.build().unwrap(), tasks, halves }
    }

    fn left(&self) -> (usize, usize) {
        (self.tasks.now(), self.halves.now())
    }
}

/// What is dropped ends soon, if not at once.
async fn until_nothing_is_left(tasks: &Count, halves: &Count) {
    let nothing = async {
        while (tasks.now(), halves.now()) != (0, 0) {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    let waited = tokio::time::timeout(Duration::from_secs(30), nothing).await;
    assert!(waited.is_ok(), "{} tasks and {} halves of streams are left", tasks.now(), halves.now());
}

async fn write_and_read(client: &Client) -> (Writer, Reader) {
    let writer = Writer::builder(client).topic("topic").build().unwrap();
    let messages = (0..8).map(|number| Message::new(number.to_string()).with_partition(number % 4));
    writer.write(messages).await.unwrap();
    let reader = Reader::builder(client).topic("topic").build().unwrap();
    for _ in 0..8 {
        reader.read().await.unwrap();
    }
    (writer, reader)
}

#[tokio::test]
async fn closing_leaves_nothing() {
    let world = World::new();
    let (writer, reader) = write_and_read(&world.client).await;
    assert!(world.tasks.now() > 4 && world.halves.now() > 4, "{:?}", world.left());
    reader.close().await;
    writer.close(Duration::from_secs(5)).await.unwrap();
    world.client.close().await;
    assert_eq!(world.tasks.now(), 0);
    until_nothing_is_left(&world.tasks, &world.halves).await;
    assert!(reader.read().await.is_err());
    assert!(writer.send(Record::new(b"late")).await.is_err());
    assert!(world.client.topics().await.is_err());
    assert_eq!(world.left(), (0, 0), "what is closed starts nothing");
}

#[tokio::test]
async fn dropping_leaves_nothing() {
    let World { broker: _broker, client, tasks, halves } = World::new();
    let (writer, reader) = write_and_read(&client).await;
    let delivery = writer.send(Record::new(b"in a batch")).await.unwrap();
    drop((writer, reader, client));
    // Acknowledged or not: it is settled.
    let _ = tokio::time::timeout(Duration::from_secs(30), delivery).await.unwrap();
    until_nothing_is_left(&tasks, &halves).await;
}

#[tokio::test]
async fn a_reader_that_is_gone_keeps_no_connection() {
    let world = World::new();
    let (_writer, reader) = write_and_read(&world.client).await;
    let with_reader = world.halves.now();
    reader.close().await;
    let fewer = async {
        while world.halves.now() >= with_reader {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), fewer).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn an_idle_connection_is_closed() {
    let world = World::new();
    world.client.topics().await.unwrap();
    assert_eq!(world.left(), (1, 2));
    tokio::time::sleep(Duration::from_secs(59)).await;
    assert_eq!(world.left(), (1, 2));
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert_eq!(world.left(), (0, 0));
    assert_eq!(world.client.topics().await.unwrap().len(), 1, "and opened again when it is needed");
}

#[tokio::test(start_paused = true)]
async fn who_never_reached_a_broker_leaves_nothing() {
    let world = World::new();
    world.broker.close().await;
    let writer = Writer::builder(&world.client).topic("topic").build().unwrap();
    let reader = Reader::builder(&world.client).topic("topic").build().unwrap();
    assert!(writer.send(Record::new(b"value")).await.is_err());
    assert!(reader.read().await.is_err());
    assert!(world.tasks.now() > 0);
    reader.close().await;
    writer.close(Duration::from_secs(5)).await.unwrap();
    world.client.close().await;
    until_nothing_is_left(&world.tasks, &world.halves).await;
}
