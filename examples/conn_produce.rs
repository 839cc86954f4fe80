//! Writes three messages over one connection to the leader of partition 0, and says where they came to lie.
//!
//! `Conn` is the layer below Writer and Reader: one connection to one broker, nothing tried again.
//!
//! `cargo run --example conn_produce -- BOOTSTRAP TOPIC`
#![expect(clippy::print_stdout, reason = "a program for a terminal")]

use std::time::Duration;

use ottla::{Conn, Message};

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let bootstrap = arguments.next().unwrap_or_else(|| "127.0.0.1:9092".to_owned());
    let topic = arguments.next().unwrap_or_else(|| "greetings".to_owned());
    let mut conn = Conn::dial_leader(&bootstrap, topic, 0).await?;
    conn.set_write_deadline(Duration::from_secs(10));
    let written = conn.write_messages(&["one!", "two!", "three!"].map(Message::new)).await?;
    println!("partition {}, offset {:?}, {} bytes", written.partition, written.offset, written.bytes);
    conn.close().await;
    Ok(())
}
