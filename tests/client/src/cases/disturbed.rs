use std::collections::BTreeSet;

use futures::future::join;
use ottla::{Reader, Writer};

use crate::{
    Cluster,
    steps::{LIMIT, message, text},
};

const RECORDS: usize = 2000;

/// While connections are cut, or a broker restarts, every record that was acknowledged is read
/// exactly once, and in order.
pub async fn disturbed_connections_lose_and_repeat_nothing(cluster: &Cluster) {
    let Some(disturb) = &cluster.disturb else { return };
    let topic = cluster.topic(1).await;
    // A broker of old that restarts knows no topic until its former self is known to be gone.
    let builder = Reader::builder(&cluster.client).topic(topic.clone()).partition(0).wait_for_topic(LIMIT);
    let reader = builder.build().unwrap();
    let writer = Writer::builder(&cluster.client).topic(topic).batch_records(10).build().unwrap();
    let writing = async {
        for number in 0..RECORDS {
            if number % 500 == 250 {
                disturb().await;
            }
            let sent = writer.send((&message(number.to_string())).into()).await.unwrap();
            if number % 50 == 0 {
                sent.await.unwrap();
            }
        }
        writer.close(LIMIT).await.unwrap();
    };
    let reading = async {
        let mut missing: BTreeSet<usize> = (0..RECORDS).collect();
        while !missing.is_empty() {
            let message = reader.read().await.unwrap();
            let number = text(&message).parse().unwrap();
            let first_time = missing.remove(&number);
            // Without producer ids the broker cannot know a batch that comes again.
            if cluster.release.has_batches() {
                assert!(first_time, "{number} came again");
                assert_eq!(message.offset, number as i64);
            }
        }
    };
    join(reading, writing).await;
    reader.close().await;
}
