use std::time::Duration;

use ottla::{BatchOptions, ErrorKind, Message, Retry, Whence};

use crate::cluster::{Cluster, PATIENCE, numbered, text};

const MAX: usize = 1 << 20;

pub(crate) async fn write_and_read_one_after_the_other(cluster: &Cluster) {
    let mut conn = cluster.conn().await;
    let mut buffer = [0; 64];
    for n in 0..10 {
        let value = format!("value {n}");
        conn.write(value.as_bytes()).await.unwrap();
        let length = conn.read(&mut buffer).await.unwrap();
        assert_eq!(&buffer[..length], value.as_bytes());
        assert_eq!(conn.offset(), (n + 1, Whence::Absolute));
    }
}

pub(crate) async fn write_a_batch_and_read_one_after_the_other(cluster: &Cluster) {
    let mut conn = cluster.conn().await;
    let written = conn.write_messages(&numbered(0..10)).await.unwrap();
    assert_eq!((written.partition, written.offset, written.bytes), (0, Some(0), 10));
    for n in 0..10 {
        let message = conn.read_message(MAX).await.unwrap();
        assert_eq!((message.offset, text(&message)), (n, &*n.to_string()));
        assert_eq!((&*message.topic, message.partition), (conn.topic().unwrap(), Some(0)));
    }
}

pub(crate) async fn write_while_another_conn_reads(cluster: &Cluster) {
    let topic = cluster.topic(1).await;
    let (mut reader, writer) = (cluster.leader(&topic).await, cluster.leader(&topic).await);
    let writing = async {
        for n in 0..100 {
            writer.write_messages(&numbered(10 * n..10 * n + 10)).await.unwrap();
        }
    };
    let reading = async {
        for n in 0..1000 {
            assert_eq!(text(&reader.read_message(MAX).await.unwrap()), n.to_string());
        }
    };
    futures::join!(writing, reading);
}

pub(crate) async fn read_what_is_there_in_a_batch(cluster: &Cluster) {
    let mut conn = cluster.conn_with(10).await;
    let mut read = 0;
    // Brokers may answer with less than there is.
    while read < 10 {
        let mut batch = conn.read_batch(1, MAX).await.unwrap();
        assert_eq!((batch.partition(), batch.offset()), (0, read));
        while let Some(message) = batch.read_message().unwrap() {
            assert_eq!(text(&message), read.to_string());
            read += 1;
            assert_eq!(batch.offset(), read);
        }
        assert!(batch.read_message().unwrap().is_none(), "the end stays the end");
        assert_eq!(conn.offset(), (read, Whence::Absolute));
    }
}

pub(crate) async fn a_batch_knows_the_high_water_mark(cluster: &Cluster) {
    let mut conn = cluster.conn_with(10).await;
    let batch = conn.read_batch(1, MAX).await.unwrap();
    assert_eq!(batch.high_water_mark(), 10);
    assert_eq!(batch.throttle(), Duration::ZERO);
    let modern = cluster.at_least(&[0, 11]);
    assert_eq!(batch.last_stable_offset(), modern.then_some(10));
    assert_eq!(batch.first_offset(), modern.then_some(0));
}

pub(crate) async fn a_batch_dropped_half_way_goes_on_there(cluster: &Cluster) {
    let mut conn = cluster.conn().await;
    conn.write_messages(&numbered(0..10)).await.unwrap();
    for n in 0..10 {
        let mut batch = conn.read_batch(1, MAX).await.unwrap();
        assert_eq!(text(&batch.read_message().unwrap().unwrap()), n.to_string());
    }
    drop(conn.read_batch_with(&BatchOptions::new(0, MAX)).await.unwrap());
    assert_eq!(conn.offset(), (10, Whence::Absolute));
}

pub(crate) async fn a_batch_is_an_iterator_of_messages(cluster: &Cluster) {
    let mut conn = cluster.conn().await;
    conn.write_messages(&numbered(0..2000)).await.unwrap();
    conn.seek(500, Whence::Start).await.unwrap();
    let batch = conn.read_batch(1, MAX).await.unwrap();
    let values: Vec<String> = batch.into_iter().map(|message| text(&message.unwrap()).to_owned()).collect();
    assert_eq!(values, (500..2000).map(|n| n.to_string()).collect::<Vec<_>>());
}

pub(crate) async fn a_short_buffer_loses_nothing(cluster: &Cluster) {
    let mut conn = cluster.conn().await;
    conn.write(b"Hello World!").await.unwrap();
    let mut short = [0; 4];
    for _ in 0..10 {
        let error = conn.read(&mut short).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::TooLarge, "{error}");
        assert_eq!(&short, b"Hell");
        assert_eq!(conn.offset(), (0, Whence::Absolute));
    }
    let mut batch = conn.read_batch(1, MAX).await.unwrap();
    for _ in 0..10 {
        assert_eq!(batch.read(&mut short).unwrap_err().kind(), ErrorKind::TooLarge);
        assert_eq!(batch.offset(), 0);
    }
    let mut long = [0; 12];
    assert_eq!(batch.read(&mut long).unwrap(), Some(12));
    assert_eq!((&long, batch.offset()), (b"Hello World!", 1));
    assert_eq!(batch.read(&mut long).unwrap(), None);
}

pub(crate) async fn reading_an_empty_partition_runs_into_the_deadline(cluster: &Cluster) {
    let mut conn = cluster.conn().await;
    conn.set_read_deadline(Duration::from_millis(200));
    let error = conn.read(&mut [0; 8]).await.unwrap_err();
    assert_eq!((error.kind(), error.retry()), (ErrorKind::Timeout, Retry::After), "{error}");
    conn.set_read_deadline(Duration::from_millis(200));
    let error = conn.read_batch(1, MAX).await.map(drop).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Timeout, "{error}");
    // The connection is as good as before.
    conn.set_deadline(PATIENCE);
    conn.write(b"late").await.unwrap();
    assert_eq!(text(&conn.read_message(MAX).await.unwrap()), "late");
    conn.set_deadline(None);
    conn.seek(0, Whence::Start).await.unwrap();
    assert_eq!(text(&conn.read_message(MAX).await.unwrap()), "late");
}

pub(crate) async fn a_batch_of_an_empty_partition_is_empty(cluster: &Cluster) {
    let mut conn = cluster.conn().await;
    let options = BatchOptions::new(1, MAX).max_wait(Duration::from_millis(50));
    for options in [options, options.read_committed(true), BatchOptions::new(0, MAX)] {
        let mut batch = conn.read_batch_with(&options).await.unwrap();
        assert_eq!((batch.read_message().unwrap(), batch.high_water_mark()), (None, 0));
    }
}

pub(crate) async fn bounds_of_a_batch_are_checked(cluster: &Cluster) {
    let mut conn = cluster.conn_with(1).await;
    for (min, max) in [(6, 5), (1, 0), (0, 0), (1, usize::MAX), (usize::MAX, usize::MAX)] {
        let error = conn.read_batch(min, max).await.map(drop).unwrap_err();
        assert_eq!((error.kind(), error.is_not_sent()), (ErrorKind::Misuse, true), "{error}");
    }
    assert_eq!(conn.read_message(0).await.unwrap_err().kind(), ErrorKind::Misuse);
    assert_eq!(text(&conn.read_message(1).await.unwrap()), "0");
}

pub(crate) async fn a_batch_brings_a_message_larger_than_its_maximum(cluster: &Cluster) {
    let mut conn = cluster.conn().await;
    conn.write_messages(&[Message::new(vec![b'x'; 100_000]), Message::new("small")]).await.unwrap();
    let mut batch = conn.read_batch(1, 100).await.unwrap();
    assert_eq!(batch.read_message().unwrap().unwrap().value.unwrap().len(), 100_000);
    assert_eq!(text(&conn.read_message(100).await.unwrap()), "small");
}

pub(crate) async fn reads_end_in_the_middle_of_a_batch_and_go_on(cluster: &Cluster) {
    let mut conn = cluster.conn().await;
    conn.write_messages(&numbered(0..10)).await.unwrap();
    assert_eq!(text(&conn.read_message(MAX).await.unwrap()), "0");
    let mut batch = conn.read_batch(1, MAX).await.unwrap();
    assert_eq!(text(&batch.read_message().unwrap().unwrap()), "1");
    // What the first read fetched ahead is not taken for what comes next.
    assert_eq!(text(&conn.read_message(MAX).await.unwrap()), "2");
    conn.seek(7, Whence::Absolute).await.unwrap();
    assert_eq!(text(&conn.read_message(MAX).await.unwrap()), "7");
    // A read that is dropped has taken nothing.
    conn.seek(0, Whence::End).await.unwrap();
    let waiting = tokio::time::timeout(Duration::from_millis(50), conn.read_message(MAX)).await;
    assert!(waiting.is_err());
    let topic = conn.topic().unwrap().to_owned();
    cluster.leader(&topic).await.write(b"next").await.unwrap();
    assert_eq!(text(&conn.read_message(MAX).await.unwrap()), "next");
}
