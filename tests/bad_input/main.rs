//! What the client makes of peers that are no good: an error that says what to do, in bounded time and memory.

#![expect(clippy::unwrap_used, reason = "a failed step is a failed test")]

mod answers;
mod fake;
mod limits;
mod peers;
mod records;

use std::{future::Future, time::Duration};

use bytes::Bytes;
use ottla::{
    Client, Error, Reader, Record, Writer,
    record::{BatchBuilder, Compression},
};
use ottla_memory::MemoryTransport;
use peak_alloc::PeakAlloc;

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

/// Longer than anything here takes, unless it hangs.
const PATIENCE: Duration = Duration::from_secs(60);

async fn in_time<T>(future: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, future).await.expect("this hangs")
}

/// A client with little patience.
fn client(transport: MemoryTransport) -> Client {
    let client = Client::builder()
        .transport(transport)
        .request_timeout(Duration::from_millis(300))
        .connect_timeout(Duration::from_millis(300))
        .call_timeout(Duration::from_secs(2))
        .retry_backoff(Duration::from_millis(1), Duration::from_millis(5));
    client.build().unwrap()
}

fn writer(client: &Client) -> Writer {
    Writer::builder(client).topic(fake::TOPIC).delivery_timeout(Duration::from_secs(2)).build().unwrap()
}

fn reader(client: &Client) -> Reader {
    let reader = Reader::builder(client).topic(fake::TOPIC).partition(0).patience(Duration::from_secs(1));
    reader.max_wait(Duration::from_millis(10)).build().unwrap()
}

async fn write(client: &Client, value: &[u8]) -> Result<Option<i64>, Error> {
    let writer = writer(client);
    let delivery = in_time(writer.send(Record::new(value))).await?;
    in_time(delivery).await.map(|delivered| delivered.offset)
}

async fn read(client: &Client) -> Result<Bytes, Error> {
    in_time(reader(client).read()).await.map(|message| message.value.unwrap())
}

/// The error and its causes, as the command shows them.
fn told(error: &Error) -> String {
    let mut told = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(next) = cause {
        told = format!("{told}: {next}");
        cause = next.source();
    }
    told
}

/// A batch of one record.
fn batch(value: &[u8], codec: Compression) -> Vec<u8> {
    let mut builder = BatchBuilder::new(0);
    builder.push(None, Some(value), &[], 0).unwrap();
    builder.seal().compress(codec, None).unwrap().stamp(-1, -1, -1).to_vec()
}
