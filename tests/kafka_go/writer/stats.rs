//! What a Writer says of itself.

use ottla::{Message, WriterStats};

use crate::scene::{TOPIC, play};

/// `testWriterDefaultStats`. There the settings are among them; here only what happened and what is held, which is
/// nothing at first.
#[test]
fn test_writer_default_stats() {
    play(async |scene| {
        assert_eq!(scene.writer().build().unwrap().stats(), WriterStats::default());
    });
}

/// `testWriterOverrideConfigStats`. There settings again, and counters that start anew with each look; here they go on.
#[test]
fn test_writer_override_config_stats() {
    play(async |scene| {
        scene.topic(1);
        let writer = scene.writer().batch_records(2).build().unwrap();
        for round in 1..=3 {
            writer.write(vec![Message::new("Hi"); 4]).await.unwrap();
            let stats = writer.stats();
            assert_eq!((stats.messages, stats.batches), (4 * round, 2 * round));
            assert_eq!(
                (stats.batch_size.count, stats.batch_size.sum, stats.batch_size.max),
                (2 * round, 4 * round, 2)
            );
            assert_eq!((stats.errors, stats.retries, stats.lost), (0, 0, 0));
            assert_eq!((stats.buffered_records, stats.buffered_bytes), (0, 0));
        }
        assert_eq!(scene.batches(TOPIC, 0).await, [2; 6]);
    });
}
