//! Writes the fast way: sends many records without waiting, each with a handle for its fate. Batches are numbered, so
//! that the broker drops what a retry repeats: every record comes to lie in the log once, and those of a partition in
//! order.
//!
//! `cargo run --example deliveries -- BOOTSTRAP TOPIC COUNT`
#![expect(clippy::print_stdout, reason = "a program for a terminal")]

use std::time::Duration;

use ottla::{Acks, Client, Compression, Record, Writer};

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let bootstrap = arguments.next().unwrap_or_else(|| "127.0.0.1:9092".to_owned());
    let topic = arguments.next().unwrap_or_else(|| "greetings".to_owned());
    let count = arguments.next().map_or(Ok(1000), |number| number.parse::<usize>())?;
    let client = Client::builder().bootstrap(bootstrap).build()?;
    let writer = Writer::builder(&client)
        .topic(topic)
        .acks(Acks::All)
        .idempotent(true)
        .compression(Compression::Lz4)
        .linger(Duration::from_millis(5))
        .delivery_timeout(Duration::from_secs(30))
        // Called for each batch: for who counts, or lets go of what waits for it.
        .on_completion(|batch| match batch.error {
            None => println!("{} records to partition {}", batch.records, batch.partition),
            Some(error) => println!("{} records lost: {error}", batch.records),
        })
        .build()?;
    let mut deliveries = Vec::with_capacity(count);
    for number in 0..count {
        // Waits only while the buffer is full.
        let value = format!("record {number}");
        deliveries.push(writer.send(Record::new(value.as_bytes())).await?);
    }
    let (mut delivered, mut not_sent, mut unknown) = (0, 0, 0);
    for delivery in deliveries {
        match delivery.await {
            Ok(_) => delivered += 1,
            Err(error) if error.is_not_sent() => not_sent += 1,
            Err(_) => unknown += 1,
        }
    }
    println!("{delivered} delivered, {not_sent} not sent, {unknown} unknown");
    writer.close(Duration::from_secs(10)).await?;
    client.close().await;
    Ok(())
}
