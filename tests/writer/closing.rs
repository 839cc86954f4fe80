//! How a Writer ends, and what bounds it.

use crate::scene::{LIMIT, TOPIC, broker, play, writer};
use futures::FutureExt;
use ottla::{Client, Compression, ErrorKind, Record, Writer, protocol::produce};
use ottla_tests::meddling::{Meddling, Reply};
use std::time::Duration;

/// A broker that answers no Produce request.
fn silent(broker: &ottla_broker::Broker) -> Client {
    let silence = |_: &_| Reply::ThenSilence(bytes::Bytes::new());
    let transport = Meddling::with::<produce::Request>(broker.transport(), silence);
    Client::builder().transport(transport).build().unwrap()
}

#[test]
fn closing_tells_how_many_records_were_lost_and_how() {
    play(async {
        let broker = broker(1);
        let writer = Writer::builder(&silent(&broker))
            .topic(TOPIC)
            .idempotent(false)
            .batch_records(3)
            .build()
            .unwrap();
        let mut deliveries = Vec::new();
        for _ in 0..3 {
            deliveries.push(writer.send(Record::new(b"x")).await.unwrap());
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
        for _ in 0..5 {
            deliveries.push(writer.send(Record::new(b"x")).await.unwrap());
        }
        let error = writer.close(Duration::from_secs(2)).await.unwrap_err();
        assert!(error.to_string().contains("8 records were lost"), "{error}");
        assert!(error.to_string().contains("5 were not sent, 3 may or may not be"), "{error}");
        let not_sent: Vec<_> =
            deliveries.into_iter().map(|it| it.now_or_never().unwrap().unwrap_err().is_not_sent()).collect();
        assert_eq!(not_sent, [false, false, false, true, true, true, true, true]);
    });
}

#[test]
fn a_record_on_its_way_has_its_outcome_when_its_time_has_come() {
    play(async {
        let broker = broker(1);
        let limit = Duration::from_secs(2);
        let writer = Writer::builder(&silent(&broker)).topic(TOPIC).delivery_timeout(limit).build().unwrap();
        let started = tokio::time::Instant::now();
        let error = writer.send(Record::new(b"x")).await.unwrap().await.unwrap_err();
        assert_eq!((error.kind(), error.is_not_sent()), (ErrorKind::Timeout, false));
        assert!((limit..limit * 2).contains(&started.elapsed()), "{:?}", started.elapsed());
        writer.close(LIMIT).await.unwrap();
    });
}

#[test]
fn records_are_bounded_as_bytes_are() {
    play(async {
        let broker = broker(1);
        let writer = Writer::builder(&silent(&broker)).topic(TOPIC).buffer_records(3).build().unwrap();
        for _ in 0..3 {
            drop(writer.send(Record::new(b"x")).await.unwrap());
        }
        assert_eq!(writer.stats().buffered_records, 3);
        let fourth = tokio::time::timeout(Duration::from_secs(5), writer.send(Record::new(b"x"))).await;
        assert!(fourth.is_err(), "the buffer is full");
        assert!(writer.close(Duration::ZERO).await.is_err());
    });
}

#[test]
fn levels_are_checked_where_they_are_set() {
    play(async {
        let broker = broker(1);
        let build =
            |codec, level| writer(&broker).compression(codec).compression_level(level).build().map(drop);
        build(Compression::Gzip, 9).unwrap();
        for (codec, level, words) in [
            (Compression::Gzip, 10, "goes from 0 to 9"),
            (Compression::Gzip, -1, "goes from 0 to 9"),
            (Compression::Lz4, 1, "lz4 has no levels"),
            (Compression::Snappy, 1, "snappy has no levels"),
            (Compression::None, 1, "none has no levels"),
        ] {
            let error = build(codec, level).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Misuse);
            assert!(error.to_string().contains(words), "{error}");
        }
    });
}
