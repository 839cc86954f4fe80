//! Where a Reader stands, where it is sent, and how far it is behind.

use std::time::Duration;

use ottla::{ErrorCode, NewTopic, OutOfRange, Start};

use crate::scene::{TOPIC, play, take};

/// `testReaderLag`. Before the first message there it is 0; here it is not known until a broker has told.
#[test]
fn test_reader_lag() {
    play(async |scene| {
        scene.topic(1);
        scene.write(0..5).await;
        let reader = scene.reader().partition(0).build().unwrap();
        assert!(reader.lag(TOPIC, 0).is_err(), "it has not found the partition yet");
        for lag in (0..5).rev() {
            reader.read().await.unwrap();
            assert_eq!(reader.lag(TOPIC, 0).unwrap(), Some(lag));
        }
    });
}

/// `testReaderOutOfRangeGetsCanceled`. There it tries in silence until it is cancelled; here it is an error at once,
/// again and again, unless another start is set.
#[test]
fn test_reader_out_of_range_gets_canceled() {
    play(async |scene| {
        scene.topic(1);
        scene.write(0..10).await;
        let reader = scene.reader().start(Start::Offset(42)).build().unwrap();
        let asked = tokio::time::Instant::now();
        for _ in 0..3 {
            let error = reader.read().await.unwrap_err();
            assert_eq!(error.code(), Some(ErrorCode::OFFSET_OUT_OF_RANGE), "{error}");
            assert_eq!((error.topic(), error.partition()), (Some(TOPIC), Some(0)));
        }
        assert!(asked.elapsed() < Duration::from_secs(10), "of virtual time");
        reader.seek(TOPIC, 0, Start::Offset(9)).unwrap();
        assert_eq!(take(&reader, 1).await, ["9"]);

        for (start, value) in [(Start::First, "0"), (Start::Offset(7), "7"), (Start::Time(0), "0")] {
            let reader = scene.reader().start(Start::Offset(42)).out_of_range(OutOfRange::Restart(start));
            assert_eq!(take(&reader.build().unwrap(), 1).await, [value], "{start:?}");
        }
    });
}

/// `testReaderTopicRecreated`. There with a flag, here by default.
#[test]
fn test_reader_topic_recreated() {
    play(async |scene| {
        scene.topic(1);
        scene.write(0..10).await;
        let reader = scene.reader().build().unwrap();
        assert_eq!(take(&reader, 10).await.len(), 10);
        scene.client.delete_topics(&[TOPIC]).await.unwrap();
        scene.client.create_topics(&[NewTopic::new(TOPIC, 1)]).await.unwrap();
        let error = reader.read().await.unwrap_err();
        assert_eq!(error.code(), Some(ErrorCode::OFFSET_OUT_OF_RANGE), "{error}");
        reader.seek(TOPIC, 0, Start::First).unwrap();
        scene.write(["new"]).await;
        assert_eq!(take(&reader, 1).await, ["new"]);
    });
}
