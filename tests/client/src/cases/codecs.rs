use std::time::Duration;

use ottla::{Compression, Message, Writer};

use crate::{
    Cluster,
    steps::{LIMIT, assert_same, message, numbers, offsets, texts},
};

fn mixed(codec: Compression) -> Vec<Message> {
    let mut messages = vec![message(""), message(format!("first in {codec}"))];
    messages.extend((0..200).map(|number| message(format!("{{\"level\":\"info\",\"number\":{number}}}"))));
    // Does not compress: every byte, in an order of its own.
    let noise = (0..20_000_u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8);
    messages.push(Message::new(noise.collect::<Vec<_>>()).with_partition(0).with_key("noise"));
    messages.push(message("x".repeat(100_000)).with_key("long"));
    messages
}

/// Each in a topic of its own, so that nothing hides behind another.
pub async fn every_codec_is_written_and_read_back(cluster: &Cluster) {
    for codec in cluster.codecs() {
        let topic = cluster.topic(1).await;
        let writer =
            Writer::builder(&cluster.client).topic(topic.clone()).compression(codec).build().unwrap();
        let written = mixed(codec);
        let delivered = writer.write(written.clone()).await.unwrap();
        writer.close(LIMIT).await.unwrap();
        assert_eq!(offsets(&delivered), (0..written.len() as i64).collect::<Vec<_>>(), "{codec}");
        let read = cluster.read(&topic, written.len()).await;
        assert_same(&read, &written);
        assert!(read.iter().enumerate().all(|(at, message)| message.offset == at as i64));
    }
}

/// Old and new batches beside each other, as a topic has them whose writers change.
pub async fn batches_of_many_codecs_lie_in_one_partition(cluster: &Cluster) {
    let topic = cluster.topic(1).await;
    let mut written = Vec::new();
    for codec in cluster.codecs() {
        let writer =
            Writer::builder(&cluster.client).topic(topic.clone()).compression(codec).build().unwrap();
        let messages = mixed(codec);
        writer.write(messages.clone()).await.unwrap();
        writer.close(LIMIT).await.unwrap();
        written.extend(messages);
    }
    assert_same(&cluster.read(&topic, written.len()).await, &written);
}

/// Through small batches, many of them under way at a time.
pub async fn many_records_keep_their_order(cluster: &Cluster) {
    let topic = cluster.topic(1).await;
    let writer = Writer::builder(&cluster.client)
        .topic(topic.clone())
        .batch_records(100)
        .linger(Duration::from_millis(1))
        .build()
        .unwrap();
    let written = numbers(0..5000);
    let delivered = writer.write(written.clone()).await.unwrap();
    writer.close(LIMIT).await.unwrap();
    assert_eq!(offsets(&delivered), (0..5000).collect::<Vec<_>>());
    assert_eq!(texts(&cluster.read(&topic, 5000).await), texts(&written));
}
