//! One client writes, the other reads, with every codec.

use std::time::Duration;

use ottla::{Client, Compression, Header, Message, Reader, Writer};
use ottla_kafka::{Peer, PeerRecord};

use crate::{KAFKA, client_with_topic, codecs};

/// No step waits longer.
const PATIENCE: Duration = Duration::from_secs(60);

/// ottla writes, with every codec, what `peer` has to read.
pub(crate) async fn written_by_ottla(name: &str, peer: &Peer, records: &[PeerRecord]) {
    for codec in codecs() {
        let topic = format!("{name}-{codec}");
        let client = client_with_topic(&topic).await;
        write(&client, &topic, codec, records).await;
        assert_eq!(stored(&topic), codec.to_string(), "{topic}");
        let mut read = peer.consume(&KAFKA.bootstrap(), &topic, records.len()).unwrap();
        let mut written = records.to_vec();
        forget(peer, &mut read, &mut written);
        same(&read, &written, &topic);
        client.close().await;
    }
}

/// `peer` writes, with every codec, what ottla has to read.
pub(crate) async fn read_by_ottla(name: &str, peer: &Peer, records: &[PeerRecord]) {
    for codec in codecs() {
        let topic = format!("{name}-{codec}");
        let client = client_with_topic(&topic).await;
        peer.produce(&KAFKA.bootstrap(), &topic, 0, &codec.to_string(), records).unwrap();
        // librdkafka sends a batch uncompressed when that is smaller.
        if !matches!(peer, Peer::Kcat) {
            assert_eq!(stored(&topic), codec.to_string(), "{topic}");
        }
        let mut read = read(&client, &topic, records.len()).await;
        let mut written = records.to_vec();
        // The consoles give records the time they are run at.
        if matches!(peer, Peer::Console(_) | Peer::Kcat) {
            assert!(read.iter().all(|record| record.timestamp > written[0].timestamp), "{topic}");
            read.iter_mut().chain(&mut written).for_each(|record| record.timestamp = 0);
        }
        same(&read, &written, &topic);
        client.close().await;
    }
}

async fn write(client: &Client, topic: &str, codec: Compression, records: &[PeerRecord]) {
    let writer = Writer::builder(client).topic(topic).compression(codec).build().unwrap();
    let written = tokio::time::timeout(PATIENCE, writer.write(records.iter().map(to_message)));
    let written = written.await.expect("written in time").unwrap();
    assert!(written.iter().zip(records).all(|(at, record)| at.offset == Some(record.offset)), "{written:?}");
    writer.close(PATIENCE).await.unwrap();
}

async fn read(client: &Client, topic: &str, count: usize) -> Vec<PeerRecord> {
    let reader = Reader::builder(client).topic(topic).partition(0).build().unwrap();
    let mut records = Vec::new();
    while records.len() < count {
        let message = tokio::time::timeout(PATIENCE, reader.read());
        records.push(from_message(message.await.expect("read in time").unwrap()));
    }
    reader.close().await;
    records
}

/// What a peer's program does not tell stays out of the comparison.
fn forget(peer: &Peer, read: &mut [PeerRecord], written: &mut [PeerRecord]) {
    // Old consoles print no offsets.
    if matches!(peer, Peer::Console(jars) if !jars.version().at_least(&[2, 7])) {
        read.iter_mut().chain(&mut *written).for_each(|record| record.offset = 0);
    }
    // kafka-go gives null for empty.
    if matches!(peer, Peer::KafkaGo) {
        let null = |field: &mut Option<Vec<u8>>| *field = field.take().filter(|bytes| !bytes.is_empty());
        for record in written {
            let values = record.headers.iter_mut().map(|(_, value)| value);
            values.chain([&mut record.key, &mut record.value]).for_each(null);
        }
    }
}

fn same(read: &[PeerRecord], written: &[PeerRecord], topic: &str) {
    assert_eq!(read.len(), written.len(), "{topic}");
    for (read, written) in read.iter().zip(written) {
        assert_eq!(read, written, "{topic}");
    }
}

/// The codec that a topic's batches are in, as its broker has them on disk. One that would not get smaller may be in none.
fn stored(topic: &str) -> &'static str {
    let log = KAFKA.dir().join(format!("node-1/data/{topic}-0/00000000000000000000.log"));
    let log = std::fs::read(log).unwrap();
    let mut rest = log.as_slice();
    let mut codec = 0;
    // In every format the length stands at 8 and the format at 16; the codec is in the low bits of the attributes.
    while codec == 0 && rest.len() > 22 {
        codec = if rest[16] == 2 { rest[22] } else { rest[17] } & 7;
        let length = u32::from_be_bytes(rest[8..12].try_into().unwrap());
        rest = rest.get(12 + length as usize..).unwrap_or_default();
    }
    ["none", "gzip", "snappy", "lz4", "zstd"][usize::from(codec)]
}

fn to_message(record: &PeerRecord) -> Message {
    let mut message = Message::default().with_timestamp(record.timestamp).with_partition(0);
    message.key = record.key.clone().map(Into::into);
    message.value = record.value.clone().map(Into::into);
    let header = |(key, value): &(String, Option<Vec<u8>>)| Header {
        key: key.as_str().into(),
        value: value.clone().map(Into::into),
    };
    message.headers = record.headers.iter().map(header).collect();
    message
}

fn from_message(message: Message) -> PeerRecord {
    let headers = message.headers.iter();
    PeerRecord {
        partition: message.partition.unwrap(),
        offset: message.offset,
        timestamp: message.timestamp.unwrap(),
        key: message.key.map(Into::into),
        value: message.value.map(Into::into),
        headers: headers.map(|h| (h.key.to_string(), h.value.as_deref().map(<[u8]>::to_vec))).collect(),
    }
}
