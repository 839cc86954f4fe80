//! Reads what is in partition 0 over one connection to its leader, batch by batch, and ends at its end.
//!
//! `cargo run --example conn_consume -- BOOTSTRAP TOPIC`
#![expect(clippy::print_stdout, reason = "a program for a terminal")]

use std::time::Duration;

use ottla::{Conn, Whence};

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let bootstrap = arguments.next().unwrap_or_else(|| "127.0.0.1:9092".to_owned());
    let topic = arguments.next().unwrap_or_else(|| "greetings".to_owned());
    let mut conn = Conn::dial_leader(&bootstrap, topic, 0).await?;
    conn.set_read_deadline(Duration::from_secs(10));
    let end = conn.read_last_offset().await?;
    let mut offset = conn.seek(0, Whence::Start).await?;
    while offset < end {
        // At least a byte and about a megabyte at most.
        let mut batch = conn.read_batch(1, 1 << 20).await?;
        while let Some(message) = batch.read_message()? {
            println!("{}: {}", message.offset, String::from_utf8_lossy(&message.value.unwrap_or_default()));
        }
        offset = batch.offset();
    }
    conn.close().await;
    Ok(())
}
