use std::time::Duration;

use ottla::{
    ErrorCode, ErrorKind, Message, Retry,
    protocol::{Request, api_versions, fetch, produce},
};

use crate::cluster::{Cluster, PATIENCE};

pub(crate) async fn a_conn_knows_its_broker_and_cluster(cluster: &Cluster) {
    let any = cluster.any().await;
    assert!(any.broker().is_none() && any.topic().is_none() && any.partition().is_none());
    let brokers = any.brokers().await.unwrap();
    assert_eq!(brokers.len(), cluster.addresses.len());
    assert!(brokers.is_sorted_by_key(|broker| broker.id));
    let controller = any.controller().await.unwrap();
    assert!(brokers.contains(&controller));

    let topic = cluster.topic(1).await;
    let conn = cluster.leader(&topic).await;
    assert!(brokers.contains(conn.broker().unwrap()));
    assert_eq!((conn.topic(), conn.partition()), (Some(&*topic), Some(0)));
    assert!(!conn.remote_address().is_empty());
}

pub(crate) async fn a_leader_is_found_through_any_broker(cluster: &Cluster) {
    let topic = cluster.topic(4).await;
    for address in &cluster.addresses {
        for partition in 0..4 {
            let mut conn = cluster.dialer.dial_leader(address, &*topic, partition).await.unwrap();
            conn.set_deadline(PATIENCE);
            let leader = cluster.dialer.lookup_leader(address, &*topic, partition).await.unwrap();
            assert_eq!(conn.broker(), Some(&leader));
            let found = cluster.dialer.lookup_partition(address, &*topic, partition).await.unwrap();
            assert_eq!((found.id, found.leader), (partition, Some(leader.id)));
            conn.write(b"there").await.unwrap();
        }
        let partitions = cluster.dialer.lookup_partitions(address, &*topic).await.unwrap();
        assert_eq!(partitions.iter().map(|partition| partition.id).collect::<Vec<_>>(), [0, 1, 2, 3]);
    }
}

pub(crate) async fn a_leader_is_dialled_directly(cluster: &Cluster) {
    let topic = cluster.topic(1).await;
    let leader = cluster.dialer.lookup_leader(cluster.address(), &*topic, 0).await.unwrap();
    let mut conn = cluster.dialer.dial_partition(&leader, &*topic, 0).await.unwrap();
    conn.set_deadline(PATIENCE);
    conn.write(b"there").await.unwrap();

    for other in cluster.any().await.brokers().await.unwrap() {
        if other.id != leader.id {
            let mut conn = cluster.dialer.dial_partition(&other, &*topic, 0).await.unwrap();
            conn.set_deadline(PATIENCE);
            for error in [
                conn.write(b"not there").await.unwrap_err(),
                conn.read_last_offset().await.unwrap_err(),
                conn.read_message(1 << 20).await.unwrap_err(),
            ] {
                let codes = [ErrorCode::NOT_LEADER_OR_FOLLOWER, ErrorCode::UNKNOWN_TOPIC_OR_PARTITION];
                assert!(error.code().is_some_and(|code| codes.contains(&code)), "{error}");
                assert_eq!(error.retry(), Retry::RefreshMetadata);
            }
        }
    }
}

pub(crate) async fn what_does_not_exist_is_told_at_once(cluster: &Cluster) {
    let (topic, missing) = (cluster.topic(2).await, cluster.name());
    let dialer = cluster.dialer.clone().timeout(Duration::from_secs(3600));
    let address = cluster.address();
    let looked_up = async {
        let missing = &*missing;
        [
            dialer.dial_leader(address, missing, 0).await.unwrap_err(),
            dialer.lookup_leader(address, missing, 0).await.unwrap_err(),
            dialer.lookup_partition(address, missing, 0).await.unwrap_err(),
            dialer.lookup_partitions(address, missing).await.unwrap_err(),
            cluster.any().await.read_partitions(&[missing]).await.unwrap_err(),
            dialer.dial_leader(address, &*topic, 2).await.unwrap_err(),
            dialer.lookup_leader(address, &*topic, 2).await.unwrap_err(),
            dialer.lookup_partition(address, &*topic, 2).await.unwrap_err(),
        ]
    };
    let errors = tokio::time::timeout(PATIENCE, looked_up).await.expect("asked for ever");
    for error in &errors {
        assert_eq!(error.code(), Some(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION), "{error}");
    }
    assert_eq!((errors[0].topic(), errors[0].partition()), (Some(&*missing), None));
    assert_eq!((errors[5].topic(), errors[5].partition()), (Some(&*topic), Some(2)));
    assert!(errors[5].to_string().contains("there are 2"), "{}", errors[5]);
    // And none of this has created it.
    let topics = cluster.any().await.topics().await.unwrap();
    assert!(topics.iter().all(|topic| *topic.name != *missing));

    for error in [
        dialer.dial_leader(address, "", 0).await.unwrap_err(),
        dialer.dial_leader(address, &*topic, -1).await.unwrap_err(),
        dialer.dial_partition(address, &*topic, -1).await.unwrap_err(),
        dialer.dial("no address").await.unwrap_err(),
    ] {
        assert_eq!((error.kind(), error.is_not_sent()), (ErrorKind::Misuse, true), "{error}");
    }
}

pub(crate) async fn a_topic_is_created_on_dialling_its_leader_if_asked_for(cluster: &Cluster) {
    let topic = cluster.name();
    let dialer = cluster.dialer.clone().create_topics(true).timeout(PATIENCE);
    let mut conn = dialer.dial_leader(cluster.address(), &*topic, 0).await.unwrap();
    conn.set_deadline(PATIENCE);
    assert_eq!(conn.write(b"first").await.unwrap().offset, Some(0));

    // A name that cannot be is refused at once, and not waited for.
    let dialer = dialer.timeout(Duration::from_secs(3600));
    let refused = tokio::time::timeout(PATIENCE, dialer.dial_leader(cluster.address(), "no/such", 0));
    let error = refused.await.expect("asked for ever").unwrap_err();
    assert_eq!(error.code(), Some(ErrorCode::INVALID_TOPIC_EXCEPTION), "{error}");
}

pub(crate) async fn an_unbound_conn_reads_and_writes_nothing(cluster: &Cluster) {
    let mut conn = cluster.any().await;
    for error in [
        conn.write(b"value").await.unwrap_err(),
        conn.write_messages(&[Message::new("value")]).await.unwrap_err(),
        conn.read_message(1).await.unwrap_err(),
        conn.read(&mut [0]).await.unwrap_err(),
        conn.read_batch(1, 1).await.map(drop).unwrap_err(),
        conn.read_first_offset().await.unwrap_err(),
        conn.seek(0, ottla::Whence::Start).await.unwrap_err(),
        conn.seek_unchecked(0, ottla::Whence::Absolute).await.unwrap_err(),
    ] {
        assert_eq!((error.kind(), error.is_not_sent()), (ErrorKind::Misuse, true), "{error}");
    }
    conn.brokers().await.unwrap();
}

pub(crate) async fn a_closed_conn_fails_every_call(cluster: &Cluster) {
    let mut conn = cluster.conn_with(1).await;
    conn.close().await;
    conn.close().await;
    for error in [
        conn.write(b"value").await.unwrap_err(),
        conn.read_message(1 << 20).await.unwrap_err(),
        conn.read_offsets().await.map(drop).unwrap_err(),
        conn.topics().await.map(drop).unwrap_err(),
    ] {
        assert_eq!((error.kind(), error.is_not_sent()), (ErrorKind::Closed, true), "{error}");
    }
}

pub(crate) async fn api_versions_are_those_of_the_broker(cluster: &Cluster) {
    let conn = cluster.any().await;
    let versions = conn.api_versions();
    let of = |key| *versions.iter().find(|version| version.key == key).unwrap();
    let (fetch, produce) = (of(fetch::Request::KEY), of(produce::Request::KEY));
    if cluster.at_least(&[4]) {
        assert!(fetch.max >= 17 && produce.max >= 12, "{fetch} {produce}");
    } else if !cluster.at_least(&[0, 11]) {
        assert_eq!(
            (fetch.to_string(), produce.to_string()),
            ("Fetch[v0:v3]".into(), "Produce[v0:v2]".into())
        );
    }
    assert!(versions.is_sorted_by_key(|version| version.key));
}

pub(crate) async fn any_request_can_be_sent(cluster: &Cluster) {
    let conn = cluster.any().await;
    let request = api_versions::Request {
        client_software_name: "ottla-tests".into(),
        client_software_version: "1".into(),
    };
    let response = conn.request(&request).await.unwrap();
    assert_eq!(response.error_code, ErrorCode::NONE);
    assert_eq!(response.api_keys.len(), conn.api_versions().len());
}
