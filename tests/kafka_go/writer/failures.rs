//! Brokers that are dead or hang up, acknowledgements that nobody asked for, balancers that are wrong.

use std::{
    future::pending,
    io,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use ottla::{
    Acks, BalancerFn, Client, ErrorKind, Message, Partitions, Record, Writer,
    transport::{BrokerAddress, Transport},
};
use ottla_memory::MemoryTransport;

use crate::scene::{LIMIT, TOPIC, play};

/// `testWriterRequiredAcksNone`. Nobody says where the message came to lie.
#[test]
fn test_writer_required_acks_none() {
    play(async |scene| {
        scene.topic(1);
        let writer = scene.writer().acks(Acks::None).build().unwrap();
        let delivered = writer.write([Message::new("ThisIsATest")]).await.unwrap();
        assert_eq!(delivered[0].offset, None);
        writer.close(LIMIT).await.unwrap();
        let reader = scene.reader().build().unwrap();
        assert_eq!(reader.read().await.unwrap().value.unwrap(), "ThisIsATest");
    });
}

/// `testWriterMaxAttemptsErr`. There is no count of attempts: a cluster that was never reached is an error at once…
#[test]
fn test_writer_max_attempts_err() {
    play(async |scene| {
        scene.broker.close().await;
        let writer = scene.writer().build().unwrap();
        let asked = tokio::time::Instant::now();
        let errors = writer.write([Message::new("test")]).await.unwrap_err();
        let error = errors.first().unwrap();
        assert_eq!((error.kind(), error.is_not_sent()), (ErrorKind::Io, true), "{error}");
        assert!(asked.elapsed() < Duration::from_secs(1), "of virtual time");
    });
}

/// … and one that is lost is waited for, until the time for a delivery is over.
#[test]
fn test_writer_max_attempts_err_later() {
    const TIMEOUT: Duration = Duration::from_secs(7);
    play(async |scene| {
        scene.topic(1);
        let writer = scene.writer().delivery_timeout(TIMEOUT).build().unwrap();
        writer.write([Message::new("one")]).await.unwrap();
        scene.broker.close().await;
        let asked = tokio::time::Instant::now();
        let errors = writer.write([Message::new("two")]).await.unwrap_err();
        let error = errors.first().unwrap();
        // That time is over, because of what the last try came to; or, when both were over at once, that alone.
        let cause = std::error::Error::source(error).and_then(|cause| cause.downcast_ref::<ottla::Error>());
        let reason = if error.kind() == ErrorKind::Timeout { cause.unwrap() } else { error };
        assert_eq!((reason.kind(), error.topic()), (ErrorKind::Io, Some(TOPIC)), "{error:?}");
        assert!(error.is_not_sent());
        let waited = asked.elapsed();
        // The keeper may be asking who leads just then, and tells of it when that too has failed.
        assert!(TIMEOUT <= waited && waited < TIMEOUT + Duration::from_secs(2), "{waited:?} of virtual time");
    });
}

/// Dials nobody any more once it is told to, and never says so.
struct Hanging {
    inner: MemoryTransport,
    hangs: Arc<AtomicBool>,
}

impl Transport for Hanging {
    type Tx = ottla_memory::Tx;
    type Rx = ottla_memory::Rx;

    async fn connect(&self, to: &BrokerAddress) -> io::Result<(Self::Tx, Self::Rx)> {
        if self.hangs.load(Ordering::Relaxed) {
            return pending().await;
        }
        self.inner.connect(to).await
    }
}

/// A dial that hangs takes no longer than the delivery may.
#[test]
fn a_delivery_waits_for_no_dial() {
    const TIMEOUT: Duration = Duration::from_secs(3);
    play(async |scene| {
        scene.topic(1);
        let hangs = Arc::new(AtomicBool::new(false));
        let transport = Hanging { inner: scene.broker.transport(), hangs: Arc::clone(&hangs) };
        let client = Client::builder().transport(transport).connect_timeout(LIMIT).build().unwrap();
        let writer = Writer::builder(&client).topic(TOPIC).delivery_timeout(TIMEOUT).build().unwrap();
        writer.write([Message::new("one")]).await.unwrap();
        hangs.store(true, Ordering::Relaxed);
        scene.broker.disconnect_all().await;
        let asked = tokio::time::Instant::now();
        let errors = writer.write([Message::new("two")]).await.unwrap_err();
        let error = errors.first().unwrap();
        assert_eq!((error.kind(), error.is_not_sent()), (ErrorKind::Timeout, true), "{error}");
        let waited = asked.elapsed();
        assert!(
            TIMEOUT <= waited && waited < TIMEOUT + Duration::from_millis(10),
            "{waited:?} of virtual time"
        );
        client.close().await;
    });
}

/// What kafka-go's Writer calls transient: a refused or reset connection, a broken pipe, an end in the middle of an
/// answer. Here any end of a connection is, a plain one too, and the retry repeats nothing.
#[test]
fn every_end_of_a_connection_is_transient() {
    play(async |scene| {
        scene.topic(1);
        let writer = scene.writer().build().unwrap();
        for number in 0..20 {
            let delivery = writer.send(Record::new(number.to_string().as_bytes())).await.unwrap();
            scene.broker.disconnect_all().await;
            delivery.await.unwrap();
        }
        writer.close(LIMIT).await.unwrap();
        assert_eq!(scene.log(TOPIC, 0).await, (0..20).map(|number| number.to_string()).collect::<Vec<_>>());
    });
}

/// `testWriterInvalidPartition`: an error, and no panic.
#[test]
fn test_writer_invalid_partition() {
    play(async |scene| {
        scene.topic(2);
        for wrong in [-1, 2, i32::MIN, i32::MAX] {
            let balancer = move || BalancerFn(move |_: &Record<'_>, _: &Partitions<'_>| wrong);
            let writer = scene.writer().balancer(balancer).build().unwrap();
            let messages = [Message::new("Hello World!"), Message::new("set").with_partition(1)];
            let errors = writer.write(messages).await.unwrap_err();
            let (at, error) = errors.errors().next().unwrap();
            assert_eq!((errors.count(), at), (1, 0), "only the one that was left to the balancer");
            assert_eq!((error.kind(), error.is_not_sent()), (ErrorKind::Misuse, true));
            assert_eq!((error.topic(), error.partition()), (Some(TOPIC), Some(wrong)));
        }
    });
}
