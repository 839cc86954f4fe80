//! Prints the messages of a topic as they come: `cargo run --example read -- ADDRESS TOPIC`.
#![expect(clippy::print_stdout, reason = "a program for a terminal")]

use ottla::{Client, Reader, Start};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let address = arguments.next().unwrap_or_else(|| "127.0.0.1:9092".to_owned());
    let topic = arguments.next().unwrap_or_else(|| "greetings".to_owned());

    let client = Client::builder().bootstrap(address).build()?;
    let reader = Reader::builder(&client).topic(topic).start(Start::First).build()?;
    loop {
        let message = reader.read().await?;
        let value = message.value.unwrap_or_default();
        println!("{}: {}", message.offset, String::from_utf8_lossy(&value));
    }
}
