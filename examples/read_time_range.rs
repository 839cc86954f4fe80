//! Reads what was written to a topic in a range of time: from one time on, and before another. Both are
//! milliseconds since 1970.
//!
//! `cargo run --example read_time_range -- BOOTSTRAP TOPIC FROM TO`
#![expect(clippy::print_stdout, reason = "a program for a terminal")]

use anyhow::Context;
use ottla::{Client, ErrorKind, Reader, Start, Stop};

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
    let reader =
        Reader::builder(&client).topic(topic).start(Start::Time(from)).stop(Stop::Time(to)).build()?;
    loop {
        let message = match reader.read().await {
            Ok(message) => message,
            Err(error) if error.kind() == ErrorKind::End => break,
            Err(error) => return Err(error.into()),
        };
        let (time, value) = (message.timestamp.unwrap_or(-1), message.value.unwrap_or_default());
        println!("{}: {time} {}", message.offset, String::from_utf8_lossy(&value));
    }
    reader.close().await;
    client.close().await;
    Ok(())
}
