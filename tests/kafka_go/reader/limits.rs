//! Limits of bytes that cut through batches.

use ottla::{Compression, Message, Reader};
use ottla_broker::BrokerConfig;

use crate::scene::{LIMIT, Scene, TOPIC, play_on, take};

/// Newer brokers answer with at least a batch; those before 0.10.1 (Fetch 3), and any for all but the first partition,
/// cut through it.
const RELEASES: [&str; 3] = ["4.3", "0.10.1", "0.10.0"];

fn play(scene: impl AsyncFn(&Scene)) {
    for release in RELEASES {
        let config = BrokerConfig::default().emulate(release).unwrap();
        play_on(config, async |set| scene(set).await);
    }
}

/// A log of batches of one, of two, of many, plain and compressed; and what is in it.
async fn log(scene: &Scene) -> Vec<String> {
    scene.topic(1);
    let mut values = Vec::new();
    for (size, codec) in [(1, Compression::None), (2, Compression::Gzip), (40, Compression::None)] {
        for length in [1, 10, 100, 1000] {
            let batch = (0..size).map(|n| format!("{length}/{n} {}", "x".repeat(length)));
            let from = values.len();
            values.extend(batch);
            let writer = scene.writer().compression(codec).build().unwrap();
            writer.write(values[from..].iter().cloned().map(Message::new)).await.unwrap();
            writer.close(LIMIT).await.unwrap();
        }
    }
    values
}

async fn all(reader: &Reader, expected: &[String], limit: usize) {
    assert_eq!(take(reader, expected.len()).await, expected, "at {limit} bytes");
    assert_eq!(reader.lag(TOPIC, 0).unwrap(), Some(0));
    reader.close().await;
}

/// `TestReadTruncatedMessages`: nothing is lost and nothing comes twice.
#[test]
fn test_read_truncated_messages() {
    play(async |scene| {
        let values = log(scene).await;
        for limit in [1, 60, 61, 62, 100, 1000, 4096, 10_000, 50_000] {
            let reader = scene.reader().partition_bytes(limit).build().unwrap();
            all(&reader, &values, limit).await;
        }
    });
}

/// `TestReaderTruncatedResponse`: the same for the limit of a whole answer.
#[test]
fn test_reader_truncated_response() {
    play(async |scene| {
        let values = log(scene).await;
        for limit in [1, 100, 1000, 10_000] {
            let reader = scene.reader().max_bytes(limit).queue_bytes(limit).build().unwrap();
            all(&reader, &values, limit).await;
        }
    });
}
