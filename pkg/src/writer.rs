use std::rc::Rc;

use bytes::Bytes;
use js_sys::Array;
use ottla::{Acks, Client, Compression, Delivery, Error, Header, Record};
use wasm_bindgen::prelude::*;

use crate::{
    client::{milliseconds, whole},
    error::{KafkaError, misuse},
    packed::{Short, Unpacker},
};

#[wasm_bindgen]
extern "C" {
    /// `WriterOptions` of ts/writer.ts.
    pub type WriterOptions;
    #[wasm_bindgen(method, getter)]
    fn topic(this: &WriterOptions) -> Option<String>;
    #[wasm_bindgen(method, getter)]
    fn compression(this: &WriterOptions) -> Option<String>;
    #[wasm_bindgen(method, getter)]
    fn acks(this: &WriterOptions) -> Option<String>;
    #[wasm_bindgen(method, getter, js_name = lingerMs)]
    fn linger_ms(this: &WriterOptions) -> Option<f64>;
    #[wasm_bindgen(method, getter, js_name = batchBytes)]
    fn batch_bytes(this: &WriterOptions) -> Option<f64>;
    #[wasm_bindgen(method, getter, js_name = bufferBytes)]
    fn buffer_bytes(this: &WriterOptions) -> Option<f64>;
    #[wasm_bindgen(method, getter, js_name = deliveryTimeoutMs)]
    fn delivery_timeout_ms(this: &WriterOptions) -> Option<f64>;
}

/// Behind the class `Writer` of ts/writer.ts.
#[wasm_bindgen]
pub struct Writer(Rc<ottla::Writer>);

impl Writer {
    pub(crate) fn new(client: &Client, options: &WriterOptions) -> Result<Self, KafkaError> {
        let mut builder = ottla::Writer::builder(client);
        if let Some(topic) = options.topic() {
            builder = builder.topic(topic);
        }
        if let Some(name) = options.compression() {
            let codec: Compression =
                name.parse().map_err(|error| misuse(&format!("compression: {error}")))?;
            builder = builder.compression(codec);
        }
        if let Some(name) = options.acks() {
            builder = builder.acks(name.parse::<Acks>()?);
        }
        if let Some(ms) = options.linger_ms() {
            builder = builder.linger(milliseconds("lingerMs", ms)?);
        }
        if let Some(bytes) = options.batch_bytes() {
            builder = builder.batch_bytes(whole("batchBytes", bytes)?);
        }
        if let Some(bytes) = options.buffer_bytes() {
            builder = builder.buffer_bytes(whole("bufferBytes", bytes)?);
        }
        if let Some(ms) = options.delivery_timeout_ms() {
            builder = builder.delivery_timeout(milliseconds("deliveryTimeoutMs", ms)?);
        }
        Ok(Self(Rc::new(builder.build()?)))
    }
}

#[wasm_bindgen]
impl Writer {
    /// Takes what ts/pack.ts packed into batches. The face has one of these calls at a time, which
    /// keeps the order of its writes.
    pub async fn send(&self, packed: Vec<u8>) -> Result<Sent, KafkaError> {
        let mut deliveries = Vec::new();
        let mut unpacker = Unpacker::new(&packed);
        while !unpacker.is_empty() {
            let sent = send_next(&self.0, &mut unpacker).await;
            deliveries.push(sent.map_err(|Short| misuse("the packed messages end too early"))?);
        }
        Ok(Sent { deliveries, _writer: Rc::clone(&self.0) })
    }

    /// Sends what waits, and waits for its outcome.
    pub async fn flush(&self) -> Result<(), KafkaError> {
        Ok(self.0.flush().await?)
    }

    /// Flushes for so long at most, and ends.
    pub async fn close(&self, timeout_ms: f64) -> Result<(), KafkaError> {
        Ok(self.0.close(milliseconds("timeoutMs", timeout_ms)?).await?)
    }
}

async fn send_next(
    writer: &ottla::Writer,
    unpacker: &mut Unpacker<'_>,
) -> Result<Result<Delivery, Error>, Short> {
    let topic = unpacker.text()?;
    let partition = unpacker.int32()?;
    let timestamp = unpacker.int64()?;
    let key = unpacker.bytes()?;
    let value = unpacker.bytes()?;
    let mut headers = Vec::new();
    for _ in 0..unpacker.int32()? {
        let key = unpacker.text()?.ok_or(Short)?.into();
        headers.push(Header { key, value: unpacker.bytes()?.map(Bytes::copy_from_slice) });
    }
    let record = Record {
        topic,
        partition: (partition >= 0).then_some(partition),
        key,
        value,
        headers: &headers,
        timestamp: (timestamp >= 0).then_some(timestamp),
        user_data: None,
    };
    Ok(writer.send(record).await)
}

/// Messages on their way.
#[wasm_bindgen]
pub struct Sent {
    deliveries: Vec<Result<Delivery, Error>>,
    /// Dropping the writer would give the messages up, and JavaScript may have dropped its handle.
    _writer: Rc<ottla::Writer>,
}

#[wasm_bindgen]
impl Sent {
    /// Waits for all, and gives partition, offset and timestamp of each by turns. What failed is put
    /// into `failures`, each at its message's index.
    pub async fn delivered(self, failures: Array) -> Vec<i64> {
        let mut places = Vec::with_capacity(self.deliveries.len() * 3);
        for (index, sent) in (0..).zip(self.deliveries) {
            let outcome = match sent {
                Ok(delivery) => delivery.await,
                Err(error) => Err(error),
            };
            match outcome {
                Ok(place) => {
                    let offset = place.offset.unwrap_or(-1);
                    places.extend([i64::from(place.partition), offset, place.timestamp]);
                }
                Err(error) => {
                    failures.set(index, KafkaError::from(error).into());
                    places.extend([-1, -1, -1]);
                }
            }
        }
        places
    }
}
