use ottla::Message;

use crate::cluster::Cluster;

pub(crate) async fn first_and_last_offsets(cluster: &Cluster) {
    let conn = cluster.conn().await;
    assert_eq!(conn.read_offsets().await.unwrap(), (0, 0));
    conn.write_messages(&crate::cluster::numbered(0..3)).await.unwrap();
    assert_eq!(conn.read_first_offset().await.unwrap(), 0);
    assert_eq!(conn.read_last_offset().await.unwrap(), 3);
    assert_eq!(conn.read_offsets().await.unwrap(), (0, 3));
}

pub(crate) async fn offsets_by_time(cluster: &Cluster) {
    let conn = cluster.conn().await;
    let times = [1_000_000_000_000, 1_000_000_001_000, 1_000_000_002_000];
    for time in times {
        conn.write_messages(&[Message::new("value").with_timestamp(time)]).await.unwrap();
    }
    for (time, offset) in [
        (0, Some(0)),
        (-5, Some(0)),
        (times[0], Some(0)),
        (times[0] + 1, Some(1)),
        (times[1], Some(1)),
        (times[2], Some(2)),
        (times[2] + 1, None),
    ] {
        assert_eq!(conn.read_offset(time).await.unwrap(), offset, "{time}");
    }
}
