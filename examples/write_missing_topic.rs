//! Writes to a topic that does not exist yet: without leave that is an error at once, with it the broker creates the
//! topic (if it is set to), and the Writer waits for its leaders.
//!
//! `cargo run --example write_missing_topic -- BOOTSTRAP TOPIC`
#![expect(clippy::print_stdout, reason = "a program for a terminal")]

use std::time::Duration;

use ottla::{Client, ErrorCode, Message, Writer};

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let bootstrap = arguments.next().unwrap_or_else(|| "127.0.0.1:9092".to_owned());
    let topic = arguments.next().unwrap_or_else(|| "greetings".to_owned());
    let client = Client::builder().bootstrap(bootstrap).build()?;
    let strict = Writer::builder(&client).topic(&*topic).build()?;
    match strict.write([Message::new("hello")]).await {
        Ok(_) => println!("{topic} is there already"),
        Err(errors) => match errors.first() {
            Some(error) if error.code() == Some(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION) => println!("{error}"),
            _ => return Err(errors.into()),
        },
    }
    let writer = Writer::builder(&client).topic(topic).create_topics(true).build()?;
    for one in writer.write([Message::new("hello"), Message::new("world")]).await? {
        println!("{} partition {} offset {:?}", one.topic, one.partition, one.offset);
    }
    writer.close(Duration::from_secs(10)).await?;
    client.close().await;
    Ok(())
}
