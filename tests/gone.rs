//! Once something is closed, or only dropped, nothing is left of it: no task, no stream, no attempt to dial.

#![expect(clippy::unwrap_used, reason = "a failed step is a failed test")]

use bytes::{Bytes, BytesMut};
use futures::future::join_all;
use ottla::{
    Client, Dialer, ErrorKind, Message, Reader, Record, Writer,
    transport::{BrokerAddress, ByteRx, ByteTx, Instant, Runtime, Transport},
};
use ottla_broker::{Broker, BrokerConfig};
use ottla_memory::MemoryTransport;
use ottla_transport::TokioRuntime;
use std::{
    io,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

const TOPIC: &str = "topic";
/// Far less than anything idle is kept, on virtual time.
const SOON: Duration = Duration::from_secs(1);
const IDLE: Duration = Duration::from_secs(60);

/// How many of something there are.
#[derive(Clone, Debug, Default)]
struct Count(Arc<AtomicUsize>);

/// One of them, until it is dropped.
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

/// Counts what a client has going on.
#[derive(Clone, Debug, Default)]
struct Census {
    tasks: Count,
    dials: Count,
    halves: Count,
}

impl Census {
    #[track_caller]
    fn assert_nobody(&self) {
        let (tasks, dials, halves) = (self.tasks.now(), self.dials.now(), self.halves.now());
        assert_eq!((tasks, dials, halves), (0, 0, 0), "tasks, dials, halves of streams");
    }

    #[track_caller]
    fn assert_somebody(&self) {
        assert!(self.tasks.now() > 0 && self.halves.now() > 0, "nothing was ever there: {self:?}");
    }
}

#[derive(Clone)]
struct Counting<T> {
    inner: T,
    census: Census,
}

impl Runtime for Counting<TokioRuntime> {
    type Sleep = <TokioRuntime as Runtime>::Sleep;

    fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        let one = self.census.tasks.one();
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

    fn offload<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> impl Future<Output = T> + Send {
        self.inner.offload(work)
    }
}

impl<T: Transport> Transport for Counting<T> {
    type Tx = Half<T::Tx>;
    type Rx = Half<T::Rx>;

    async fn connect(&self, to: &BrokerAddress) -> io::Result<(Self::Tx, Self::Rx)> {
        let _dial = self.census.dials.one();
        let (tx, rx) = self.inner.connect(to).await?;
        let half = || self.census.halves.one();
        Ok((Half { inner: tx, _one: half() }, Half { inner: rx, _one: half() }))
    }
}

struct Half<T> {
    inner: T,
    _one: One,
}

impl<T: ByteTx> ByteTx for Half<T> {
    fn write_all(&mut self, buffers: &[Bytes]) -> impl Future<Output = io::Result<()>> + Send {
        self.inner.write_all(buffers)
    }

    fn close(&mut self) -> impl Future<Output = io::Result<()>> + Send {
        self.inner.close()
    }
}

impl<T: ByteRx> ByteRx for Half<T> {
    fn recv(&mut self, into: &mut BytesMut) -> impl Future<Output = io::Result<usize>> + Send {
        self.inner.recv(into)
    }
}

/// A network on which nothing is ever answered, or nobody ever reached.
struct Dead {
    dials: bool,
}

impl Transport for Dead {
    type Tx = ottla_memory::Tx;
    type Rx = ottla_memory::Rx;

    async fn connect(&self, _: &BrokerAddress) -> io::Result<(Self::Tx, Self::Rx)> {
        if !self.dials {
            std::future::pending::<()>().await;
        }
        let (client, peer) = ottla_memory::pipe();
        tokio::spawn(async move {
            let _peer = peer;
            std::future::pending::<()>().await;
        });
        Ok(client)
    }
}

fn client(census: &Census, transport: impl Transport) -> Client {
    let runtime = Counting { inner: TokioRuntime::current(), census: census.clone() };
    let transport = Counting { inner: transport, census: census.clone() };
    Client::builder().transport(transport).runtime(runtime).idle_timeout(IDLE).build().unwrap()
}

/// A broker of two nodes, with two records in each partition.
async fn broker() -> Broker {
    let broker = Broker::new(BrokerConfig { nodes: 2, ..BrokerConfig::default() }, TokioRuntime::current());
    broker.create_topic(TOPIC, 2).unwrap();
    let client = Client::builder().transport(broker.transport()).build().unwrap();
    let writer = Writer::builder(&client).topic(TOPIC).build().unwrap();
    let messages = (0..4).map(|i| Message::new("record").with_partition(i % 2));
    writer.write(messages).await.unwrap();
    broker
}

fn straight(broker: &Broker) -> MemoryTransport {
    broker.transport()
}

async fn write(writer: &Writer) {
    writer
        .write([Message::new("next").with_partition(0), Message::new("next").with_partition(1)])
        .await
        .unwrap();
}

async fn read(reader: &Reader) {
    for _ in 0..4 {
        reader.read().await.unwrap();
    }
}

fn writer(client: &Client) -> Writer {
    Writer::builder(client).topic(TOPIC).build().unwrap()
}

fn reader(client: &Client) -> Reader {
    Reader::builder(client).topic(TOPIC).build().unwrap()
}

async fn soon() {
    tokio::time::sleep(SOON).await;
}

#[tokio::test(start_paused = true)]
async fn closed_one_after_the_other() {
    let (broker, census) = (broker().await, Census::default());
    let client = client(&census, straight(&broker));
    client.topics().await.unwrap();
    census.assert_somebody();
    let (tasks, halves) = (census.tasks.now(), census.halves.now());

    let reader = reader(&client);
    read(&reader).await;
    assert!(census.tasks.now() > tasks && census.halves.now() > halves);
    reader.close().await;
    soon().await;
    assert_eq!(
        (census.tasks.now(), census.halves.now()),
        (tasks, halves),
        "a Reader takes its connections along"
    );
    assert_eq!(reader.read().await.unwrap_err().kind(), ErrorKind::Closed);

    let writer = writer(&client);
    write(&writer).await;
    writer.close(SOON).await.unwrap();
    let (tasks, halves) = (census.tasks.now(), census.halves.now());
    assert_eq!(2 * tasks, halves, "all that is left are connections");
    let late = writer.send(Record::new(b"late")).await;
    assert_eq!(late.unwrap_err().kind(), ErrorKind::Closed);

    client.close().await;
    census.assert_nobody();
    assert_eq!(client.topics().await.unwrap_err().kind(), ErrorKind::Closed);
    census.assert_nobody();
}

#[tokio::test(start_paused = true)]
async fn a_client_that_is_closed_first() {
    let (broker, census) = (broker().await, Census::default());
    let client = client(&census, straight(&broker));
    let (writer, reader) = (writer(&client), reader(&client));
    write(&writer).await;
    read(&reader).await;
    client.close().await;
    assert_eq!(census.halves.now(), 0);
    assert_eq!(
        writer.write([Message::new("late")]).await.unwrap_err().first().unwrap().kind(),
        ErrorKind::Closed
    );
    while reader.read().await.map_err(|error| assert_eq!(error.kind(), ErrorKind::Closed)).is_ok() {}
    assert_eq!(census.halves.now(), 0);
    drop((writer, reader));
    soon().await;
    census.assert_nobody();
}

#[tokio::test(start_paused = true)]
async fn dropped_at_work() {
    for what_first in 0..3 {
        let (broker, census) = (broker().await, Census::default());
        let client = client(&census, straight(&broker));
        let (writer, reader) = (writer(&client), reader(&client));
        read(&reader).await;
        let deliveries = join_all((0..100).map(|_| writer.send(Record::new(b"next")))).await;
        census.assert_somebody();
        match what_first {
            0 => drop((client, writer, reader)),
            1 => drop((writer, reader, client)),
            _ => drop((reader, client, writer)),
        }
        soon().await;
        census.assert_nobody();
        for delivery in join_all(deliveries.into_iter().map(Result::unwrap)).await {
            // In the log or not, but never without an answer.
            assert!(delivery.is_ok() || delivery.is_err_and(|error| error.kind() == ErrorKind::Closed));
        }
    }
}

#[tokio::test(start_paused = true)]
async fn in_the_middle_of_a_call() {
    let (broker, census) = (broker().await, Census::default());
    let client = client(&census, straight(&broker));
    let reader = Arc::new(reader(&client));
    read(&reader).await;
    let waiting = tokio::spawn({
        let reader = Arc::clone(&reader);
        async move { reader.read().await }
    });
    soon().await;
    reader.close().await;
    assert_eq!(waiting.await.unwrap().unwrap_err().kind(), ErrorKind::Closed);
    client.close().await;
    census.assert_nobody();
}

#[tokio::test(start_paused = true)]
async fn when_nobody_answers() {
    for dials in [false, true] {
        for closed in [false, true] {
            let census = Census::default();
            let client = client(&census, Dead { dials });
            let (writer, reader) = (writer(&client), reader(&client));
            let calling = tokio::spawn({
                let client = client.clone();
                async move { client.topics().await }
            });
            let sending = tokio::time::timeout(SOON, writer.send(Record::new(b"lost"))).await;
            sending.map(drop).unwrap_err();
            assert!(census.dials.now() + census.halves.now() > 0);
            if closed {
                let began = tokio::time::Instant::now();
                reader.close().await;
                writer.close(Duration::ZERO).await.unwrap();
                client.close().await;
                let called = calling.await.unwrap();
                assert_eq!(called.unwrap_err().kind(), ErrorKind::Closed, "dials: {dials}");
                assert!(began.elapsed() < SOON, "on virtual time, in which nothing happens");
                drop((client, writer, reader));
                soon().await;
                census.assert_nobody();
            } else {
                calling.abort();
                drop((client, writer, reader));
                soon().await;
                census.assert_nobody();
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_conn() {
    for closed in [true, false] {
        let (broker, census) = (broker().await, Census::default());
        let dialer = Dialer::new()
            .transport(Counting { inner: straight(&broker), census: census.clone() })
            .runtime(Counting { inner: TokioRuntime::current(), census: census.clone() });
        let conn = dialer.dial_leader("broker:9092", TOPIC, 0).await.unwrap();
        conn.write(b"next").await.unwrap();
        census.assert_somebody();
        if closed {
            conn.close().await;
            census.assert_nobody();
            assert_eq!(conn.write(b"late").await.unwrap_err().kind(), ErrorKind::Closed);
        } else {
            drop(conn);
            soon().await;
            census.assert_nobody();
        }
    }
}

#[tokio::test(start_paused = true)]
async fn an_idle_connection() {
    let (broker, census) = (broker().await, Census::default());
    let client = client(&census, straight(&broker));
    client.topics().await.unwrap();
    assert_eq!((census.tasks.now(), census.halves.now()), (1, 2));
    tokio::time::sleep(IDLE - SOON).await;
    assert_eq!((census.tasks.now(), census.halves.now()), (1, 2));
    tokio::time::sleep(2 * SOON).await;
    census.assert_nobody();
    assert_eq!(client.topics().await.unwrap().len(), 1, "and opened again when it is needed");
}

#[tokio::test(start_paused = true)]
async fn a_broker_that_is_gone_itself() {
    let (broker, census) = (broker().await, Census::default());
    let client = client(&census, straight(&broker));
    broker.close().await;
    let (writer, reader) = (writer(&client), reader(&client));
    writer.send(Record::new(b"lost")).await.map(drop).unwrap_err();
    reader.read().await.unwrap_err();
    assert!(census.tasks.now() > 0);
    reader.close().await;
    writer.close(SOON).await.unwrap();
    client.close().await;
    census.assert_nobody();
}
