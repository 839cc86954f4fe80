//! Other people's clients on the embedded broker: each writes in every codec, and each reads what every one
//! has written. The Java tools are those of `KAFKA_VERSION`, from the oldest on.
#![expect(clippy::unwrap_used, reason = "a failed step is a failed test")]

use ottla_broker::{Broker, BrokerConfig};
use ottla_kafka::{Jars, Peer, PeerRecord, default_version};
use ottla_transport::TokioRuntime;

const CODECS: [&str; 5] = ["none", "gzip", "snappy", "lz4", "zstd"];

fn console() -> Jars {
    Jars::fetch(&default_version().parse().unwrap()).unwrap()
}

fn peers() -> [Peer; 4] {
    [Peer::FranzGo, Peer::KafkaGo, Peer::Kcat, Peer::Console(console())]
}

fn is_whole(peer: &Peer) -> bool {
    !matches!(peer, Peer::Console(jars) if !jars.version().at_least(&[2, 7]))
}

/// What a peer can write: any bytes, keys and headers, or a part of that.
fn records(peer: &Peer) -> Vec<PeerRecord> {
    let record = |index: usize| {
        let text = match index {
            0 => String::new(),
            1 => "long ".repeat(2000),
            _ => format!("value {index}, with ümlauts"),
        };
        let key = Some(format!("key {index}").into_bytes());
        let header = |value: &str| ("h".to_owned(), Some(value.as_bytes().to_vec()));
        let headers = vec![header("1"), header("2")];
        let timestamp = 1_700_000_000_000 + index as i64;
        let binary = [text.as_bytes(), &[0, 10, 13, 255]].concat();
        let plain = PeerRecord::default();
        match peer {
            Peer::Kcat => PeerRecord { value: Some(binary), ..plain },
            Peer::Console(jars) if !jars.version().at_least(&[3, 2]) => {
                PeerRecord { key, value: Some(text.into_bytes()), ..plain }
            }
            Peer::Console(_) => PeerRecord { key, value: Some(text.into_bytes()), headers, ..plain },
            _ if index == 3 => PeerRecord { key, value: None, timestamp, ..plain },
            _ if index == 4 => PeerRecord { key: None, value: Some(binary), timestamp, ..plain },
            _ => PeerRecord { key, value: Some(binary), headers, timestamp, ..plain },
        }
    };
    (0..20).map(record).collect()
}

/// What a peer can read of it.
fn seen_by(peer: &Peer, records: &[PeerRecord]) -> Vec<PeerRecord> {
    let seen = |record: &PeerRecord| {
        let mut record = record.clone();
        if matches!(peer, Peer::Kcat) || !is_whole(peer) {
            record.headers = Vec::new();
        }
        if matches!(peer, Peer::KafkaGo) {
            // It cannot tell empty from null.
            record.value = record.value.filter(|value| !value.is_empty());
        }
        if !is_whole(peer) {
            let null = || Some(b"null".to_vec());
            (record.key, record.value) = (record.key.or_else(null), record.value.or_else(null));
            record.offset = 0;
        }
        record
    };
    records.iter().map(seen).collect()
}

fn write_and_read(bootstrap: &str, broker: &Broker, topic: &str, writer: &Peer) {
    broker.create_topic(topic, 1).unwrap();
    let mut written = Vec::new();
    for codec in CODECS {
        if codec == "zstd" && matches!(writer, Peer::Console(jars) if !jars.version().at_least(&[2, 1])) {
            continue;
        }
        let records = records(writer);
        writer.produce(bootstrap, topic, 0, codec, &records).unwrap();
        written.extend(records);
    }
    for (offset, record) in written.iter_mut().enumerate() {
        record.offset = offset as i64;
    }
    let dated = written.iter().all(|record| record.timestamp > 0);
    for reader in peers() {
        // It takes no zstd, which came with 2.1.
        let zstd = written.len() == CODECS.len() * 20;
        if zstd && matches!(&reader, Peer::Console(jars) if !jars.version().at_least(&[2, 1])) {
            continue;
        }
        let mut read = reader.consume_partition(bootstrap, topic, 0, written.len()).unwrap();
        if !dated {
            read.iter_mut().for_each(|record| record.timestamp = 0);
        }
        let expected = seen_by(&reader, &written);
        for (read, expected) in read.iter().zip(&expected) {
            assert!(read == expected, "{writer:?} to {reader:?}: {read:?}\nis not\n{expected:?}");
        }
    }
}

async fn on_broker(config: BrokerConfig, work: impl FnOnce(&str, &Broker) + Send + 'static) {
    let nodes = config.nodes;
    let broker = Broker::new(config, TokioRuntime::current());
    let addresses = broker.listen_tcp((0..nodes).map(|_| "127.0.0.1:0")).await.unwrap();
    let bootstrap = addresses.iter().map(ToString::to_string).collect::<Vec<_>>().join(",");
    let worked_on = broker.clone();
    tokio::task::spawn_blocking(move || work(&bootstrap, &worked_on)).await.unwrap();
    broker.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_client_reads_what_every_client_writes() {
    let config = BrokerConfig { nodes: 2, ..BrokerConfig::default() };
    on_broker(config, |bootstrap, broker| {
        for (number, writer) in peers().iter().enumerate() {
            write_and_read(bootstrap, broker, &format!("t{number}"), writer);
        }
    })
    .await;
}

/// Their idea of what a broker without producer ids and batches is like, and ours.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_broker_passes_for_an_old_one() {
    let config = BrokerConfig::default().emulate("0.10.2").unwrap();
    on_broker(config, |bootstrap, broker| {
        for (topic, peer) in [("kcat", Peer::Kcat), ("kafka-go", Peer::KafkaGo)] {
            broker.create_topic(topic, 1).unwrap();
            let plain = |index: i64| PeerRecord {
                offset: index,
                value: Some(format!("value {index}").into_bytes()),
                ..PeerRecord::default()
            };
            let written: Vec<_> = (0..5).map(plain).collect();
            peer.produce(bootstrap, topic, 0, "gzip", &written).unwrap();
            let mut read = peer.consume(bootstrap, topic, written.len()).unwrap();
            read.iter_mut().for_each(|record| record.timestamp = 0);
            assert_eq!(read, written, "{peer:?}");
        }
    })
    .await;
}

/// It spoke to ZooKeeper before 2.2: then there is nothing to show.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_topic_tool_creates_lists_grows_and_deletes() {
    let jars = console();
    if !jars.version().at_least(&[2, 2]) {
        return;
    }
    let config = BrokerConfig { nodes: 2, auto_create_topics: false, ..BrokerConfig::default() };
    on_broker(config, move |bootstrap, broker| {
        let run = |args: &[&str]| {
            let args = [&["--bootstrap-server", bootstrap], args].concat();
            jars.run(jars.topic_command(), &args, b"").unwrap().stdout
        };
        run(&["--create", "--topic", "t", "--partitions", "3", "--replication-factor", "2"]);
        assert_eq!(broker.topics()[0].leaders.len(), 3);
        run(&["--alter", "--topic", "t", "--partitions", "5"]);
        assert_eq!(broker.topics()[0].leaders.len(), 5);
        assert_eq!(run(&["--list"]), b"t\n");
        run(&["--delete", "--topic", "t"]);
        assert!(broker.topics().is_empty());
    })
    .await;
}
