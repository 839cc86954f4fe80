use std::time::Duration;

use ottla::{Acks, Compression, ErrorCode, ErrorKind, Header, Message, Whence};

use crate::cluster::{Cluster, PATIENCE, numbered, text};

const MAX: usize = 1 << 20;

pub(crate) async fn messages_come_back_as_they_were(cluster: &Cluster) {
    let mut conn = cluster.conn().await;
    let mut tombstone = Message::default().with_key("key");
    tombstone.timestamp = Some(1_500_000_000_002);
    let mut written = vec![
        Message::new("value").with_key("key").with_timestamp(1_500_000_000_000),
        Message::new("").with_key("").with_timestamp(1_500_000_000_001),
        tombstone,
        Message::new("no key").with_timestamp(1_500_000_000_001),
    ];
    if cluster.at_least(&[0, 11]) {
        let mut message =
            Message::new("headers").with_header("a", "1").with_header("a", "").with_timestamp(5);
        message.headers.push(Header::null("b"));
        written.push(message);
    }
    conn.write_messages(&written).await.unwrap();
    for (offset, expected) in (0..).zip(written) {
        let expected = expected.with_topic(conn.topic().unwrap()).with_partition(0);
        let mut read = conn.read_message(MAX).await.unwrap();
        assert_eq!(std::mem::take(&mut read.offset), offset);
        assert_eq!(read, expected);
    }
    assert!(conn.write_messages(&[]).await.unwrap().offset.is_none());
}

pub(crate) async fn every_codec_is_written_and_read(cluster: &Cluster) {
    for codec in Compression::ALL {
        let mut conn = cluster.conn().await;
        let messages: Vec<Message> = (0..100)
            .map(|n| Message::new(format!("message {n} ").repeat(20)).with_key(n.to_string()))
            .collect();
        let written = conn.write_compressed(codec, &messages).await;
        if codec == Compression::Zstd && !cluster.at_least(&[2, 1]) {
            let error = written.unwrap_err();
            assert_eq!((error.kind(), error.is_not_sent()), (ErrorKind::Unsupported, true), "{error}");
            assert_eq!(conn.read_last_offset().await.unwrap(), 0);
            continue;
        }
        assert_eq!(written.unwrap().offset, Some(0), "{codec}");
        // From the middle of what is one compressed batch.
        conn.seek(30, Whence::Absolute).await.unwrap();
        for expected in &messages[30..] {
            let read = conn.read_message(MAX).await.unwrap();
            assert_eq!((&read.key, &read.value), (&expected.key, &expected.value), "{codec}");
        }
        assert_eq!(conn.read_last_offset().await.unwrap(), 100);
    }
}

pub(crate) async fn headers_need_a_broker_that_has_them(cluster: &Cluster) {
    let conn = cluster.conn().await;
    let written = conn.write_messages(&[Message::new("value").with_header("key", "value")]).await;
    if cluster.at_least(&[0, 11]) {
        written.unwrap();
    } else {
        let error = written.unwrap_err();
        assert!(error.is_not_sent() && error.to_string().contains("headers"), "{error}");
        assert_eq!(conn.read_last_offset().await.unwrap(), 0);
    }
}

pub(crate) async fn acks_are_waited_for_as_set(cluster: &Cluster) {
    let mut conn = cluster.conn().await;
    for (n, acks) in (0..).zip([Acks::All, Acks::One, Acks::None]) {
        conn.set_required_acks(acks);
        let written = conn.write(b"value").await.unwrap();
        assert_eq!(written.offset, (acks != Acks::None).then_some(n), "{acks}");
        conn.read_message(MAX).await.unwrap();
    }
    conn.set_required_acks(Acks::All);
    assert_eq!(conn.write(b"value").await.unwrap().offset, Some(3));
}

pub(crate) async fn a_message_for_elsewhere_is_refused(cluster: &Cluster) {
    let conn = cluster.conn().await;
    let topic = conn.topic().unwrap();
    conn.write_messages(&[Message::new("here").with_topic(topic).with_partition(0)]).await.unwrap();
    for elsewhere in [Message::new("v").with_topic("elsewhere"), Message::new("v").with_partition(1)] {
        let error = conn.write_messages(&[Message::new("here"), elsewhere]).await.unwrap_err();
        assert_eq!((error.kind(), error.is_not_sent()), (ErrorKind::Misuse, true), "{error}");
    }
    assert_eq!(conn.read_last_offset().await.unwrap(), 1);
}

pub(crate) async fn a_batch_too_large_is_refused_by_the_broker(cluster: &Cluster) {
    let conn = cluster.conn().await;
    let large: Vec<Message> = (0..2).map(|_| Message::new(vec![b'x'; 900_000])).collect();
    let written = conn.write_messages(&large).await;
    if cluster.at_least(&[0, 11]) {
        let error = written.unwrap_err();
        assert_eq!(error.code(), Some(ErrorCode::MESSAGE_TOO_LARGE), "{error}");
        assert!(!error.is_not_sent());
    } else {
        // Before that it is each message that must not be too large.
        written.unwrap();
        let error = conn.write(&vec![b'x'; 1_100_000]).await.unwrap_err();
        assert_eq!(error.code(), Some(ErrorCode::MESSAGE_TOO_LARGE), "{error}");
    }
    conn.write(b"small").await.unwrap();
}

pub(crate) async fn a_passed_deadline_ends_the_call_and_not_the_conn(cluster: &Cluster) {
    let mut conn = cluster.conn().await;
    conn.set_write_deadline(Duration::ZERO);
    let error = conn.write_messages(&numbered(0..3)).await.unwrap_err();
    assert_eq!((error.kind(), error.is_not_sent()), (ErrorKind::Timeout, true), "{error}");
    assert_eq!(conn.read_last_offset().await.unwrap(), 0, "reads have a deadline of their own");

    conn.set_read_deadline(Duration::ZERO);
    conn.set_write_deadline(PATIENCE);
    let error = conn.read_message(MAX).await.unwrap_err();
    assert_eq!((error.kind(), error.is_not_sent()), (ErrorKind::Timeout, true), "{error}");
    assert_eq!(conn.topics().await.unwrap_err().kind(), ErrorKind::Timeout);
    conn.write_messages(&numbered(0..3)).await.unwrap();

    conn.set_deadline(None);
    assert_eq!(text(&conn.read_message(MAX).await.unwrap()), "0");
}
