use futures::future::{join, join_all};
use ottla::{Acks, ErrorKind, Record, Start, Writer};

use crate::{
    Cluster,
    steps::{LIMIT, message, numbers, text, texts},
};

pub async fn every_kind_of_acknowledgement(cluster: &Cluster) {
    let topic = cluster.topic(1).await;
    for (number, acks) in [Acks::All, Acks::One, Acks::None].into_iter().enumerate() {
        let writer = Writer::builder(&cluster.client).topic(topic.clone()).acks(acks).build().unwrap();
        let delivered = writer.write([message(acks.to_string())]).await.unwrap();
        let offset = if acks == Acks::None { None } else { Some(number as i64) };
        assert_eq!(delivered[0].offset, offset, "{acks}");
        writer.close(LIMIT).await.unwrap();
    }
    let expected = [Acks::All, Acks::One, Acks::None].map(|acks| acks.to_string());
    assert_eq!(texts(&cluster.read(&topic, 3).await), expected);
}

pub async fn closing_delivers_what_was_sent(cluster: &Cluster) {
    let topic = cluster.topic(1).await;
    let writer = Writer::builder(&cluster.client).topic(topic.clone()).linger(LIMIT).build().unwrap();
    let mut deliveries = Vec::new();
    for number in 0..100 {
        let value = number.to_string();
        deliveries.push(writer.send(Record::new(value.as_bytes()).partition(0)).await.unwrap());
    }
    writer.close(LIMIT).await.unwrap();
    let delivered = join_all(deliveries).await;
    assert!(delivered.iter().all(Result::is_ok));
    let refused = writer.send(Record::new(b"late")).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Closed, "{refused}");
    assert_eq!(texts(&cluster.read(&topic, 100).await), texts(&numbers(0..100)));
}

pub async fn closing_wakes_who_waits(cluster: &Cluster) {
    let topic = cluster.topic(1).await;
    let reader = cluster.reader(&topic, Start::First);
    let closing = async {
        cluster.pause(50).await;
        reader.close().await;
    };
    let (read, ()) = join(reader.read(), closing).await;
    assert_eq!(read.unwrap_err().kind(), ErrorKind::Closed);
}

pub async fn many_tasks_share_a_writer_and_a_client(cluster: &Cluster) {
    let topic = cluster.topic(3).await;
    let writer = &cluster.writer(&topic);
    let tasks = (0..20).map(|task| async move {
        for number in 0..10 {
            writer.write([message(format!("{task}-{number}"))]).await.unwrap();
        }
    });
    let readers = (0..3).map(|_| cluster.read(&topic, 200));
    let (_, read) = join(join_all(tasks), join_all(readers)).await;
    writer.close(LIMIT).await.unwrap();
    for one in &read {
        assert_eq!(texts(one), texts(&read[0]), "all Readers see one order");
        for task in 0..20 {
            let own = format!("{task}-");
            let of_task = one.iter().map(text).filter(|value| value.starts_with(&own));
            assert!(of_task.eq((0..10).map(|number| format!("{task}-{number}"))), "and each task's own");
        }
    }
}

pub async fn records_are_polled_in_bulk(cluster: &Cluster) {
    let topic = cluster.topic(1).await;
    cluster.write(&topic, numbers(0..1000)).await;
    let reader = cluster.reader(&topic, Start::Offset(3));
    let mut next = 3;
    while next < 1000 {
        let records = reader.poll(100).await.unwrap();
        assert!((1..=100).contains(&records.len()));
        assert_eq!((records.topic(), records.partition(), records.high_watermark()), (&topic, 0, 1000));
        for record in records.iter() {
            assert_eq!((record.offset, record.value.unwrap()), (next, next.to_string().as_bytes()));
            next += 1;
        }
    }
    reader.close().await;
}
