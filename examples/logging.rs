//! Says what the client is doing, through the `tracing` crate, while it writes and reads a message. `RUST_LOG`-like
//! filters and other formats are the subscriber's: `tracing-subscriber` has many.
//!
//! `cargo run --example logging --features tracing -- BOOTSTRAP TOPIC`
#![expect(clippy::print_stdout, reason = "a program for a terminal")]

use std::time::Duration;

use ottla::{Client, Message, Reader, Writer};
use tracing_subscriber::filter::LevelFilter;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let bootstrap = arguments.next().unwrap_or_else(|| "127.0.0.1:9092".to_owned());
    let topic = arguments.next().unwrap_or_else(|| "greetings".to_owned());
    // Errors that pass by themselves and what is tried again are `debug`, requests are `trace`.
    tracing_subscriber::fmt().with_max_level(LevelFilter::TRACE).with_writer(std::io::stderr).init();

    let client = Client::builder().bootstrap(bootstrap).build()?;
    let writer = Writer::builder(&client).topic(&*topic).build()?;
    writer.write([Message::new("hello").with_partition(0)]).await?;
    writer.close(Duration::from_secs(10)).await?;
    let reader = Reader::builder(&client).topic(topic).partition(0).build()?;
    println!("{:?}", reader.read().await?.value);
    reader.close().await;
    client.close().await;
    Ok(())
}
