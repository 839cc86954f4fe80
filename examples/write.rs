//! Writes three messages with keys, and says where each came to lie.
//!
//! Nothing is set: batches are idempotent and acknowledged by all replicas, keys go where Java's producer puts them.
//!
//! `cargo run --example write -- BOOTSTRAP TOPIC`
#![expect(clippy::print_stdout, reason = "a program for a terminal")]

use std::time::Duration;

use ottla::{Client, Message, Writer};

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let bootstrap = arguments.next().unwrap_or_else(|| "127.0.0.1:9092".to_owned());
    let topic = arguments.next().unwrap_or_else(|| "greetings".to_owned());
    let client = Client::builder().bootstrap(bootstrap).build()?;
    let writer = Writer::builder(&client).topic(topic).build()?;
    let messages = [("Key-A", "Hello World!"), ("Key-B", "One!"), ("Key-C", "Two!")];
    let messages = messages.map(|(key, value)| Message::new(value).with_key(key));
    match writer.write(messages).await {
        Ok(delivered) => {
            for one in delivered {
                println!("{} partition {} offset {:?}", one.topic, one.partition, one.offset);
            }
        }
        // Some may have been delivered: each has an outcome of its own.
        Err(errors) => {
            for (at, error) in errors.errors() {
                let fate = if error.is_not_sent() { "was not sent" } else { "may be in the log or not" };
                println!("message {at} {fate}: {error}");
            }
            return Err(errors.into());
        }
    }
    writer.close(Duration::from_secs(10)).await?;
    client.close().await;
    Ok(())
}
