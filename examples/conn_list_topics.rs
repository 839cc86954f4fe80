//! Lists the topics of a cluster, with who leads their partitions, over one connection to any of its brokers.
//!
//! `cargo run --example conn_list_topics -- BOOTSTRAP`
#![expect(clippy::print_stdout, reason = "a program for a terminal")]

use ottla::Conn;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let bootstrap = std::env::args().nth(1).unwrap_or_else(|| "127.0.0.1:9092".to_owned());
    let conn = Conn::dial(&bootstrap).await?;
    for topic in conn.topics().await? {
        for partition in topic.partitions {
            match partition.leader {
                Some(leader) => println!("{}/{}: broker {leader}", topic.name, partition.id),
                None => println!("{}/{}: nobody leads it", topic.name, partition.id),
            }
        }
    }
    conn.close().await;
    Ok(())
}
