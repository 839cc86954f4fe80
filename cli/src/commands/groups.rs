use anyhow::Result;
use serde::Serialize;

use crate::{connection::Connection, output::Output};

/// List the consumer groups: NAME, a tab and the state a line
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Example:
  ottla groups --json

With --json a group is a line of {\"group\",\"state\",\"protocol\",\"type\",\"coordinator\"}. What the broker is too old to
say is null, and without --json -.")]
pub(crate) struct Groups {
    #[command(flatten)]
    connection: Connection,
    /// As JSON
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct GroupJson<'a> {
    group: &'a str,
    state: Option<&'a str>,
    protocol: Option<&'a str>,
    r#type: &'a str,
    coordinator: i32,
}

impl Groups {
    pub(crate) async fn run(self, before: Connection) -> Result<()> {
        let client = before.and(self.connection).client()?;
        let mut output = Output::new();
        for group in client.groups().await? {
            let state = said(&group.state);
            if self.json {
                output.json(&GroupJson {
                    group: &group.group,
                    state,
                    protocol: said(&group.kind),
                    r#type: &group.protocol_type,
                    coordinator: group.coordinator,
                })?;
            } else {
                output.line(format!("{}\t{}", group.group, state.unwrap_or("-")).as_bytes())?;
            }
        }
        output.flush()?;
        client.close().await;
        Ok(())
    }
}

fn said(text: &str) -> Option<&str> {
    Some(text).filter(|text| !text.is_empty())
}
