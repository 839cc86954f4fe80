//! Writes the same key as other clients do, so that it goes to the partition where they put it.
//!
//! `cargo run --example balancers -- BOOTSTRAP TOPIC KEY`
#![expect(clippy::print_stdout, reason = "a program for a terminal")]

use std::time::Duration;

use ottla::{Client, Crc32, Hash, Message, Murmur2, ReferenceHash, RoundRobin, Writer};

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let bootstrap = arguments.next().unwrap_or_else(|| "127.0.0.1:9092".to_owned());
    let topic = arguments.next().unwrap_or_else(|| "greetings".to_owned());
    let key = arguments.next().unwrap_or_else(|| "hejsan".to_owned());
    let client = Client::builder().bootstrap(bootstrap).build()?;
    let builder = || Writer::builder(&client).topic(&*topic);
    let writers = [
        ("Java, franz-go and by default here (murmur2)", builder().balancer(Murmur2::default).build()?),
        ("librdkafka and what is built on it (CRC-32)", builder().balancer(Crc32::default).build()?),
        ("sarama, NewHashPartitioner (FNV-1a)", builder().balancer(Hash::default).build()?),
        ("sarama, NewReferenceHashPartitioner (FNV-1a)", builder().balancer(ReferenceHash::default).build()?),
        ("whatever the key", builder().balancer(RoundRobin::default).build()?),
    ];
    for (whose, writer) in writers {
        for one in writer.write([Message::new(whose).with_key(key.clone())]).await? {
            println!("partition {}: {whose}", one.partition);
        }
        writer.close(Duration::from_secs(10)).await?;
    }
    client.close().await;
    Ok(())
}
