//! Where a Reader stands, and what it says of itself.

use std::time::Duration;

use futures::{FutureExt, future::select};
use ottla::{ErrorCode, ErrorKind, NewTopic, OutOfRange, Reader, Start, Stop, transport::Runtime};

use crate::{
    Cluster,
    steps::{LIMIT, message, numbers, take, text, texts},
};

pub async fn a_poll_after_a_read_keeps_to_its_limit(cluster: &Cluster) {
    let topic = cluster.topic(1).await;
    cluster.write(&topic, numbers(0..1000)).await;
    let reader = cluster.reader(&topic, Start::First);
    assert_eq!(text(&reader.read().await.unwrap()), "0");
    let mut next = 1;
    for max in [10, 1, 200] {
        let records = reader.poll(max).await.unwrap();
        assert!((1..=max).contains(&records.len()), "{} of at most {max}", records.len());
        for record in records.iter() {
            assert_eq!(record.offset, next);
            next += 1;
        }
        assert_eq!(records.messages().last().unwrap().offset, next - 1);
        assert_eq!(reader.offset(&topic, 0).unwrap(), Some(next));
        assert_eq!(reader.read().await.unwrap().offset, next);
        next += 1;
    }
    while next < 1000 {
        next += reader.poll(usize::MAX).await.unwrap().len() as i64;
    }
    assert_eq!(reader.stats().messages, 1000);
    reader.close().await;
}

pub async fn a_reader_is_moved_as_a_whole(cluster: &Cluster) {
    let topic = cluster.topic(3).await;
    let base = cluster.runtime.unix_millis() - 100_000;
    for partition in 0..3 {
        let dated = |n: i64| message(n.to_string()).with_partition(partition).with_timestamp(base + 1000 * n);
        cluster.write(&topic, (0..5).map(dated).collect()).await;
    }
    let reader = Reader::builder(&cluster.client).topic(topic.clone()).stop(Stop::Last).build().unwrap();
    // Before anything is found.
    reader.set_offset(3).unwrap();
    let read = async || {
        let mut read = Vec::new();
        let end = loop {
            match reader.read().await {
                Ok(message) => read.push(message.offset),
                Err(error) => break error,
            }
        };
        assert_eq!(end.kind(), ErrorKind::End, "{end}");
        read.sort_unstable();
        read
    };
    assert_eq!(read().await, [3, 3, 3, 4, 4, 4]);
    reader.set_offset_at(base + 3001).unwrap();
    assert_eq!(read().await, [4, 4, 4]);
    reader.set_offset(Start::First).unwrap();
    assert_eq!(read().await.len(), 15);
    reader.set_offset(Start::Last).unwrap();
    assert_eq!(read().await.len(), 0);
    reader.seek(&topic, 1, Start::Offset(4)).unwrap();
    assert_eq!(read().await, [4]);
    for refused in [reader.set_offset(-1), reader.seek(&topic, 0, Start::Offset(-2))] {
        assert_eq!(refused.unwrap_err().kind(), ErrorKind::Misuse);
    }
    reader.close().await;
}

pub async fn the_lag_is_asked_for(cluster: &Cluster) {
    let topic = cluster.topic(4).await;
    for partition in 0..3 {
        let many = (0..5 + partition).map(|n| message(n.to_string()).with_partition(partition));
        cluster.write(&topic, many.collect()).await;
    }
    let builder = || Reader::builder(&cluster.client).topic(topic.clone());
    for (start, lag) in [
        (Start::First, 18),
        (Start::Offset(4), 1 + 2 + 3),
        (Start::Last, 0),
        (Start::Time(0), 18),
        (Start::Time(cluster.runtime.unix_millis() + 1_000_000), 0),
    ] {
        // Whether or not it has found out where it begins, it says the same.
        let reader = builder().start(start).build().unwrap();
        for _ in 0..2 {
            assert_eq!(reader.read_lag().await.unwrap(), lag, "{start:?}");
        }
        reader.close().await;
        assert_eq!(reader.read_lag().await.unwrap_err().kind(), ErrorKind::Closed);
    }
    let reader = builder().build().unwrap();
    for left in (0..18).rev() {
        reader.read().await.unwrap();
        assert_eq!(reader.read_lag().await.unwrap(), left);
    }
    cluster.write(&topic, numbers(0..2)).await;
    assert_eq!(reader.read_lag().await.unwrap(), 2);
    reader.close().await;
}

pub async fn a_reader_counts_what_it_does(cluster: &Cluster) {
    let topic = cluster.topic(1).await;
    cluster.write(&topic, numbers(0..100)).await;
    let reader = cluster.reader(&topic, Start::First);
    take(&reader, 40).await;
    let early = reader.stats();
    assert_eq!((early.messages, early.partitions, early.lag), (40, 1, 60));
    assert!(early.fetches >= 1 && early.bytes >= 100 && early.queue_capacity >= 4 << 20, "{early:?}");
    assert!(early.queue_bytes > 0 && early.queue_bytes as u64 <= early.bytes, "{early:?}");
    take(&reader, 60).await;
    cluster.pause(20).await;
    // What is there is read: what comes next is waited for.
    let writing = async {
        cluster.pause(50).await;
        cluster.write(&topic, numbers(100..101)).await;
    };
    futures::future::join(reader.read(), writing).await.0.unwrap();
    let late = reader.stats();
    assert_eq!((late.messages, late.lag, late.queue_bytes), (101, 0, late.queue_bytes));
    assert!(late.fetches > early.fetches && late.bytes > early.bytes, "{late:?}");
    assert!(late.wait_time >= Duration::from_millis(40) && late.fetch_time >= early.fetch_time, "{late:?}");
    assert_eq!((late.timeouts, late.errors), (0, 0), "{late:?}");
    reader.close().await;
    assert_eq!(reader.stats().messages, 101);

    let beyond = cluster.reader(&topic, Start::Offset(500));
    beyond.read().await.unwrap_err();
    assert_eq!((beyond.stats().errors, beyond.stats().timeouts), (1, 0));
    beyond.close().await;
}

pub async fn closing_is_done_at_once_at_any_moment(cluster: &Cluster) {
    let topic = cluster.topic(2).await;
    cluster.write(&topic, numbers(0..100)).await;
    let quiet = cluster.topic(1).await;
    let missing = cluster.name();
    for wait in [0, 1, 2, 5, 20, 80] {
        for topics in [&[&topic][..], &[&quiet], &[&missing], &[&topic, &quiet, &missing]] {
            // A broker that has nothing may keep its answer for an hour: that is not waited for.
            let builder =
                Reader::builder(&cluster.client).max_wait(Duration::from_secs(3600)).min_bytes(1 << 20);
            let builder = topics.iter().fold(builder, |builder, topic| builder.topic((*topic).clone()));
            let reader = builder.start(Start::Time(5)).build().unwrap();
            let reading = reader.read();
            let closing = async {
                cluster.pause(wait).await;
                reader.close().await;
            };
            let (read, ()) = futures::future::join(reading, closing).await;
            if let Err(error) = read {
                let expected = [ErrorKind::Closed, ErrorKind::Broker];
                assert!(expected.contains(&error.kind()), "{error}");
            }
            assert_eq!(reader.poll(1).await.unwrap_err().kind(), ErrorKind::Closed);
            reader.close().await;
        }
    }
}

pub async fn a_topic_created_anew_is_not_taken_for_the_old_one(cluster: &Cluster) {
    for policy in [OutOfRange::Error, OutOfRange::Restart(Start::First)] {
        let topic = cluster.topic(1).await;
        cluster.write(&topic, numbers(0..10)).await;
        let builder = Reader::builder(&cluster.client).topic(topic.clone()).out_of_range(policy);
        let reader = builder.build().unwrap();
        assert_eq!(take(&reader, 10).await.len(), 10);
        cluster.client.delete_topics(&[&*topic]).await.unwrap();
        // The old one may take a moment to go.
        let new = || NewTopic::new(topic.clone(), 1);
        while cluster.client.create_topics(&[new()]).await.is_err() {
            cluster.pause(100).await;
        }
        let writing = async {
            let writer = ottla::Writer::builder(&cluster.client).topic(topic.clone()).build().unwrap();
            writer.write(["new", "newer"].map(message)).await.unwrap();
            writer.close(LIMIT).await.unwrap();
        };
        let (read, ()) = futures::future::join(reader.read(), writing).await;
        if policy == OutOfRange::Error {
            let error = read.unwrap_err();
            assert_eq!(error.code(), Some(ErrorCode::OFFSET_OUT_OF_RANGE), "{error}");
            assert_eq!((error.topic(), error.partition()), (Some(&*topic), Some(0)));
            reader.seek(&topic, 0, Start::First).unwrap();
            assert_eq!(texts(&take(&reader, 2).await), ["new", "newer"]);
        } else {
            assert_eq!(text(&read.unwrap()), "new");
            assert_eq!(text(&reader.read().await.unwrap()), "newer");
        }
        reader.close().await;
    }
}

pub async fn waiting_for_a_record_can_be_given_up(cluster: &Cluster) {
    let topic = cluster.topic(1).await;
    cluster.write(&topic, numbers(0..10)).await;
    let restart = OutOfRange::Restart(Start::Last);
    let builder = Reader::builder(&cluster.client).topic(topic.clone()).out_of_range(restart);
    let reader = builder.build().unwrap();
    reader.set_offset(42).unwrap();
    for _ in 0..3 {
        let (reading, late) =
            (reader.read().boxed_local(), cluster.runtime.sleep(Duration::from_millis(100)));
        assert!(matches!(select(reading, late).await, futures::future::Either::Right(_)), "nothing is there");
    }
    cluster.write(&topic, numbers(10..11)).await;
    assert_eq!(text(&reader.read().await.unwrap()), "10", "and nothing is lost by it");
    reader.close().await;
}
