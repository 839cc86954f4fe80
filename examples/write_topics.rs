//! Writes to several topics with one Writer: each message names its own.
//!
//! `cargo run --example write_topics -- BOOTSTRAP TOPIC TOPIC…`
#![expect(clippy::print_stdout, reason = "a program for a terminal")]

use std::time::Duration;

use ottla::{Client, Message, Writer};

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let bootstrap = arguments.next().unwrap_or_else(|| "127.0.0.1:9092".to_owned());
    let topic = arguments.next().unwrap_or_else(|| "greetings".to_owned());
    let topics: Vec<String> = std::iter::once(topic).chain(arguments).collect();
    let client = Client::builder().bootstrap(bootstrap).build()?;
    let writer = Writer::builder(&client).build()?;
    let messages = topics.iter().map(|topic| Message::new(format!("for {topic}")).with_topic(&**topic));
    for one in writer.write(messages).await? {
        println!("{} partition {} offset {:?}", one.topic, one.partition, one.offset);
    }
    writer.close(Duration::from_secs(10)).await?;
    client.close().await;
    Ok(())
}
