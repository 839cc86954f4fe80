use anyhow::Result;
use ottla::NewTopic;

use crate::{connection::Connection, setting};

/// Create a topic
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Example:
  ottla create orders --partitions 6 --replicas 3 --set retention.ms=86400000")]
pub(crate) struct Create {
    /// Its name
    topic: String,
    /// How many partitions
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(i32).range(1..))]
    partitions: i32,
    /// How many copies of each; no more than there are brokers
    #[arg(long, value_name = "R", default_value_t = 1, value_parser = clap::value_parser!(i16).range(1..))]
    replicas: i16,
    /// A setting of the topic, such as retention.ms=86400000; may be repeated
    #[arg(long = "set", value_name = "KEY=VALUE", value_parser = setting::read)]
    settings: Vec<(String, String)>,
    #[command(flatten)]
    connection: Connection,
}

impl Create {
    pub(crate) async fn run(self, before: Connection) -> Result<()> {
        let client = before.and(self.connection).client()?;
        let topic = NewTopic::new(self.topic, self.partitions).replicas(self.replicas);
        let topic = self.settings.into_iter().fold(topic, |topic, (key, value)| topic.set(key, value));
        client.create_topics(&[topic]).await?;
        client.close().await;
        Ok(())
    }
}
