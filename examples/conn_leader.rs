//! Connects to the leader of a partition through a broker that is not: asks any broker who leads it, then dials that
//! one. `Conn::dial_leader` does both at once.
//!
//! `cargo run --example conn_leader -- BOOTSTRAP TOPIC PARTITION`
#![expect(clippy::print_stdout, reason = "a program for a terminal")]

use std::time::Duration;

use ottla::Dialer;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let bootstrap = arguments.next().unwrap_or_else(|| "127.0.0.1:9092".to_owned());
    let topic = arguments.next().unwrap_or_else(|| "greetings".to_owned());
    let partition = arguments.next().map_or(Ok(0), |number| number.parse())?;
    let dialer = Dialer::new().timeout(Duration::from_secs(10));
    let leader = dialer.lookup_leader(&bootstrap, &*topic, partition).await?;
    println!("broker {} at {}:{} leads {topic}/{partition}", leader.id, leader.host, leader.port);
    let mut conn = dialer.dial_partition(&leader, topic, partition).await?;
    conn.set_deadline(Duration::from_secs(10));
    println!("offsets {} to {}", conn.read_first_offset().await?, conn.read_last_offset().await?);
    conn.close().await;
    Ok(())
}
