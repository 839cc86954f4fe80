//! A client that says exactly what a test wants said, over an in-process connection.

#![allow(clippy::unwrap_used, reason = "a failed step is a failed test")]
#![allow(dead_code, reason = "each test uses what it needs")]

use std::time::Duration;

use bytes::{Buf, Bytes, BytesMut};
use ottla::{
    protocol::{
        ErrorCode, Message, Request, create_topics, fetch,
        header::{decode_response, encode_request},
        produce,
    },
    record::{BatchBuilder, Compression, DecodeOptions, RecordSet},
    wire::{Decoder, Encoder},
};
use ottla_broker::{Broker, BrokerConfig};
use ottla_memory::{Rx, Tx};
use ottla_transport::{BrokerAddress, ByteRx, ByteTx, TokioRuntime, Transport};

/// Against hangs only.
const PATIENCE: Duration = Duration::from_secs(60);

pub(crate) fn broker(config: BrokerConfig) -> Broker {
    Broker::new(config, TokioRuntime::current())
}

pub(crate) fn cluster(nodes: u16) -> Broker {
    broker(BrokerConfig { nodes, ..BrokerConfig::default() })
}

pub(crate) struct Peer {
    tx: Tx,
    rx: Rx,
    read: BytesMut,
    correlation_id: i32,
}

impl Peer {
    pub(crate) async fn connect(broker: &Broker, node: i32) -> Self {
        let address = BrokerAddress::broker(node, "anywhere", 9092);
        let (tx, rx) = broker.transport().connect(&address).await.unwrap();
        Self { tx, rx, read: BytesMut::new(), correlation_id: 0 }
    }

    /// Asks and takes the answer.
    pub(crate) async fn call<R: Request>(&mut self, version: i16, request: &R) -> R::Response {
        self.send(version, request).await;
        self.take::<R>(version).await
    }

    pub(crate) async fn send<R: Request>(&mut self, version: i16, request: &R) {
        self.correlation_id += 1;
        let mut out = Encoder::framed();
        let flexible = version >= R::FLEXIBLE;
        encode_request(&mut out, R::KEY, version, flexible, self.correlation_id, Some("peer"));
        request.encode(version, &mut out);
        self.tx.write_all(&out.into_frame().unwrap()).await.unwrap();
    }

    pub(crate) async fn send_raw(&mut self, bytes: &[u8]) {
        self.tx.write_all(&[Bytes::copy_from_slice(bytes)]).await.unwrap();
    }

    /// The answer to the request sent last.
    pub(crate) async fn take<R: Request>(&mut self, version: i16) -> R::Response {
        let correlation_id = self.correlation_id;
        self.take_nth::<R>(version, correlation_id).await
    }

    pub(crate) async fn take_nth<R: Request>(&mut self, version: i16, correlation_id: i32) -> R::Response {
        let frame = self.frame().await.expect("the broker hung up");
        let mut input = Decoder::new(frame);
        assert_eq!(decode_response(&mut input, R::KEY, version >= R::FLEXIBLE).unwrap(), correlation_id);
        let response = R::Response::decode(version, &mut input).unwrap();
        input.finish().unwrap();
        response
    }

    /// The next frame, or `None` when the broker has hung up.
    pub(crate) async fn frame(&mut self) -> Option<Bytes> {
        loop {
            if let Some(length) = self.read.first_chunk() {
                let length = usize::try_from(i32::from_be_bytes(*length)).unwrap();
                if self.read.len() >= 4 + length {
                    self.read.advance(4);
                    return Some(self.read.split_to(length).freeze());
                }
            }
            self.read.reserve(1 << 16);
            let received = tokio::time::timeout(PATIENCE, self.rx.recv(&mut self.read));
            if received.await.expect("the broker keeps silent").unwrap() == 0 {
                return None;
            }
        }
    }

    /// Bytes that came, and are no whole frame.
    pub(crate) fn unread(&self) -> usize {
        self.read.len()
    }

    pub(crate) async fn create(&mut self, name: &str, partitions: i32, configs: &[(&str, &str)]) {
        let configs = configs.iter().map(|(name, value)| create_topics::TopicConfig {
            name: (*name).into(),
            value: Some((*value).into()),
        });
        let topic = create_topics::CreatableTopic {
            name: name.into(),
            num_partitions: partitions,
            replication_factor: 1,
            configs: configs.collect(),
            ..Default::default()
        };
        let request = create_topics::Request { topics: vec![topic], ..Default::default() };
        let response = self.call(7, &request).await;
        assert_eq!(response.topics[0].error_code, ErrorCode::NONE, "{response:?}");
    }

    /// Writes to partition 0.
    pub(crate) async fn produce(
        &mut self,
        version: i16,
        topic: &str,
        records: Bytes,
    ) -> produce::PartitionResponse {
        let response = self.call(version, &produce_request(topic, -1, records)).await;
        response.responses[0].partition_responses[0].clone()
    }

    /// Reads partition 0 of a topic (named by version 12 at most).
    pub(crate) async fn fetch(&mut self, version: i16, topic: &str, offset: i64) -> fetch::PartitionData {
        let response = self.call(version, &fetch_request(topic, offset)).await;
        response.responses[0].partitions[0].clone()
    }
}

pub(crate) fn produce_request(topic: &str, acks: i16, records: Bytes) -> produce::Request {
    let partition_data = vec![produce::PartitionData { index: 0, records: Some(records) }];
    produce::Request {
        acks,
        timeout_ms: 1000,
        topic_data: vec![produce::TopicData { name: topic.into(), partition_data }],
        ..Default::default()
    }
}

pub(crate) fn fetch_request(topic: &str, fetch_offset: i64) -> fetch::Request {
    let partition =
        fetch::FetchPartition { fetch_offset, partition_max_bytes: 1 << 20, ..Default::default() };
    fetch::Request {
        topics: vec![fetch::FetchTopic {
            topic: topic.into(),
            partitions: vec![partition],
            ..Default::default()
        }],
        ..Default::default()
    }
}

/// A batch of format 2 of records without keys.
pub(crate) fn batch(values: &[&str]) -> Bytes {
    stamped(values, -1, -1, -1)
}

pub(crate) fn stamped(values: &[&str], producer_id: i64, epoch: i16, sequence: i32) -> Bytes {
    compressed(values, Compression::None, producer_id, epoch, sequence)
}

pub(crate) fn compressed(
    values: &[&str],
    codec: Compression,
    producer_id: i64,
    epoch: i16,
    sequence: i32,
) -> Bytes {
    let sealed = builder(values).seal().compress(codec, None).unwrap();
    { sealed }.stamp(producer_id, epoch, sequence)
}

/// Messages of format 0 or 1.
pub(crate) fn messages(values: &[&str], magic: i8, codec: Compression) -> Bytes {
    builder(values).seal().to_message_set(magic, codec).unwrap()
}

/// The timestamp of the record at an index.
pub(crate) fn time(index: usize) -> i64 {
    1_000_000 + 10 * index as i64
}

fn builder(values: &[&str]) -> BatchBuilder {
    let mut builder = BatchBuilder::new(1024);
    for (index, value) in values.iter().enumerate() {
        builder.push(None, Some(value.as_bytes()), &[], time(index)).unwrap();
    }
    builder
}

/// Offsets and values of all records.
pub(crate) fn opened(data: &fetch::PartitionData) -> Vec<(i64, String)> {
    assert_eq!(data.error_code, ErrorCode::NONE);
    let mut set = RecordSet::new(data.records.clone().unwrap(), DecodeOptions::default());
    let mut all = Vec::new();
    while let Some(records) = set.next_records(1000).unwrap() {
        for record in records.iter() {
            all.push((record.offset, String::from_utf8(record.value.unwrap().to_vec()).unwrap()));
        }
    }
    all
}

pub(crate) fn expect(from: i64, values: &[&str]) -> Vec<(i64, String)> {
    (from..).zip(values).map(|(offset, value)| (offset, (*value).to_owned())).collect()
}
