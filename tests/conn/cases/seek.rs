use ottla::{ErrorCode, ErrorKind, Whence};

use crate::cluster::{Cluster, text};

pub(crate) async fn seek_first_offset(cluster: &Cluster) {
    let mut conn = cluster.conn_with(10).await;
    assert_eq!(conn.offset(), (0, Whence::Start));
    assert_eq!(conn.seek(0, Whence::Start).await.unwrap(), 0);
    assert_eq!(conn.offset(), (0, Whence::Absolute));
    assert_eq!(text(&conn.read_message(1 << 20).await.unwrap()), "0");
}

pub(crate) async fn seek_last_offset(cluster: &Cluster) {
    let mut conn = cluster.conn_with(10).await;
    assert_eq!(conn.seek(0, Whence::End).await.unwrap(), 10);
    conn.write(b"newest").await.unwrap();
    assert_eq!(text(&conn.read_message(1 << 20).await.unwrap()), "newest");
    assert_eq!(conn.seek(3, Whence::End).await.unwrap(), 8);
    assert_eq!(text(&conn.read_message(1 << 20).await.unwrap()), "8");
}

pub(crate) async fn seek_from_the_current_offset(cluster: &Cluster) {
    let mut conn = cluster.conn_with(10).await;
    assert_eq!(conn.seek(2, Whence::Current).await.unwrap(), 2, "from the first offset at first");
    assert_eq!(conn.seek(5, Whence::Start).await.unwrap(), 5);
    assert_eq!(conn.seek(-2, Whence::Current).await.unwrap(), 3);
    assert_eq!(conn.offset(), (3, Whence::Absolute));
    assert_eq!(text(&conn.read_message(1 << 20).await.unwrap()), "3");
    assert_eq!(conn.seek(0, Whence::Current).await.unwrap(), 4);
}

pub(crate) async fn seek_absolute_offset(cluster: &Cluster) {
    let mut conn = cluster.conn_with(10).await;
    for offset in [3, 9, 0, 7] {
        assert_eq!(conn.seek(offset, Whence::Absolute).await.unwrap(), offset);
        let message = conn.read_message(1 << 20).await.unwrap();
        assert_eq!((message.offset, text(&message)), (offset, &*offset.to_string()));
    }
}

pub(crate) async fn seek_out_of_range_fails_and_moves_nothing(cluster: &Cluster) {
    let mut conn = cluster.conn_with(10).await;
    conn.seek(4, Whence::Start).await.unwrap();
    for (offset, whence) in
        [(11, Whence::Absolute), (11, Whence::Start), (-1, Whence::End), (7, Whence::Current)]
    {
        let error = conn.seek(offset, whence).await.unwrap_err();
        assert_eq!(error.code(), Some(ErrorCode::OFFSET_OUT_OF_RANGE), "{error}");
        assert_eq!((error.topic(), error.partition()), (conn.topic(), Some(0)));
    }
    for (offset, whence) in [(-1, Whence::Absolute), (11, Whence::End), (i64::MAX, Whence::Current)] {
        assert_eq!(conn.seek(offset, whence).await.unwrap_err().kind(), ErrorKind::Misuse);
    }
    assert_eq!(conn.offset(), (4, Whence::Absolute));
    assert_eq!(text(&conn.read_message(1 << 20).await.unwrap()), "4");
}

pub(crate) async fn seek_without_a_check_fails_at_the_read(cluster: &Cluster) {
    let mut conn = cluster.conn_with(10).await;
    assert_eq!(conn.seek_unchecked(42, Whence::Absolute).await.unwrap(), 42);
    assert_eq!(conn.offset(), (42, Whence::Absolute));
    for _ in 0..2 {
        let error = conn.read_message(1 << 20).await.unwrap_err();
        assert_eq!(error.code(), Some(ErrorCode::OFFSET_OUT_OF_RANGE), "{error}");
        let error = conn.read_batch(1, 1 << 20).await.map(drop).unwrap_err();
        assert_eq!(error.code(), Some(ErrorCode::OFFSET_OUT_OF_RANGE), "{error}");
    }
    assert_eq!(conn.seek_unchecked(-33, Whence::Current).await.unwrap(), 9);
    assert_eq!(text(&conn.read_message(1 << 20).await.unwrap()), "9");
    assert_eq!(conn.seek_unchecked(1, Whence::End).await.unwrap(), 9);
    assert_eq!(conn.seek_unchecked(1, Whence::Start).await.unwrap(), 1);
    assert_eq!(text(&conn.read_message(1 << 20).await.unwrap()), "1");
}
