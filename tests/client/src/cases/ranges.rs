use ottla::{
    Acks, Error, ErrorCode, ErrorKind, Message, OutOfRange, Reader, Start, Stop, transport::Runtime,
};

use crate::{
    Cluster,
    steps::{message, numbers, take, text, texts},
};

/// Reads until there is no more.
async fn rest(reader: &Reader) -> (Vec<Message>, Error) {
    let mut read = Vec::new();
    loop {
        match reader.read().await {
            Ok(message) => read.push(message),
            Err(error) => return (read, error),
        }
    }
}

/// The same, where it must end as it was told to.
async fn to_the_end(reader: &Reader) -> Vec<Message> {
    let (read, error) = rest(reader).await;
    assert_eq!(error.kind(), ErrorKind::End, "{error}");
    read
}

/// What is read of partition 0 from `start` to `stop`.
async fn range(cluster: &Cluster, topic: &str, start: Start, stop: Stop) -> Vec<String> {
    let builder = Reader::builder(&cluster.client).topic_partition(topic, 0);
    let reader = builder.start(start).stop(stop).build().unwrap();
    let read = to_the_end(&reader).await;
    reader.close().await;
    texts(&read).into_iter().map(str::to_owned).collect()
}

pub async fn a_range_of_offsets_is_read_to_its_end(cluster: &Cluster) {
    let topic = cluster.topic(1).await;
    cluster.write(&topic, numbers(0..10)).await;
    cluster.write(&topic, numbers(10..20)).await;
    // Within a batch, at its ends, across batches, and nothing.
    for (start, stop) in [(0, 20), (0, 1), (3, 7), (0, 10), (9, 11), (10, 20), (5, 5), (7, 3), (20, 20)] {
        let expected: Vec<_> = (start..stop).map(|number: i64| number.to_string()).collect();
        assert_eq!(range(cluster, &topic, Start::Offset(start), Stop::Offset(stop)).await, expected);
    }
    assert_eq!(range(cluster, &topic, Start::Last, Stop::Offset(20)).await, [""; 0]);
    assert_eq!(range(cluster, &topic, Start::Last, Stop::Last).await, [""; 0]);
    assert_eq!(range(cluster, &topic, Start::Offset(18), Stop::Last).await, ["18", "19"]);
}

pub async fn a_range_of_time_is_read_to_its_end(cluster: &Cluster) {
    let topic = cluster.topic(1).await;
    let base = cluster.runtime.unix_millis() - 100_000;
    let dated = |number: i64| message(number.to_string()).with_timestamp(base + 1000 * number);
    cluster.write(&topic, (0..5).map(dated).collect()).await;
    cluster.write(&topic, (5..10).map(dated).collect()).await;
    for (from, to, expected) in [
        (0, 10_000, 0..10),
        (2000, 5000, 2..5),
        (2001, 5001, 3..6),
        (4000, 4000, 0..0),
        (9000, 99_000, 9..10),
        (9001, 99_000, 0..0),
        (8000, 1000, 0..0),
    ] {
        let (start, stop) = (Start::Time(base + from), Stop::Time(base + to));
        let expected: Vec<_> = expected.map(|number: i32| number.to_string()).collect();
        assert_eq!(range(cluster, &topic, start, stop).await, expected, "{from} to {to}");
    }
}

pub async fn a_range_may_reach_beyond_the_end(cluster: &Cluster) {
    let topic = cluster.topic(1).await;
    cluster.write(&topic, numbers(0..3)).await;
    let builder = Reader::builder(&cluster.client).topic(topic.clone());
    let reader = builder.stop(Stop::Offset(5)).build().unwrap();
    assert_eq!(texts(&take(&reader, 3).await), ["0", "1", "2"]);
    cluster.write(&topic, numbers(3..10)).await;
    assert_eq!(texts(&to_the_end(&reader).await), ["3", "4"]);
    assert_eq!((reader.offset(&topic, 0).unwrap(), reader.lag(&topic, 0).unwrap()), (Some(5), Some(5)));
    // It stays the end, and a seek goes on.
    assert_eq!(reader.poll(10).await.unwrap_err().kind(), ErrorKind::End);
    reader.seek(&topic, 0, Start::Offset(4)).unwrap();
    assert_eq!(texts(&to_the_end(&reader).await), ["4"]);
    reader.set_offset(1).unwrap();
    assert_eq!(reader.poll(2).await.unwrap().len(), 2);
    assert_eq!(texts(&to_the_end(&reader).await), ["3", "4"]);
    reader.close().await;
}

pub async fn every_partition_is_read_to_its_end(cluster: &Cluster) {
    use futures::TryStreamExt;

    // One of them stays empty.
    let topics = [cluster.topic(4).await, cluster.topic(3).await];
    for (number, topic) in topics.iter().enumerate() {
        for partition in 0..3 {
            let many =
                (0..partition * 50 + 1).map(|n| message(format!("{number}-{n}")).with_partition(partition));
            cluster.write(topic, many.collect()).await;
        }
    }
    let builder = Reader::builder(&cluster.client).topic(topics[0].clone()).topic(topics[1].clone());
    let reader = builder.stop(Stop::Last).build().unwrap();
    let read: Vec<_> = reader.stream().try_collect().await.unwrap();
    assert_eq!(read.len(), 2 * (1 + 51 + 101), "and then the stream ends");
    // What comes later is no part of it, and its end is told to all who wait.
    cluster.write(&topics[1], numbers(0..1)).await;
    let (one, other) = futures::future::join(reader.read(), reader.poll(1)).await;
    assert_eq!((one.unwrap_err().kind(), other.unwrap_err().kind()), (ErrorKind::End, ErrorKind::End));
    assert_eq!(reader.read_lag().await.unwrap(), 1);
    reader.close().await;
    let closed = reader.read().await.unwrap_err();
    assert_eq!(closed.kind(), ErrorKind::Closed, "{closed}");

    let empty = cluster.topic(2).await;
    let reader = Reader::builder(&cluster.client).topic(empty).stop(Stop::Last).build().unwrap();
    assert_eq!(to_the_end(&reader).await, []);
    reader.close().await;
}

pub async fn a_range_that_begins_beyond_the_log_is_told_or_handled(cluster: &Cluster) {
    let topic = cluster.topic(1).await;
    cluster.write(&topic, numbers(0..3)).await;
    let builder = || {
        let builder = Reader::builder(&cluster.client).topic_partition(topic.clone(), 0);
        builder.start(Start::Offset(4)).stop(Stop::Last)
    };
    let reader = builder().build().unwrap();
    let (read, error) = rest(&reader).await;
    assert_eq!((read.len(), error.code()), (0, Some(ErrorCode::OFFSET_OUT_OF_RANGE)), "{error}");
    reader.set_offset(Start::First).unwrap();
    assert_eq!(texts(&to_the_end(&reader).await), ["0", "1", "2"]);
    reader.close().await;
    let reader = builder().out_of_range(OutOfRange::Restart(Start::Offset(1))).build().unwrap();
    assert_eq!(texts(&to_the_end(&reader).await), ["1", "2"]);
    reader.close().await;
}

pub async fn what_is_read_is_a_choice_of_partitions(cluster: &Cluster) {
    let topics = [cluster.topic(3).await, cluster.topic(2).await];
    for topic in &topics {
        for partition in 0..2 {
            let one = message(format!("{partition}")).with_partition(partition);
            cluster.write(topic, vec![one]).await;
        }
    }
    let [a, b] = &topics;
    let builder = || Reader::builder(&cluster.client).stop(Stop::Last);
    for (chosen, count) in [
        (builder().topic_partition(a.clone(), 1), 1),
        (builder().topic_partition(a.clone(), 1).topic_partition(b.clone(), 0), 2),
        (
            builder()
                .topic_partition(a.clone(), 0)
                .topic_partition(a.clone(), 1)
                .topic_partition(a.clone(), 0),
            2,
        ),
        (builder().topic(a.clone()).topic_partition(b.clone(), 1), 3),
        (builder().topic(a.clone()).topic(b.clone()).topic(a.clone()), 4),
        (builder().topic(a.clone()).partition(2), 0),
    ] {
        let reader = chosen.build().unwrap();
        let read = to_the_end(&reader).await;
        assert_eq!(read.len(), count);
        assert!(read.iter().all(|message| text(message) == message.partition.unwrap().to_string()));
        reader.close().await;
    }
    let refused = builder().topic(a.clone()).topic_partition(a.clone(), 1).build().unwrap_err();
    assert_eq!((refused.kind(), refused.topic()), (ErrorKind::Misuse, Some(&**a)), "{refused}");

    // One that is missing keeps no other from being read, and is told of.
    let missing =
        Reader::builder(&cluster.client).topic_partition(a.clone(), 0).topic_partition(a.clone(), 9);
    let reader = missing.wait_for_topic(std::time::Duration::from_millis(300)).build().unwrap();
    let (read, error) = rest(&reader).await;
    assert_eq!((texts(&read), error.code()), (vec!["0"], Some(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION)));
    assert_eq!((error.topic(), error.partition()), (Some(&**a), Some(9)), "{error}");
    assert!(reader.read_lag().await.is_err());
    reader.close().await;
}

pub async fn a_missing_topic_is_waited_for(cluster: &Cluster) {
    let topic = cluster.name();
    let builder = Reader::builder(&cluster.client).topic(topic.clone()).stop(Stop::Offset(2));
    let reader = builder.wait_for_topic(crate::steps::LIMIT).build().unwrap();
    let creating = async {
        cluster.pause(300).await;
        cluster.client.create_topics(&[ottla::NewTopic::new(topic.clone(), 1)]).await.unwrap();
        let writer = ottla::Writer::builder(&cluster.client).topic(topic.clone()).acks(Acks::One);
        let writer = writer.build().unwrap();
        writer.write(numbers(0..2)).await.unwrap();
        writer.close(crate::steps::LIMIT).await.unwrap();
    };
    let (read, ()) = futures::future::join(to_the_end(&reader), creating).await;
    assert_eq!(texts(&read), ["0", "1"]);
    reader.close().await;
}
