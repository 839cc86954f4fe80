use futures::future::join;
use ottla::{Start, Writer};

use crate::{
    Cluster,
    steps::{LIMIT, message, take, text},
};

const RECORDS: usize = 2000;

/// While connections are cut, or a broker restarts, every record that was acknowledged is read
/// exactly once, and in order.
pub async fn disturbed_connections_lose_and_repeat_nothing(cluster: &Cluster) {
    let Some(disturb) = &cluster.disturb else { return };
    let topic = cluster.topic(1).await;
    let reader = cluster.reader(&topic, Start::First);
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
    let (read, ()) = join(take(&reader, RECORDS), writing).await;
    if cluster.release.has_batches() {
        for (number, message) in read.iter().enumerate() {
            assert_eq!((message.offset, text(message)), (number as i64, &*number.to_string()));
        }
    } else {
        // Without producer ids a batch may be there twice, but none is missing.
        let mut numbers: Vec<usize> = read.iter().map(|message| text(message).parse().unwrap()).collect();
        numbers.dedup();
        assert_eq!(numbers.first(), Some(&0));
    }
    reader.close().await;
}
