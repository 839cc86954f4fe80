//! Creates a topic over one connection to the controller, which is the broker that may. A topic that is there already
//! is no error. Clusters that create topics by themselves need only `Dialer::create_topics`.
//!
//! `cargo run --example conn_create_topic -- BOOTSTRAP TOPIC PARTITIONS`
#![expect(clippy::print_stdout, reason = "a program for a terminal")]

use std::time::Duration;

use ottla::{Conn, NewTopic};

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let bootstrap = arguments.next().unwrap_or_else(|| "127.0.0.1:9092".to_owned());
    let topic = arguments.next().unwrap_or_else(|| "greetings".to_owned());
    let partitions = arguments.next().map_or(Ok(1), |number| number.parse())?;
    let any = Conn::dial(&bootstrap).await?;
    let mut controller = Conn::dial(&any.controller().await?).await?;
    controller.set_write_deadline(Duration::from_secs(10));
    controller.create_topics(&[NewTopic::new(&*topic, partitions)]).await?;
    for topic in controller.read_partitions(&[topic]).await? {
        println!("{}: {} partitions", topic.name, topic.partitions.len());
    }
    controller.close().await;
    any.close().await;
    Ok(())
}
