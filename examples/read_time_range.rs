//! Reads what was written to partition 0 in a range of time: from one time on, and before another. Both are
//! milliseconds since 1970.
//!
//! `cargo run --example read_time_range -- BOOTSTRAP TOPIC FROM TO`
#![expect(clippy::print_stdout, reason = "a program for a terminal")]

use anyhow::Context;
use ottla::{Client, OffsetAt, Reader, Start};

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let bootstrap = arguments.next().unwrap_or_else(|| "127.0.0.1:9092".to_owned());
    let topic = arguments.next().unwrap_or_else(|| "greetings".to_owned());
    let mut time = |name| -> anyhow::Result<i64> {
        let text = arguments.next().with_context(|| format!("{name} is missing: a time in milliseconds"))?;
        text.parse().with_context(|| format!("{name} is not a time in milliseconds: {text:?}"))
    };
    let (from, to) = (time("FROM")?, time("TO")?);

    let client = Client::builder().bootstrap(bootstrap).build()?;
    let offset_at = async |at| -> Result<Option<i64>, ottla::Error> {
        let listed = client.list_offsets(&[(topic.as_str().into(), 0)], at).await.into_iter().next();
        Ok(listed.transpose()?.and_then(|listed| listed.offset))
    };
    // Where no record is that young there is nothing, or what there is goes on to the end.
    let Some(start) = offset_at(OffsetAt::Time(from)).await? else { return Ok(()) };
    let end = match offset_at(OffsetAt::Time(to)).await? {
        Some(end) => end,
        None => offset_at(OffsetAt::Last).await?.unwrap_or(start),
    };

    let reader = Reader::builder(&client).topic(&*topic).partition(0).start(Start::Offset(start)).build()?;
    while reader.offset(&topic, 0).ok().flatten().unwrap_or(start) < end {
        let message = reader.read().await?;
        let (time, value) = (message.timestamp.unwrap_or(-1), message.value.unwrap_or_default());
        println!("{}: {time} {}", message.offset, String::from_utf8_lossy(&value));
    }
    reader.close().await;
    client.close().await;
    Ok(())
}
