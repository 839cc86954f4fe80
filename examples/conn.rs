//! Looks at a cluster, writes two messages and reads them back, over one connection:
//! `cargo run --example conn -- ADDRESS TOPIC`.
#![expect(clippy::print_stdout, reason = "an example talks to whoever started it")]

use std::time::Duration;

use ottla::{Conn, Dialer, Message, Whence};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let address = arguments.next().unwrap_or_else(|| "127.0.0.1:9092".to_owned());
    let topic = arguments.next().unwrap_or_else(|| "greetings".to_owned());

    let any = Conn::dial(&address).await?;
    println!("controller: broker {}", any.controller().await?.id);
    for topic in any.topics().await? {
        println!("{}: {} partitions", topic.name, topic.partitions.len());
    }
    any.close().await;

    let mut conn = Dialer::new().create_topics(true).dial_leader(&address, topic, 0).await?;
    conn.set_deadline(Duration::from_secs(10));
    let written = conn.write_messages(&[Message::new("hello"), Message::new("world")]).await?;
    println!("written from offset {:?} on", written.offset);

    conn.seek(2, Whence::End).await?;
    for message in conn.read_batch(1, 1 << 20).await? {
        let message = message?;
        println!("{}: {:?}", message.offset, message.value);
    }
    conn.close().await;
    Ok(())
}
