//! A broker that knows one topic, and whose answers can be meddled with.

use std::sync::{Arc, Mutex};

use bytes::{Bytes, BytesMut};
use ottla::{
    ErrorCode,
    protocol::{
        self, Message, Request, api_versions, fetch, header, init_producer_id, list_offsets, metadata,
        produce,
    },
    wire::{Decoder, Encoder},
};
use ottla_memory::{MemoryTransport, Rx, Tx};
use ottla_transport::{ByteRx, ByteTx};

pub(crate) const TOPIC: &str = "numbers";

/// What becomes of an answer, which comes as a whole frame, its length first.
pub(crate) enum Fate {
    Sent(Vec<u8>),
    /// After that the connection ends.
    Cut(Vec<u8>),
    /// After that nothing more comes.
    Stuck(Vec<u8>),
}

type Meddle = Box<dyn FnMut(i16, Vec<u8>) -> Fate + Send>;

/// Everything is well unless `meddle` says otherwise, which is told the key of each API.
pub(crate) fn broker(
    records: Bytes,
    meddle: impl FnMut(i16, Vec<u8>) -> Fate + Send + 'static,
) -> MemoryTransport {
    let (transport, mut listener) = ottla_memory::network();
    let meddle: Arc<Mutex<Meddle>> = Arc::new(Mutex::new(Box::new(meddle)));
    tokio::task::spawn(async move {
        while let Some((_, tx, rx)) = listener.accept().await {
            tokio::task::spawn(serve(tx, rx, records.clone(), Arc::clone(&meddle)));
        }
    });
    transport
}

/// Meddles with the answers to one API.
pub(crate) fn only<R: Request>(
    mut meddle: impl FnMut(Vec<u8>) -> Fate + Send,
) -> impl FnMut(i16, Vec<u8>) -> Fate + Send {
    move |key, frame| if key == R::KEY { meddle(frame) } else { Fate::Sent(frame) }
}

async fn serve(mut tx: Tx, mut rx: Rx, records: Bytes, meddle: Arc<Mutex<Meddle>>) {
    let mut input = BytesMut::new();
    loop {
        let frame = loop {
            if let Some(length) = input.first_chunk::<4>() {
                let whole = 4 + i32::from_be_bytes(*length) as usize;
                if input.len() >= whole {
                    break input.split_to(whole).freeze().slice(4..);
                }
            }
            input.reserve(4096);
            if rx.recv(&mut input).await.unwrap_or(0) == 0 {
                return;
            }
        };
        let (key, frame) = answer(frame, &records);
        let fate = (meddle.lock().unwrap())(key, frame);
        let (bytes, goes_on, waits) = match fate {
            Fate::Sent(bytes) => (bytes, true, false),
            Fate::Cut(bytes) => (bytes, false, false),
            Fate::Stuck(bytes) => (bytes, false, true),
        };
        if tx.write_all(&[bytes.into()]).await.is_err() {
            return;
        }
        if waits {
            std::future::pending::<()>().await;
        }
        if !goes_on {
            return;
        }
    }
}

fn answer(frame: Bytes, records: &Bytes) -> (i16, Vec<u8>) {
    let mut input = Decoder::new(frame);
    let asked = header::decode_request(&mut input).unwrap();
    let version = asked.version;
    let mut out = Encoder::framed();
    let flexible = protocol::Api::find(asked.key).is_some_and(|api| version >= api.flexible);
    header::encode_response(&mut out, asked.key, flexible, asked.correlation_id);
    match asked.key {
        api_versions::Request::KEY => versions().encode(version, &mut out),
        metadata::Request::KEY => cluster().encode(version, &mut out),
        init_producer_id::Request::KEY => {
            init_producer_id::Response { producer_id: 7, ..Default::default() }.encode(version, &mut out);
        }
        produce::Request::KEY => written().encode(version, &mut out),
        list_offsets::Request::KEY => offsets().encode(version, &mut out),
        fetch::Request::KEY => {
            let request = fetch::Request::decode(version, &mut input).unwrap();
            fetched(&request, records).encode(version, &mut out);
        }
        key => panic!("asked for {key}"),
    }
    (asked.key, out.into_frame().unwrap().concat())
}

fn versions() -> api_versions::Response {
    let offered = protocol::ALL.iter().map(|api| api_versions::ApiVersion {
        api_key: api.key,
        min_version: api.min,
        // By name: this broker has no topic ids.
        max_version: if api.key == fetch::Request::KEY { 12 } else { api.max },
    });
    api_versions::Response { api_keys: offered.collect(), ..Default::default() }
}

fn cluster() -> metadata::Response {
    let partition = metadata::Partition { leader_id: 1, leader_epoch: 0, ..Default::default() };
    metadata::Response {
        brokers: vec![metadata::Broker { node_id: 1, host: "fake".into(), port: 9092, rack: None }],
        controller_id: 1,
        topics: vec![metadata::Topic {
            name: Some(TOPIC.into()),
            partitions: vec![partition],
            ..Default::default()
        }],
        ..Default::default()
    }
}

fn written() -> produce::Response {
    let partition = produce::PartitionResponse { base_offset: 0, ..Default::default() };
    produce::Response {
        responses: vec![produce::TopicResponse { name: TOPIC.into(), partition_responses: vec![partition] }],
        ..Default::default()
    }
}

fn offsets() -> list_offsets::Response {
    let partition = list_offsets::Partition { offset: 0, ..Default::default() };
    list_offsets::Response {
        topics: vec![list_offsets::Topic { name: TOPIC.into(), partitions: vec![partition] }],
        ..Default::default()
    }
}

/// The records, to who asks for the first; nothing to who asks for more.
fn fetched(request: &fetch::Request, records: &Bytes) -> fetch::Response {
    let offset =
        request.topics.first().and_then(|topic| topic.partitions.first()).map_or(0, |it| it.fetch_offset);
    let partition = fetch::PartitionData {
        error_code: ErrorCode::NONE,
        high_watermark: 1,
        records: Some(if offset == 0 { records.clone() } else { Bytes::new() }),
        ..Default::default()
    };
    fetch::Response {
        responses: vec![fetch::TopicResponse {
            topic: TOPIC.into(),
            partitions: vec![partition],
            ..Default::default()
        }],
        ..Default::default()
    }
}
