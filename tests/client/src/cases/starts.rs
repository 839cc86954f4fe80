use std::sync::Arc;

use ottla::{ErrorCode, OffsetAt, OutOfRange, Reader, Start, transport::Runtime};

use crate::{
    Cluster, Release,
    steps::{message, numbers, take, text, texts},
};

pub async fn reading_starts_at_the_first_record(cluster: &Cluster) {
    let topic = cluster.topic(1).await;
    cluster.write(&topic, numbers(0..3)).await;
    let reader = cluster.reader(&topic, Start::First);
    assert_eq!(texts(&take(&reader, 3).await), ["0", "1", "2"]);
    // And goes on with what is written meanwhile.
    cluster.write(&topic, numbers(3..5)).await;
    assert_eq!(texts(&take(&reader, 2).await), ["3", "4"]);
    assert_eq!(reader.offset(&topic, 0).unwrap(), Some(5));
    reader.close().await;
}

pub async fn reading_starts_after_the_last_record(cluster: &Cluster) {
    let topic = cluster.topic(1).await;
    cluster.write(&topic, numbers(0..3)).await;
    let reader = cluster.reader(&topic, Start::Last);
    // Only once it knows where the end is will a record written now be behind it.
    while reader.offset(&topic, 0).ok().flatten() != Some(3) {
        cluster.pause(10).await;
    }
    cluster.write(&topic, numbers(3..5)).await;
    let read = take(&reader, 2).await;
    assert_eq!((texts(&read), read[0].offset), (vec!["3", "4"], 3));
    reader.close().await;
}

pub async fn reading_starts_at_an_offset(cluster: &Cluster) {
    let topic = cluster.topic(1).await;
    cluster.write(&topic, numbers(0..10)).await;
    cluster.write(&topic, numbers(10..20)).await;
    // In the middle of a batch, at its first and last record, and at the end of the log.
    for offset in [0, 5, 9, 10, 19] {
        let reader = cluster.reader(&topic, Start::Offset(offset));
        let read = reader.read().await.unwrap();
        assert_eq!((read.offset, text(&read)), (offset, &*offset.to_string()));
        reader.close().await;
    }
    let reader = cluster.reader(&topic, Start::Offset(20));
    cluster.write(&topic, numbers(20..21)).await;
    assert_eq!(text(&reader.read().await.unwrap()), "20");
    reader.close().await;
}

pub async fn reading_starts_at_a_time(cluster: &Cluster) {
    let topic = cluster.topic(1).await;
    let base = cluster.runtime.unix_millis() - 100_000;
    let dated = |number: i64| message(number.to_string()).with_timestamp(base + 1000 * number);
    cluster.write(&topic, (0..5).map(dated).collect()).await;
    cluster.write(&topic, (5..10).map(dated).collect()).await;
    for (time, first) in [(0, "0"), (base, "0"), (base + 1, "1"), (base + 7000, "7"), (base + 8999, "9")] {
        let reader = cluster.reader(&topic, Start::Time(time));
        assert_eq!(text(&reader.read().await.unwrap()), first, "{}", time - base);
        reader.close().await;
    }
    let reader = cluster.reader(&topic, Start::Time(base + 9001));
    while reader.offset(&topic, 0).ok().flatten() != Some(10) {
        cluster.pause(10).await;
    }
    cluster.write(&topic, vec![dated(10)]).await;
    assert_eq!(text(&reader.read().await.unwrap()), "10");
    reader.close().await;
}

pub async fn reading_seeks(cluster: &Cluster) {
    let topic = cluster.topic(1).await;
    cluster.write(&topic, numbers(0..10)).await;
    let reader = cluster.reader(&topic, Start::First);
    assert_eq!(texts(&take(&reader, 4).await), ["0", "1", "2", "3"]);
    for (start, next) in [
        (Start::Offset(8), "8"),
        (Start::First, "0"),
        (Start::Offset(3), "3"),
        (Start::Offset(9), "9"),
        (Start::Time(0), "0"),
    ] {
        reader.seek(&topic, 0, start).unwrap();
        assert_eq!(text(&reader.read().await.unwrap()), next, "{start:?}");
    }
    reader.seek(&topic, 0, Start::Last).unwrap();
    while reader.offset(&topic, 0).unwrap() != Some(10) {
        cluster.pause(10).await;
    }
    cluster.write(&topic, numbers(10..11)).await;
    assert_eq!(text(&reader.read().await.unwrap()), "10");
    assert!(reader.seek("another", 0, Start::First).is_err());
    reader.close().await;
}

pub async fn a_paused_partition_waits(cluster: &Cluster) {
    let topic = cluster.topic(2).await;
    cluster.write(&topic, numbers(0..5)).await;
    let reader = Reader::builder(&cluster.client).topic(topic.clone()).build().unwrap();
    assert_eq!(texts(&take(&reader, 2).await), ["0", "1"]);
    assert_eq!((reader.offset(&topic, 0).unwrap(), reader.lag(&topic, 0).unwrap()), (Some(2), Some(3)));
    reader.pause(&topic, 0).unwrap();
    cluster.write(&topic, vec![message("other").with_partition(1)]).await;
    assert_eq!(text(&reader.read().await.unwrap()), "other");
    reader.resume(&topic, 0).unwrap();
    assert_eq!(texts(&take(&reader, 3).await), ["2", "3", "4"]);
    assert_eq!(reader.lag(&topic, 0).unwrap(), Some(0));
    assert!(reader.pause(&topic, 2).is_err());
    reader.close().await;
}

pub async fn an_offset_out_of_range_is_told_or_handled(cluster: &Cluster) {
    let topic = cluster.topic(1).await;
    cluster.write(&topic, numbers(0..3)).await;
    let reader = cluster.reader(&topic, Start::Offset(100));
    let error = reader.read().await.unwrap_err();
    assert_eq!(error.code(), Some(ErrorCode::OFFSET_OUT_OF_RANGE), "{error}");
    reader.seek(&topic, 0, Start::First).unwrap();
    assert_eq!(texts(&take(&reader, 3).await), ["0", "1", "2"]);
    reader.close().await;

    let restarting = Reader::builder(&cluster.client)
        .topic(topic)
        .partition(0)
        .start(Start::Offset(100))
        .out_of_range(OutOfRange::Restart(Start::First))
        .build()
        .unwrap();
    assert_eq!(texts(&take(&restarting, 3).await), ["0", "1", "2"]);
    restarting.close().await;
}

pub async fn offsets_are_listed(cluster: &Cluster) {
    let topic = cluster.topic(2).await;
    let base = cluster.runtime.unix_millis() - 100_000;
    let dated = |number: i64| message(number.to_string()).with_timestamp(base + 1000 * (number % 4));
    cluster.write(&topic, (0..6).map(dated).collect()).await;
    let partitions: [(Arc<str>, i32); 3] = [(topic.clone(), 0), (topic.clone(), 1), (topic.clone(), 7)];
    let listed = async |at| {
        let mut outcomes = cluster.client.list_offsets(&partitions[..2], at).await.into_iter();
        let mut next = || outcomes.next().unwrap().unwrap();
        (next().offset, next().offset)
    };
    assert_eq!(listed(OffsetAt::First).await, (Some(0), Some(0)));
    assert_eq!(listed(OffsetAt::Last).await, (Some(6), Some(0)));
    assert_eq!(listed(OffsetAt::Time(base + 1001)).await, (Some(2), None));
    assert_eq!(listed(OffsetAt::Time(base + 3001)).await, (None, None));
    if cluster.release >= Release(3, 0) {
        assert_eq!(listed(OffsetAt::LargestTimestamp).await, (Some(3), None));
    }
    let outcomes = cluster.client.list_offsets(&partitions[1..], OffsetAt::Last).await;
    assert!(outcomes[0].is_ok(), "{outcomes:?}");
    let missing = outcomes[1].as_ref().unwrap_err();
    assert_eq!(missing.code(), Some(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION), "{missing}");
}
