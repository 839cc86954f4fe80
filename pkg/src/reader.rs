use ottla::{Client, Records, Start};
use wasm_bindgen::prelude::*;

use crate::{
    client::{milliseconds, whole},
    error::{KafkaError, misuse},
    packed::Packer,
};

#[wasm_bindgen]
extern "C" {
    /// `ReaderOptions` of ts/reader.ts.
    pub type ReaderOptions;
    #[wasm_bindgen(method, getter)]
    fn topic(this: &ReaderOptions) -> String;
    #[wasm_bindgen(method, getter)]
    fn partition(this: &ReaderOptions) -> Option<f64>;
    #[wasm_bindgen(method, getter, js_name = minBytes)]
    fn min_bytes(this: &ReaderOptions) -> Option<f64>;
    #[wasm_bindgen(method, getter, js_name = maxBytes)]
    fn max_bytes(this: &ReaderOptions) -> Option<f64>;
    #[wasm_bindgen(method, getter, js_name = queueBytes)]
    fn queue_bytes(this: &ReaderOptions) -> Option<f64>;
    #[wasm_bindgen(method, getter, js_name = maxWaitMs)]
    fn max_wait_ms(this: &ReaderOptions) -> Option<f64>;
    #[wasm_bindgen(method, getter, js_name = patienceMs)]
    fn patience_ms(this: &ReaderOptions) -> Option<f64>;
    #[wasm_bindgen(method, getter, js_name = readCommitted)]
    fn read_committed(this: &ReaderOptions) -> Option<bool>;
}

/// Behind the class `Reader` of ts/reader.ts.
#[wasm_bindgen]
pub struct Reader(ottla::Reader);

impl Reader {
    pub(crate) fn new(
        client: &Client,
        options: &ReaderOptions,
        kind: &str,
        start: Option<i64>,
    ) -> Result<Self, KafkaError> {
        let start = match (kind, start) {
            ("first", _) => Start::First,
            ("last", _) => Start::Last,
            ("offset", Some(offset)) => Start::Offset(offset),
            ("time", Some(ms)) => Start::Time(ms),
            _ => return Err(misuse(&format!("a reader can't start from {kind:?}"))),
        };
        let mut builder = ottla::Reader::builder(client).topic(options.topic()).start(start);
        if let Some(partition) = options.partition() {
            builder = builder.partition(whole("partition", partition)?);
        }
        if let Some(bytes) = options.min_bytes() {
            builder = builder.min_bytes(whole("minBytes", bytes)?);
        }
        if let Some(bytes) = options.max_bytes() {
            builder = builder.max_bytes(whole("maxBytes", bytes)?);
        }
        if let Some(bytes) = options.queue_bytes() {
            builder = builder.queue_bytes(whole("queueBytes", bytes)?);
        }
        if let Some(ms) = options.max_wait_ms() {
            builder = builder.max_wait(milliseconds("maxWaitMs", ms)?);
        }
        if let Some(ms) = options.patience_ms() {
            builder = builder.patience(milliseconds("patienceMs", ms)?);
        }
        if let Some(committed) = options.read_committed() {
            builder = builder.read_committed(committed);
        }
        Ok(Self(builder.build()?))
    }
}

#[wasm_bindgen]
impl Reader {
    /// The next records, as ts/unpack.ts takes them.
    pub async fn poll(&self, max: u32) -> Result<Vec<u8>, KafkaError> {
        let records = self.0.poll(max as usize).await?;
        Ok(pack(&records))
    }

    /// The offset that is due in a partition, while it is known.
    pub fn offset(&self, topic: &str, partition: i32) -> Option<i64> {
        self.0.offset(topic, partition).ok().flatten()
    }

    /// Ends reading.
    pub async fn close(&self) {
        self.0.close().await;
    }
}

fn pack(records: &Records) -> Vec<u8> {
    let mut packer = Packer::with_capacity(64 + records.len() * 64);
    packer.length(records.len());
    packer.int32(records.partition());
    packer.bytes(Some(records.topic().as_bytes()));
    for record in records.iter() {
        packer.int64(record.offset);
        packer.int64(record.timestamp);
        packer.bytes(record.key);
        packer.bytes(record.value);
        let headers = record.headers();
        packer.length(headers.len());
        for (name, value) in headers {
            packer.bytes(Some(name));
            packer.bytes(value);
        }
    }
    packer.finish()
}
