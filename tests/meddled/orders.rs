//! What is asked for does not exist, or is more than is allowed.

use crate::scene::{CALL, TOPIC, broker, broker_of, client, expect, play, straight};
use ottla::{Acks, Client, Conn, Dialer, ErrorCode, ErrorKind, Message, OffsetAt, Reader, Record, Writer};
use ottla_broker::{Broker, BrokerConfig};
use std::time::Duration;

const NO_TOPIC: [&str; 3] = ["UNKNOWN_TOPIC_OR_PARTITION", "create the topic, or check the name", "missing"];

fn writer(client: &Client) -> Writer {
    Writer::builder(client).delivery_timeout(CALL).build().unwrap()
}

async fn conn(broker: &Broker, topic: &'static str, partition: i32) -> Result<Conn, ottla::Error> {
    let dialer = Dialer::new().transport(straight(broker)).timeout(CALL);
    dialer.dial_leader("broker:9092", topic, partition).await
}

#[test]
fn a_topic_that_does_not_exist() {
    play(async {
        let broker = broker().await;
        let client = client(straight(&broker));
        expect(client.topic("missing").await, ErrorKind::Broker, &NO_TOPIC);
        let sent = writer(&client).send(Record::new(b"lost").topic("missing")).await;
        assert!(sent.as_ref().is_err_and(|error| error.is_not_sent()), "{sent:?}");
        expect(sent, ErrorKind::Broker, &NO_TOPIC);
        let reader = Reader::builder(&client).topic("missing").build().unwrap();
        expect(reader.read().await, ErrorKind::Broker, &NO_TOPIC);
        expect(client.delete_topics(&["missing"]).await, ErrorKind::Broker, &NO_TOPIC);
        expect(client.create_partitions("missing", 2).await, ErrorKind::Broker, &NO_TOPIC);
        let listed = client.list_offsets(&[("missing".into(), 0)], OffsetAt::Last).await.remove(0);
        expect(listed, ErrorKind::Broker, &NO_TOPIC);
        expect(conn(&broker, "missing", 0).await.map(drop), ErrorKind::Broker, &NO_TOPIC);
    });
}

#[test]
fn a_partition_that_does_not_exist() {
    play(async {
        let broker = broker().await;
        let client = client(straight(&broker));
        let sent = writer(&client).send(Record::new(b"lost").topic(TOPIC).partition(7)).await;
        expect(sent, ErrorKind::Misuse, &["no such partition: the topic has 1", "partition 7"]);
        let words = ["UNKNOWN_TOPIC_OR_PARTITION", "1)", "partition 7"];
        let reader = Reader::builder(&client).topic(TOPIC).partition(7).build().unwrap();
        expect(reader.read().await, ErrorKind::Broker, &words);
        let listed = client.list_offsets(&[(TOPIC.into(), 7)], OffsetAt::Last).await.remove(0);
        expect(listed, ErrorKind::Broker, &words);
        let dialled = conn(&broker, TOPIC, 7).await.map(drop);
        expect(dialled, ErrorKind::Broker, &["UNKNOWN_TOPIC_OR_PARTITION", "partition 7"]);
    });
}

#[test]
fn a_record_over_the_brokers_limit() {
    play(async {
        let broker = broker_of(BrokerConfig { max_message_bytes: 2000, ..BrokerConfig::default() }).await;
        let client = client(straight(&broker));
        for acks in [Acks::All, Acks::One] {
            let writer =
                Writer::builder(&client).topic(TOPIC).acks(acks).delivery_timeout(CALL).build().unwrap();
            let written = writer.write([Message::new("x".repeat(3000))]).await.unwrap_err();
            let error = written.first().cloned().unwrap();
            assert_eq!(error.code(), Some(ErrorCode::MESSAGE_TOO_LARGE));
            expect(
                Err::<(), _>(error),
                ErrorKind::Broker,
                &["MESSAGE_TOO_LARGE", "max.message.bytes", TOPIC],
            );
            // It holds up nothing that comes after it.
            writer.write([Message::new("fits")]).await.unwrap();
        }
        let conn = conn(&broker, TOPIC, 0).await.unwrap();
        let written = conn.write(&[b'x'; 3000]).await;
        expect(written, ErrorKind::Broker, &["MESSAGE_TOO_LARGE", "max.message.bytes"]);
        assert_eq!(broker.log_end(TOPIC, 0), Some(3));
    });
}

#[test]
fn an_offset_beyond_the_log() {
    play(async {
        let broker = broker().await;
        let client = client(straight(&broker));
        let reader = Reader::builder(&client).topic(TOPIC).start(ottla::Start::Offset(99));
        let reader = reader.max_wait(Duration::from_millis(50)).build().unwrap();
        expect(
            reader.read().await,
            ErrorKind::Broker,
            &["OFFSET_OUT_OF_RANGE", "at offset 99", "partition 0"],
        );
    });
}

/// A broker refuses a batch as a whole. The Writer splits it, until the record that is too large fails alone.
#[test]
fn a_record_over_the_brokers_limit_among_others() {
    play(async {
        let config = BrokerConfig { max_message_bytes: 2000, ..BrokerConfig::default() };
        let broker = broker_of(config).await;
        broker.create_topic("two", 2).unwrap();
        let client = client(straight(&broker));
        for (round, acks) in [Acks::All, Acks::One].into_iter().enumerate() {
            let writer = Writer::builder(&client).topic("two").acks(acks).delivery_timeout(CALL);
            let writer = writer.build().unwrap();
            let mut messages: Vec<_> =
                (0..9).map(|at| Message::new(format!("{at}")).with_partition(0)).collect();
            messages[4] = Message::new("x".repeat(3000)).with_partition(0);
            messages.push(Message::new("elsewhere").with_partition(1));
            let errors = writer.write(messages).await.unwrap_err();
            let failed: Vec<_> = errors.errors().map(|(at, error)| (at, error.code())).collect();
            assert_eq!(failed, [(4, Some(ErrorCode::MESSAGE_TOO_LARGE))]);
            let told = errors.first().unwrap().to_string();
            assert!(told.contains("a record of 3") && told.contains("max.message.bytes"), "{told}");
            let offsets: Vec<_> = errors.outcomes().iter().flatten().map(|it| it.offset.unwrap()).collect();
            let base = 8 * round as i64;
            let expected: Vec<_> = (base..base + 8).chain([round as i64]).collect();
            assert_eq!(offsets, expected, "the others keep their order");
        }
    });
}
