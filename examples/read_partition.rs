//! Reads one partition from an offset to where its end is now.
//!
//! `cargo run --example read_partition -- BOOTSTRAP TOPIC PARTITION OFFSET`
#![expect(clippy::print_stdout, reason = "a program for a terminal")]

use ottla::{Client, ErrorKind, Reader, Start, Stop};

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let bootstrap = arguments.next().unwrap_or_else(|| "127.0.0.1:9092".to_owned());
    let topic = arguments.next().unwrap_or_else(|| "greetings".to_owned());
    let partition = arguments.next().map_or(Ok(0), |number| number.parse())?;
    let offset = arguments.next().map_or(Ok(0), |number| number.parse())?;

    let client = Client::builder().bootstrap(bootstrap).build()?;
    let reader = Reader::builder(&client).topic_partition(&*topic, partition);
    let reader = reader.start(Start::Offset(offset)).stop(Stop::Last).build()?;
    loop {
        let message = match reader.read().await {
            Ok(message) => message,
            Err(error) if error.kind() == ErrorKind::End => break,
            Err(error) => return Err(error.into()),
        };
        let (key, value) = (message.key.unwrap_or_default(), message.value.unwrap_or_default());
        let (key, value) = (String::from_utf8_lossy(&key), String::from_utf8_lossy(&value));
        println!("{topic}/{partition}/{}: {key} = {value}", message.offset);
    }
    reader.close().await;
    client.close().await;
    Ok(())
}
