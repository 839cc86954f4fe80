//! Prints the messages of all partitions of a topic, from the first on and as they come, until it is interrupted.
//!
//! `cargo run --example read -- BOOTSTRAP TOPIC`
#![expect(clippy::print_stdout, reason = "a program for a terminal")]

use ottla::{Client, Reader, Start};

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let bootstrap = arguments.next().unwrap_or_else(|| "127.0.0.1:9092".to_owned());
    let topic = arguments.next().unwrap_or_else(|| "greetings".to_owned());
    let client = Client::builder().bootstrap(bootstrap).build()?;
    let reader = Reader::builder(&client).topic(topic).start(Start::First).build()?;
    loop {
        let message = reader.read().await?;
        let value = message.value.unwrap_or_default();
        println!("{}: {}", message.offset, String::from_utf8_lossy(&value));
    }
}
