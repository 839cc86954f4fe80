//! The other clients understand each other: what crosses with ottla later is judged by clients that work.

use ottla_kafka::{KafkaCluster, Peer, PeerRecord, default_version};

fn records(count: usize, binary: bool, headers: bool) -> Vec<PeerRecord> {
    let record = |i: usize| {
        let value = if binary { vec![0, 10, 13, 255, i as u8] } else { format!("value {i} ü").into_bytes() };
        let mut record = PeerRecord { offset: i as i64, value: Some(value), ..PeerRecord::default() };
        if headers {
            record.key =
                if binary && i.is_multiple_of(2) { None } else { Some(format!("key {i}").into_bytes()) };
            record.headers =
                vec![("h".to_owned(), Some(b"1".to_vec())), ("h".to_owned(), Some(b"2".to_vec()))];
        }
        record
    };
    (0..count).map(record).collect()
}

fn without_timestamps(mut records: Vec<PeerRecord>) -> Vec<PeerRecord> {
    records.iter_mut().for_each(|record| record.timestamp = 0);
    records
}

#[test]
fn peers_read_what_peers_write() {
    let kafka = KafkaCluster::start(&default_version(), 1).unwrap();
    let bootstrap = kafka.bootstrap();
    let console = Peer::Console(kafka.jars().clone());
    let headers = kafka.version().at_least(&[0, 11]);
    let whole = kafka.version().at_least(&[2, 7]);

    let written = records(5, true, headers);
    for (writer, topic, codec) in [(Peer::FranzGo, "franz", "lz4"), (Peer::KafkaGo, "segment", "gzip")] {
        kafka.create_topic(topic, 1).unwrap();
        writer.produce(&bootstrap, topic, 0, codec, &written).unwrap();
        for reader in [Peer::FranzGo, Peer::KafkaGo] {
            let read = without_timestamps(reader.consume(&bootstrap, topic, 5).unwrap());
            assert_eq!(read, written, "{writer:?} to {reader:?}");
        }
        if whole {
            let read = without_timestamps(console.consume(&bootstrap, topic, 5).unwrap());
            assert_eq!(read, written, "{writer:?} to the console");
        }
        let read = Peer::Kcat.consume(&bootstrap, topic, 5).unwrap();
        assert!(read.iter().zip(&written).all(|(read, written)| read.value == written.value), "{read:?}");
    }

    let values = records(3, true, false);
    kafka.create_topic("kcat", 1).unwrap();
    Peer::Kcat.produce(&bootstrap, "kcat", 0, "snappy", &values).unwrap();
    assert_eq!(without_timestamps(Peer::FranzGo.consume(&bootstrap, "kcat", 3).unwrap()), values);

    let text = records(3, false, kafka.version().at_least(&[3, 2]));
    let text: Vec<PeerRecord> =
        text.into_iter().map(|r| PeerRecord { key: r.key.or(Some(b"k".to_vec())), ..r }).collect();
    kafka.create_topic("console", 1).unwrap();
    console.produce(&bootstrap, "console", 0, "gzip", &text).unwrap();
    let read = without_timestamps(Peer::FranzGo.consume(&bootstrap, "console", 3).unwrap());
    assert_eq!(read, text, "the console to franz-go");
}
