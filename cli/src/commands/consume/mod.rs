mod from;
mod membership;
mod printer;
mod until;

use std::time::Duration;

use anyhow::{Context, Result, anyhow};
use ottla::{Client, Error, ErrorKind, Reader};
use tokio::time::{Instant, sleep_until};

use self::{from::From, membership::Membership, printer::Printer, until::Until};
use crate::{
    connection::Connection,
    duration,
    ending::{Misuse, StdoutClosed},
    interrupt::interrupted,
    output::nobody_reads,
};

/// How many records are taken at a time.
const AT_A_TIME: u64 = 1000;

/// How long a group may take to hear how far it has come.
const LEAVE_WITHIN: Duration = Duration::from_secs(10);

/// Print records as they come: values, a line each
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Example:
  ottla consume orders --from 2026-01-31T12:00:00Z --until 2026-01-31T13:00:00Z --json
  ottla consume orders --group billing

Without --count, --until and --timeout it goes on until Ctrl-C.

With --json a record is a line of
  {\"topic\",\"partition\",\"offset\",\"timestamp\",\"key\",\"value\",\"headers\":[[\"k\",\"v\"]]}
The timestamp is in milliseconds since 1970. Bytes that are not UTF-8 come as key_base64 and value_base64 instead of
key and value, and in a header as {\"base64\":\"…\"} in place of the string. Null stays null. Without --json a null
value is an empty line.

With --group what was printed is committed, every --commit-interval and at the end, and --from holds only where the
group has no offset yet. Records that were printed and not yet committed when it is killed are printed again next time.

The exit code is 1 when --count was not reached, be it that --until, --timeout or Ctrl-C came first, or when --timeout
or Ctrl-C came before --until was reached.")]
pub(crate) struct Consume {
    /// The topic
    topic: String,
    /// Read this partition only; may be repeated [default: all]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(i32).range(0..))]
    partition: Vec<i32>,
    /// Where to begin: first, last (only what is new), an offset, or a time as in RFC 3339
    #[arg(long, value_name = "START", default_value = "first")]
    from: From,
    /// Stop before an offset, before the first record of a time as in RFC 3339 or later, or at what is the end now:
    /// end
    #[arg(long, value_name = "STOP", conflicts_with = "until_end")]
    until: Option<Until>,
    /// The same as --until end
    #[arg(long)]
    until_end: bool,
    /// Stop after so many records
    #[arg(long, value_name = "N")]
    count: Option<u64>,
    /// Stop when no record came for so long, such as 500ms or 10s
    #[arg(long, value_name = "DURATION", value_parser = duration::read)]
    timeout: Option<Duration>,
    /// Print JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    membership: Membership,
    #[command(flatten)]
    connection: Connection,
}

/// Why reading came to an end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ended {
    Count,
    Until,
    Timeout,
    Interrupted,
}

impl Consume {
    pub(crate) async fn run(self, before: Connection) -> Result<()> {
        if let Some(what) = self.membership.contradiction() {
            return Err(Misuse::new(what));
        }
        let client = before.and(self.connection.clone()).client()?;
        let reader = self.reader(&client)?;
        let mut printer = Printer::new(self.json);
        let ended = tokio::select! {
            ended = self.read(&client, &reader, &mut printer) => ended,
            () = interrupted() => Ok(Ended::Interrupted),
            () = nobody_reads() => Err(StdoutClosed.into()),
        };
        // However it ended: a group hears of what was printed.
        let left = reader.close_within(LEAVE_WITHIN).await;
        tracing::debug!(stats = ?reader.stats(), "read");
        client.close().await;
        self.judge(ended?, printer.printed)?;
        left.context("the group was not told what was printed: it will be printed again")
    }

    fn reader(&self, client: &Client) -> Result<Reader> {
        let mut builder = Reader::builder(client).start(self.from.start());
        for partition in &self.partition {
            builder = builder.topic_partition(self.topic.as_str(), *partition);
        }
        if self.partition.is_empty() {
            builder = builder.topic(self.topic.as_str());
        }
        if let Some(until) = self.until() {
            builder = builder.stop(until.stop());
        }
        self.membership.apply(builder).build().map_err(|error| match error.kind() {
            ErrorKind::Misuse => Misuse::from_error(&error),
            _ => error.into(),
        })
    }

    fn until(&self) -> Option<Until> {
        self.until.or(self.until_end.then_some(Until::END))
    }

    async fn read(&self, client: &Client, reader: &Reader, printer: &mut Printer) -> Result<Ended> {
        if self.membership.is_wanted() {
            // A member is patient with brokers that are gone for a while: that none was ever there is told at once.
            client.brokers().await?;
        }
        let mut last = Instant::now();
        loop {
            let left = self.count.map_or(AT_A_TIME, |count| count.saturating_sub(printer.printed));
            if left == 0 {
                return Ok(Ended::Count);
            }
            tokio::select! {
                biased;
                // No more than are wanted: what is handed out is printed, and what is printed is committed.
                records = reader.poll(left.min(AT_A_TIME) as usize) => {
                    let records = match records {
                        Err(error) if error.kind() == ErrorKind::End => return Ok(Ended::Until),
                        records => records?,
                    };
                    printer.print(&records)?;
                    if self.membership.is_wanted() {
                        unless_fenced(reader.mark([&records]))?;
                    }
                    last = Instant::now();
                }
                () = after(last, self.timeout) => return Ok(Ended::Timeout),
            }
        }
    }

    /// Whether that is what was asked for.
    fn judge(&self, ended: Ended, printed: u64) -> Result<()> {
        let why = match ended {
            Ended::Count => return Ok(()),
            Ended::Until => self.until().unwrap_or(Until::END).describe().to_owned(),
            Ended::Timeout => format!("before none came for {:?}", self.timeout.unwrap_or_default()),
            Ended::Interrupted => "before it was interrupted".to_owned(),
        };
        match (self.count, self.until()) {
            (Some(count), _) => Err(anyhow!("{printed} of {count} records were read {why}")),
            (None, Some(until)) if ended != Ended::Until => {
                let far = until.describe();
                Err(anyhow!("{printed} records were read {why}, which is not {far}"))
            }
            _ => Ok(()),
        }
    }
}

/// The group has given the partition to another member while its records were printed: that one prints them again.
fn unless_fenced(marked: Result<(), Error>) -> Result<(), Error> {
    marked.or_else(|error| if error.kind() == ErrorKind::Fenced { Ok(()) } else { Err(error) })
}

async fn after(last: Instant, timeout: Option<Duration>) {
    match timeout.and_then(|timeout| last.checked_add(timeout)) {
        Some(deadline) => sleep_until(deadline).await,
        None => std::future::pending().await,
    }
}
