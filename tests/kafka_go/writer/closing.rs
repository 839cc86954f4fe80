//! Closing, and the queue of batches: kafka-go tests its own by itself, here it is seen through the Writer.

use std::time::Duration;

use ottla::{ErrorKind, Record};

use crate::scene::{LIMIT, TOPIC, play};

/// `testWriterClose`.
#[test]
fn test_writer_close() {
    play(async |scene| {
        let asked = tokio::time::Instant::now();
        let writer = scene.writer().build().unwrap();
        writer.close(LIMIT).await.unwrap();
        writer.close(LIMIT).await.unwrap();
        assert!(asked.elapsed() < Duration::from_secs(1), "of virtual time");
    });
}

/// `testBatchQueuePutWakesSleepingGetter`.
#[test]
fn test_batch_queue_put_wakes_sleeping_getter() {
    play(async |scene| {
        scene.topic(1);
        let writer = scene.writer().build().unwrap();
        for number in 0..3 {
            let delivery = writer.send(Record::new(b"value")).await.unwrap();
            assert_eq!(delivery.await.unwrap().offset, Some(number));
            // Long enough for everything to fall asleep, and for connections to be given up as idle.
            tokio::time::sleep(LIMIT).await;
        }
    });
}

/// `testBatchQueuePutAfterCloseFails`.
#[test]
fn test_batch_queue_put_after_close_fails() {
    play(async |scene| {
        scene.topic(1);
        let writer = scene.writer().build().unwrap();
        writer.send(Record::new(b"in time")).await.unwrap().await.unwrap();
        writer.close(LIMIT).await.unwrap();
        let error = writer.send(Record::new(b"late")).await.unwrap_err();
        assert_eq!((error.kind(), error.is_not_sent()), (ErrorKind::Closed, true), "{error}");
        assert_eq!(scene.log(TOPIC, 0).await, ["in time"]);
    });
}

/// `testBatchQueueGetWorksAfterClose`.
#[test]
fn test_batch_queue_get_works_after_close() {
    play(async |scene| {
        scene.topic(1);
        let writer = scene.writer().batch_records(1).linger(LIMIT).build().unwrap();
        let mut deliveries = Vec::new();
        for value in ["1", "2", "3", "4", "5", "6", "7"] {
            deliveries.push(writer.send(Record::new(value.as_bytes())).await.unwrap());
        }
        writer.close(LIMIT).await.unwrap();
        for (offset, delivery) in (0..).zip(deliveries) {
            assert_eq!(delivery.await.unwrap().offset, Some(offset));
        }
        assert_eq!(scene.log(TOPIC, 0).await.concat(), "1234567");
    });
}
