//! Where a Reader stands, where it is sent, and how far it is behind.

use std::time::Duration;

use ottla::{ErrorCode, Message, NewTopic, OutOfRange, Start};

use crate::scene::{LIMIT, TOPIC, play, take};

/// `testReaderSetSpecialOffsets`.
#[test]
fn test_reader_set_special_offsets() {
    play(async |scene| {
        scene.topic(1);
        scene.write(["first", "one", "two", "three"]).await;
        let reader = scene.reader().partition(0).build().unwrap();
        reader.set_offset(Start::First).unwrap();
        assert_eq!(take(&reader, 1).await, ["first"]);
        assert_eq!(reader.offset(TOPIC, 0).unwrap(), Some(1));

        reader.set_offset(Start::Last).unwrap();
        let waiting = async {
            // Once it knows where the end is.
            while reader.offset(TOPIC, 0).unwrap() != Some(4) {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
            scene.write(["last"]).await;
        };
        let (read, ()) = tokio::join!(take(&reader, 1), waiting);
        assert_eq!(read, ["last"]);
        assert_eq!(reader.offset(TOPIC, 0).unwrap(), Some(5));
    });
}

/// `testReaderSetRandomOffset`.
#[test]
fn test_reader_set_random_offset() {
    play(async |scene| {
        scene.topic(1);
        scene.write(0..10).await;
        let reader = scene.reader().partition(0).build().unwrap();
        // Every offset after every other, with and without reading ahead of it.
        for offset in (0..100).map(|step| step * 7 % 10) {
            reader.set_offset(offset).unwrap();
            let count =
                usize::try_from(1 + (offset + 3) % 4).unwrap().min(10 - usize::try_from(offset).unwrap());
            let expected: Vec<String> = (offset..).take(count).map(|value| value.to_string()).collect();
            assert_eq!(take(&reader, count).await, expected);
        }
    });
}

/// `testReaderSetOffsetAt`. Nobody waits: the messages say when they are from.
#[test]
fn test_reader_set_offset_at() {
    play(async |scene| {
        scene.topic(1);
        let writer = scene.writer().build().unwrap();
        let now = 1_700_000_000_000;
        let messages = (0..20).map(|number| {
            let time = now + number + if number < 10 { 0 } else { 2000 };
            Message::new(number.to_string()).with_timestamp(time)
        });
        writer.write(messages).await.unwrap();
        writer.close(LIMIT).await.unwrap();
        let reader = scene.reader().partition(0).build().unwrap();
        for (time, value) in
            [(now + 2010, "10"), (now + 1000, "10"), (now + 9, "9"), (0, "0"), (now + 2019, "19")]
        {
            reader.set_offset_at(time).unwrap();
            assert_eq!(take(&reader, 1).await, [value]);
        }
    });
}

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

/// `testReaderReadLag`.
#[test]
fn test_reader_read_lag() {
    play(async |scene| {
        scene.topic(1);
        scene.write(0..5).await;
        let reader = scene.reader().partition(0).build().unwrap();
        assert_eq!(reader.read_lag().await.unwrap(), 5, "it asks, where `lag` would not know yet");
        for lag in (0..5).rev() {
            reader.read().await.unwrap();
            assert_eq!(reader.read_lag().await.unwrap(), lag);
        }
        scene.write(5..7).await;
        assert_eq!(reader.read_lag().await.unwrap(), 2);
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
