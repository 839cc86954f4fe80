//! Writes a batch with each codec, and reads all of them back: a Reader needs no setting for them.
//!
//! `cargo run --example compression -- BOOTSTRAP TOPIC`
#![expect(clippy::print_stdout, reason = "a program for a terminal")]

use std::time::Duration;

use ottla::{Client, Compression, Message, Reader, Start, Writer};

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let bootstrap = arguments.next().unwrap_or_else(|| "127.0.0.1:9092".to_owned());
    let topic = arguments.next().unwrap_or_else(|| "greetings".to_owned());
    let client = Client::builder().bootstrap(bootstrap).build()?;
    let reader = Reader::builder(&client).topic(&*topic).partition(0);
    let mut first = None;
    for codec in Compression::ALL {
        let writer = Writer::builder(&client).topic(&*topic).compression(codec).build()?;
        let value = format!("as {codec}: {}", "again and ".repeat(100));
        let delivered = writer.write([Message::new(value).with_partition(0)]).await?;
        first = first.or(delivered.first().and_then(|one| one.offset));
        writer.close(Duration::from_secs(10)).await?;
    }
    let reader = reader.start(first.map_or(Start::First, Start::Offset)).build()?;
    for _ in Compression::ALL {
        let value = reader.read().await?.value.unwrap_or_default();
        println!("{} bytes {:?}…", value.len(), String::from_utf8_lossy(&value).get(..20));
    }
    reader.close().await;
    client.close().await;
    Ok(())
}
