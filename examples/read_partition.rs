//! Reads one partition from an offset to where its end is now.
//!
//! `cargo run --example read_partition -- BOOTSTRAP TOPIC PARTITION OFFSET`
#![expect(clippy::print_stdout, reason = "a program for a terminal")]

use ottla::{Client, Error, OffsetAt, Reader, Start};

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let bootstrap = arguments.next().unwrap_or_else(|| "127.0.0.1:9092".to_owned());
    let topic = arguments.next().unwrap_or_else(|| "greetings".to_owned());
    let partition = arguments.next().map_or(Ok(0), |number| number.parse())?;
    let offset = arguments.next().map_or(Ok(0), |number| number.parse())?;

    let client = Client::builder().bootstrap(bootstrap).build()?;
    let last = client.list_offsets(&[(topic.as_str().into(), partition)], OffsetAt::Last).await;
    let last = last.into_iter().collect::<Result<Vec<_>, Error>>()?;
    let end = last.first().and_then(|last| last.offset).unwrap_or(0);

    let reader = Reader::builder(&client).topic(&*topic).partition(partition).start(Start::Offset(offset));
    let reader = reader.build()?;
    while reader.offset(&topic, partition).ok().flatten().unwrap_or(offset) < end {
        let message = reader.read().await?;
        let (key, value) = (message.key.unwrap_or_default(), message.value.unwrap_or_default());
        let (key, value) = (String::from_utf8_lossy(&key), String::from_utf8_lossy(&value));
        println!("{topic}/{partition}/{}: {key} = {value}", message.offset);
    }
    reader.close().await;
    client.close().await;
    Ok(())
}
