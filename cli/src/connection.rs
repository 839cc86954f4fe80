use std::time::Duration;

use anyhow::Result;
use ottla::{Client, ErrorKind};

use crate::{duration, ending::Misuse};

const DEFAULT: &str = "127.0.0.1:9092";

/// How a cluster is reached: the options that every command which talks to one has.
#[derive(Clone, Debug, Default, clap::Args)]
#[command(next_help_heading = "Connection")]
pub(crate) struct Connection {
    /// Some brokers of the cluster, HOST:PORT, or a bridge, ws://HOST:PORT/v1/CLUSTER [default: 127.0.0.1:9092]
    #[arg(short, long, value_name = "ADDRESS", value_delimiter = ',')]
    bootstrap: Vec<String>,
    /// What brokers call this client in their logs and quotas [default: ottla]
    #[arg(long, value_name = "ID")]
    client_id: Option<String>,
    /// How long reaching a broker may take [default: 10s]
    #[arg(long, value_name = "DURATION", value_parser = duration::read)]
    connect_timeout: Option<Duration>,
}

impl Connection {
    /// These options and those that came after the command: addresses add up, of the rest the later one holds.
    pub(crate) fn and(mut self, later: Self) -> Self {
        self.bootstrap.extend(later.bootstrap);
        Self {
            bootstrap: self.bootstrap,
            client_id: later.client_id.or(self.client_id),
            connect_timeout: later.connect_timeout.or(self.connect_timeout),
        }
    }

    /// For commands that connect to no cluster of the user's choice.
    pub(crate) fn must_be_absent(&self, command: &str) -> Result<()> {
        if self.bootstrap.is_empty() && self.client_id.is_none() && self.connect_timeout.is_none() {
            return Ok(());
        }
        Err(Misuse::new(format!("`ottla {command}` takes no connection options")))
    }

    /// The client. It dials nobody yet.
    pub(crate) fn client(&self) -> Result<Client> {
        let mut builder = Client::builder();
        if let Some(id) = &self.client_id {
            builder = builder.client_id(id.as_str());
        }
        if let Some(limit) = self.connect_timeout {
            builder = builder.connect_timeout(limit);
        }
        builder = match self.bootstrap.as_slice() {
            [] => builder.bootstrap(DEFAULT),
            addresses => addresses.iter().fold(builder, |builder, address| builder.bootstrap(address)),
        };
        builder.build().map_err(|error| match error.kind() {
            ErrorKind::Misuse => Misuse::from_error(&error),
            _ => error.into(),
        })
    }
}
