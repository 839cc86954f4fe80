//! Reading one message after the other.

use std::time::Duration;

use futures::FutureExt;
use ottla::Message;

use crate::scene::{TOPIC, play, take, text};

/// `testReaderReadCanceled`. There a context is cancelled before the call, here a call is dropped: whatever it had
/// come to, the next one goes on there.
#[test]
fn test_reader_read_canceled() {
    play(async |scene| {
        scene.topic(1);
        let reader = scene.reader().build().unwrap();
        for wait in [0, 60] {
            assert!(tokio::time::timeout(Duration::from_secs(wait), reader.read()).await.is_err());
        }
        scene.write(["first"]).await;
        assert_eq!(take(&reader, 1).await, ["first"]);
        scene.write(0..100).await;
        // Dropped as soon as there is something to wait for.
        let reader = scene.reader().build().unwrap();
        let (mut values, mut dropped) = (Vec::new(), 0);
        while values.len() < 101 {
            match reader.read().now_or_never() {
                Some(message) => values.push(text(&message.unwrap())),
                None => {
                    dropped += 1;
                    tokio::time::sleep(Duration::from_millis(1)).await;
                }
            }
        }
        assert!(dropped > 0);
        let expected = (0..100).map(|number| number.to_string());
        assert_eq!(values, std::iter::once("first".to_owned()).chain(expected).collect::<Vec<_>>());
    });
}

/// `testReaderReadMessages`.
#[test]
fn test_reader_read_messages() {
    play(async |scene| {
        scene.topic(1);
        let reader = scene.reader().build().unwrap();
        scene.write(0..1000).await;
        for offset in 0..1000 {
            let message = reader.read().await.unwrap();
            assert_eq!((message.offset, text(&message)), (offset, offset.to_string()));
        }
    });
}

/// `TestReaderOnNonZeroPartition`, `testReaderSetsTopicAndPartition`.
#[test]
fn test_reader_on_non_zero_partition() {
    play(async |scene| {
        scene.topic(2);
        let writer = scene.writer().build().unwrap();
        let messages = [Message::new("one").with_partition(1), Message::new("zero").with_partition(0)];
        writer.write(messages).await.unwrap();
        let reader = scene.reader().partition(1).build().unwrap();
        let message = reader.read().await.unwrap();
        assert_eq!((&*message.topic, message.partition, text(&message)), (TOPIC, Some(1), "one".to_owned()));
        assert_eq!(reader.partitions(), [(TOPIC.into(), 1)]);
        assert!(tokio::time::timeout(Duration::from_secs(60), reader.read()).await.is_err(), "nothing of 0");
        // Without a partition there is the first; here all.
        let mut all = take(&scene.reader().build().unwrap(), 2).await;
        all.sort();
        assert_eq!(all, ["one", "zero"]);
    });
}
