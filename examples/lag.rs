//! Reads a topic and says how far it is behind by and by, until it has caught up with all partitions. What is asked is
//! known from what was fetched: it costs no request.
//!
//! `cargo run --example lag -- BOOTSTRAP TOPIC`
#![expect(clippy::print_stdout, reason = "a program for a terminal")]

use std::time::Duration;

use ottla::{Client, Reader};
use tokio::time::timeout;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let bootstrap = arguments.next().unwrap_or_else(|| "127.0.0.1:9092".to_owned());
    let topic = arguments.next().unwrap_or_else(|| "greetings".to_owned());
    let client = Client::builder().bootstrap(bootstrap).build()?;
    let partitions = client.topic(&topic).await?.partitions.len();
    let reader = Reader::builder(&client).topic(&*topic).build()?;
    loop {
        // Whether something comes or not: the lag is known of empty partitions too.
        if let Ok(records) = timeout(Duration::from_millis(500), reader.poll(100)).await {
            let records = records?;
            println!("{} records of partition {}", records.len(), records.partition());
        }
        let known = reader.partitions();
        let lags = known.iter().filter_map(|(topic, partition)| reader.lag(topic, *partition).ok().flatten());
        let lags: Vec<i64> = lags.collect();
        println!("behind by {lags:?}");
        if lags.len() == partitions && lags.iter().all(|lag| *lag == 0) {
            break;
        }
    }
    reader.close().await;
    client.close().await;
    Ok(())
}
