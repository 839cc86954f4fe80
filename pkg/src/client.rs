use std::time::Duration;

use ottla::NewTopic;
use wasm_bindgen::prelude::*;

use crate::{
    error::{KafkaError, misuse},
    reader::{Reader, ReaderOptions, start, stop},
    topic,
    writer::{Writer, WriterOptions},
};

#[wasm_bindgen]
extern "C" {
    /// `ConnectOptions` of ts/client.ts.
    pub type ConnectOptions;
    #[wasm_bindgen(method, getter, js_name = clientId)]
    fn client_id(this: &ConnectOptions) -> Option<String>;
    #[wasm_bindgen(method, getter, js_name = requestTimeoutMs)]
    fn request_timeout_ms(this: &ConnectOptions) -> Option<f64>;
    #[wasm_bindgen(method, getter, js_name = callTimeoutMs)]
    fn call_timeout_ms(this: &ConnectOptions) -> Option<f64>;
}

/// A span of time that JavaScript gave in milliseconds, or an error that names the option.
pub(crate) fn milliseconds(name: &str, ms: f64) -> Result<Duration, KafkaError> {
    // A longer one can't be told from for ever, and would not fit what counts in 32 bits of ms.
    if (0.0..=f64::from(i32::MAX)).contains(&ms) {
        return Ok(Duration::from_secs_f64(ms / 1000.0));
    }
    Err(misuse(&format!("{name} must be from 0 to {} milliseconds, not {}", i32::MAX, shown(ms))))
}

/// A whole number that JavaScript gave, or an error that names the option.
pub(crate) fn whole<T: TryFrom<i64>>(name: &str, number: f64) -> Result<T, KafkaError> {
    let exact = number.fract() == 0.0 && number.abs() <= js_sys::Number::MAX_SAFE_INTEGER;
    let whole = if exact { T::try_from(number as i64).ok() } else { None };
    whole.ok_or_else(|| misuse(&format!("{name} can't be {}", shown(number))))
}

/// By JavaScript, which has code for this already: Rust's is 10 KB.
fn shown(number: f64) -> String {
    String::from(js_sys::Number::from(number).to_string_with_radix(10).unwrap_or_default())
}

/// Behind the class `Client` of ts/client.ts.
#[wasm_bindgen]
pub struct Client(ottla::Client);

#[wasm_bindgen]
impl Client {
    /// Sets a client up, and waits until a broker has answered.
    pub async fn connect(url: String, options: ConnectOptions) -> Result<Client, KafkaError> {
        let mut builder = ottla::Client::builder().bootstrap(url);
        if let Some(id) = options.client_id() {
            builder = builder.client_id(id);
        }
        if let Some(ms) = options.request_timeout_ms() {
            builder = builder.request_timeout(milliseconds("requestTimeoutMs", ms)?);
        }
        if let Some(ms) = options.call_timeout_ms() {
            builder = builder.call_timeout(milliseconds("callTimeoutMs", ms)?);
        }
        let client = builder.build()?;
        client.brokers().await?;
        Ok(Self(client))
    }

    /// Some topics, or all.
    pub async fn topics(
        &self,
        names: Option<Vec<String>>,
        offsets: bool,
    ) -> Result<Vec<js_sys::Object>, KafkaError> {
        Ok(topic::describe(&self.0, names, offsets).await?)
    }

    /// Creates a topic; `config` holds names and values by turns.
    #[wasm_bindgen(js_name = createTopic)]
    pub async fn create_topic(
        &self,
        name: String,
        partitions: Option<f64>,
        replicas: Option<f64>,
        config: Vec<String>,
    ) -> Result<(), KafkaError> {
        let mut topic = NewTopic::new(name, partitions.map_or(Ok(1), |count| whole("partitions", count))?)
            .replicas(replicas.map_or(Ok(1), |count| whole("replicas", count))?);
        for pair in config.chunks_exact(2) {
            if let [name, value] = pair {
                topic = topic.set(name, value);
            }
        }
        Ok(self.0.create_topics(&[topic]).await?)
    }

    /// Deletes a topic.
    #[wasm_bindgen(js_name = deleteTopic)]
    pub async fn delete_topic(&self, name: String) -> Result<(), KafkaError> {
        Ok(self.0.delete_topics(&[name]).await?)
    }

    /// A writer on this client.
    pub fn writer(&self, options: &WriterOptions) -> Result<Writer, KafkaError> {
        Writer::new(&self.0, options)
    }

    /// A reader on this client; `from` and `until` come taken apart, as ts/position.ts does it.
    pub fn reader(
        &self,
        options: &ReaderOptions,
        from: &str,
        from_at: Option<i64>,
        until: Option<String>,
        until_at: Option<i64>,
    ) -> Result<Reader, KafkaError> {
        Reader::new(&self.0, options, start(from, from_at)?, until.map(|until| stop(&until, until_at)))
    }

    /// Closes the connections.
    pub async fn close(&self) {
        self.0.close().await;
    }
}
