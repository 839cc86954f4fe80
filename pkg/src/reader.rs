use std::cell::Cell;

use ottla::{Client, Records, Start, Stop};
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
pub struct Reader {
    inner: ottla::Reader,
    /// How many seeks there were: records from before one may be on their way to JavaScript.
    seeks: Cell<u32>,
}

/// A start as ts/position.ts takes it apart.
pub(crate) fn start(kind: &str, at: Option<i64>) -> Result<Start, KafkaError> {
    match (kind, at) {
        ("first", _) => Ok(Start::First),
        ("last", _) => Ok(Start::Last),
        ("offset", Some(offset)) => Ok(Start::Offset(offset)),
        ("time", Some(ms)) => Ok(Start::Time(ms)),
        _ => Err(misuse("a reader can't start there")),
    }
}

/// A stop likewise.
pub(crate) fn stop(kind: &str, at: Option<i64>) -> Stop {
    match (kind, at) {
        ("offset", Some(offset)) => Stop::Offset(offset),
        ("time", Some(ms)) => Stop::Time(ms),
        _ => Stop::Last,
    }
}

impl Reader {
    pub(crate) fn new(
        client: &Client,
        options: &ReaderOptions,
        start: Start,
        stop: Option<Stop>,
    ) -> Result<Self, KafkaError> {
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
        if let Some(stop) = stop {
            builder = builder.stop(stop);
        }
        Ok(Self { inner: builder.build()?, seeks: Cell::new(0) })
    }
}

#[wasm_bindgen]
impl Reader {
    /// The next records, as ts/unpack.ts takes them.
    pub async fn poll(&self, max: u32) -> Result<Vec<u8>, KafkaError> {
        let records = self.inner.poll(max as usize).await?;
        Ok(pack(&records, self.seeks.get()))
    }

    /// The offset that is due in a partition, while it is known.
    pub fn offset(&self, topic: &str, partition: i32) -> Option<i64> {
        self.inner.offset(topic, partition).ok().flatten()
    }

    /// Goes on somewhere else: in one partition, or in all.
    pub fn seek(
        &self,
        topic: &str,
        partition: Option<i32>,
        kind: &str,
        at: Option<i64>,
    ) -> Result<(), KafkaError> {
        let start = start(kind, at)?;
        match partition {
            Some(partition) => self.inner.seek(topic, partition, start)?,
            None => self.inner.set_offset(start)?,
        }
        self.seeks.set(self.seeks.get() + 1);
        Ok(())
    }

    /// What it has done, in the order of ts/stats.ts.
    pub fn stats(&self) -> Vec<f64> {
        let stats = self.inner.stats();
        vec![
            stats.fetches as f64,
            stats.messages as f64,
            stats.bytes as f64,
            stats.timeouts as f64,
            stats.errors as f64,
            stats.fetch_time.as_secs_f64() * 1000.0,
            stats.wait_time.as_secs_f64() * 1000.0,
            stats.partitions as f64,
            stats.queue_bytes as f64,
            stats.queue_capacity as f64,
            stats.lag as f64,
        ]
    }

    /// Ends reading.
    pub async fn close(&self) {
        self.inner.close().await;
    }
}

fn pack(records: &Records, seeks: u32) -> Vec<u8> {
    let mut packer = Packer::with_capacity(64 + records.len() * 64);
    packer.length(records.len());
    packer.int32(seeks as i32);
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
