//! What the client makes of peers that are no brokers, and of records that are too large: an error that says what to
//! do. `meddled` has brokers that answer wrongly.

#![expect(clippy::unwrap_used, reason = "a failed step is a failed test")]

mod limits;
mod peers;

use std::{future::Future, time::Duration};

use bytes::Bytes;
use ottla::{Client, Error, Reader, Record, Writer};

/// Longer than anything here takes, unless it hangs.
const PATIENCE: Duration = Duration::from_secs(60);

async fn in_time<T>(future: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, future).await.expect("this hangs")
}

async fn write(client: &Client, value: &[u8]) -> Result<Option<i64>, Error> {
    let writer = Writer::builder(client).topic("topic").build()?;
    let delivery = in_time(writer.send(Record::new(value))).await?;
    in_time(delivery).await.map(|delivered| delivered.offset)
}

async fn read(client: &Client) -> Result<Bytes, Error> {
    let reader = Reader::builder(client).topic("topic").build()?;
    in_time(reader.read()).await.map(|message| message.value.unwrap_or_default())
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
