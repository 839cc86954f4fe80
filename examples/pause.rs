//! Reads a topic of several partitions, holds the second one back until the others have nothing more to give, and goes
//! on with all then.
//!
//! `cargo run --example pause -- BOOTSTRAP TOPIC`
#![expect(clippy::print_stdout, reason = "a program for a terminal")]

use std::time::Duration;

use ottla::{Client, Reader};
use tokio::time::{sleep, timeout};

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let bootstrap = arguments.next().unwrap_or_else(|| "127.0.0.1:9092".to_owned());
    let topic = arguments.next().unwrap_or_else(|| "greetings".to_owned());
    let client = Client::builder().bootstrap(bootstrap).build()?;
    let partitions = client.topic(&topic).await?.partitions.len();
    anyhow::ensure!(partitions > 1, "{topic} has no second partition to hold back");
    let reader = Reader::builder(&client).topic(&*topic).build()?;
    // It knows a partition as soon as it has heard of the topic.
    while reader.pause(&topic, 1).is_err() {
        sleep(Duration::from_millis(10)).await;
    }
    for paused in [true, false] {
        while let Ok(message) = timeout(Duration::from_secs(1), reader.read()).await {
            let message = message?;
            let value = message.value.unwrap_or_default();
            println!("partition {:?}: {}", message.partition.unwrap_or(-1), String::from_utf8_lossy(&value));
        }
        if paused {
            println!("resumed");
            reader.resume(&topic, 1)?;
        }
    }
    reader.close().await;
    client.close().await;
    Ok(())
}
