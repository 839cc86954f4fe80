use anyhow::Result;

use crate::connection::Connection;

/// Delete a topic, with everything in it
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Example:
  ottla delete orders")]
pub(crate) struct Delete {
    /// Its name
    topic: String,
    #[command(flatten)]
    connection: Connection,
}

impl Delete {
    pub(crate) async fn run(self, before: Connection) -> Result<()> {
        let client = before.and(self.connection).client()?;
        client.delete_topics(&[self.topic]).await?;
        client.close().await;
        Ok(())
    }
}
