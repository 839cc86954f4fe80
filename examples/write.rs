//! Writes three messages and says where they came to lie: `cargo run --example write -- ADDRESS TOPIC`.
#![expect(clippy::print_stdout, reason = "a program for a terminal")]

use std::time::Duration;

use ottla::{Client, Message, Writer};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let address = arguments.next().unwrap_or_else(|| "127.0.0.1:9092".to_owned());
    let topic = arguments.next().unwrap_or_else(|| "greetings".to_owned());

    let client = Client::builder().bootstrap(address).build()?;
    let writer = Writer::builder(&client).topic(topic).create_topics(true).build()?;
    let greetings = ["hello", "from", "ottla"].map(Message::new);
    for delivered in writer.write(greetings).await? {
        println!("{} partition {} offset {:?}", delivered.topic, delivered.partition, delivered.offset);
    }
    writer.close(Duration::from_secs(10)).await?;
    client.close().await;
    Ok(())
}
