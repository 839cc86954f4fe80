mod progress;
mod reset;
mod show;
mod target;

use anyhow::Result;

use self::{reset::Reset, target::Target};
use crate::{connection::Connection, output::Output};

/// Show a consumer group, set how far it has come, or delete it
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Example:
  ottla group billing --json
  ottla group billing --reset -1h --topic orders --dry-run

Shown are NAME, STATE and PROTOCOL on the first line; then a line of TOPIC, PARTITION, COMMITTED, END, LAG and MEMBER
for each partition that has an offset or a member, and one for each member without any. Tabs stand between, and - for
what is not known. With --json all that is one line of
  {\"group\",\"state\",\"protocol\",\"assignor\",\"coordinator\",\"members\":[{\"id\",\"instance\",\"client\",\"host\"}],
   \"partitions\":[{\"topic\",\"partition\",\"committed\",\"end\",\"lag\",\"member\"}]}

--reset needs a group without members; one that does not exist is made, if --topic says of what. It prints TOPIC,
PARTITION, the offset before and the offset from then on, with --json as {\"topic\",\"partition\",\"from\",\"to\"}.")]
pub(crate) struct Group {
    /// Its name
    group: String,
    /// Set it to: first, last, an offset, a time as in RFC 3339, or so long ago, such as -1h30m
    #[arg(long, value_name = "TO", allow_hyphen_values = true)]
    reset: Option<Target>,
    /// What to reset, TOPIC or TOPIC:PARTITION; may be repeated [default: all that it has an offset of]
    #[arg(long, value_name = "TOPIC", requires = "reset", value_parser = reset::chosen)]
    topic: Vec<reset::Chosen>,
    /// Print what --reset would do, and do nothing
    #[arg(long, requires = "reset")]
    dry_run: bool,
    /// Delete it, with all its offsets
    #[arg(long, conflicts_with = "reset")]
    delete: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    connection: Connection,
}

impl Group {
    pub(crate) async fn run(self, before: Connection) -> Result<()> {
        let client = before.and(self.connection).client()?;
        let mut output = Output::new();
        match self.reset {
            _ if self.delete => client.delete_group(&self.group).await?,
            Some(to) => {
                let reset = Reset { client: &client, group: &self.group, chosen: &self.topic, to };
                reset.run(self.dry_run, self.json, &mut output).await?;
            }
            None => show::run(&client, &self.group, self.json, &mut output).await?,
        }
        output.flush()?;
        client.close().await;
        Ok(())
    }
}
