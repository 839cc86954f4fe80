//! Reads the fast way, many records at a time and none copied, until nothing has come for a second: counts them.
//!
//! `cargo run --example poll -- BOOTSTRAP TOPIC`
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
    let reader = Reader::builder(&client).topic(topic).build()?;
    let (mut polls, mut records, mut bytes) = (0, 0, 0);
    // All of one partition, in the order of their offsets. A call that is dropped loses none.
    while let Ok(polled) = timeout(Duration::from_secs(1), reader.poll(10_000)).await {
        let polled = polled?;
        polls += 1;
        records += polled.len();
        bytes += polled.iter().filter_map(|record| record.value).map(<[u8]>::len).sum::<usize>();
    }
    println!("{records} records of {bytes} bytes in {polls} polls");
    reader.close().await;
    client.close().await;
    Ok(())
}
