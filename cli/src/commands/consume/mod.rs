mod from;
mod until;

use std::time::Duration;

use anyhow::{Result, anyhow};
use ottla::{Client, ErrorKind, Reader, Records};
use tokio::time::{Instant, sleep_until};

use self::{from::From, until::Until};
use crate::{
    connection::Connection,
    duration,
    ending::{Misuse, StdoutClosed},
    interrupt::interrupted,
    output::{Output, nobody_reads},
    record_json::RecordJson,
};

/// How many records are taken at a time.
const AT_A_TIME: usize = 1000;

/// Print records as they come: values, a line each
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Example:
  ottla consume orders --from 2026-01-31T12:00:00Z --until 2026-01-31T13:00:00Z --json

Without --count, --until and --timeout it goes on until Ctrl-C.

With --json a record is a line of
  {\"topic\",\"partition\",\"offset\",\"timestamp\",\"key\",\"value\",\"headers\":[[\"k\",\"v\"]]}
The timestamp is in milliseconds since 1970. Bytes that are not UTF-8 come as key_base64 and value_base64 instead of
key and value, and in a header as {\"base64\":\"…\"} in place of the string. Null stays null. Without --json a null
value is an empty line.

The exit code is 1 when --count was not reached, be it that --until, --timeout or Ctrl-C came first, or when
--timeout or Ctrl-C came before --until was reached.")]
pub(crate) struct Consume {
    /// The topic
    topic: String,
    /// Read this partition only [default: all]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(i32).range(0..))]
    partition: Option<i32>,
    /// Where to begin: first, last (only what is new), an offset, or a time as in RFC 3339
    #[arg(long, value_name = "START", default_value = "first")]
    from: From,
    /// Stop after so many records
    #[arg(long, value_name = "N")]
    count: Option<u64>,
    /// Stop before an offset, before the first record of a time as in RFC 3339 or later, or at what is the end now:
    /// end
    #[arg(long, value_name = "STOP")]
    until: Option<Until>,
    /// The same as --until end
    #[arg(long, conflicts_with = "until")]
    until_end: bool,
    /// Stop when no record came for so long, such as 500ms or 10s
    #[arg(long, value_name = "DURATION", value_parser = duration::read)]
    timeout: Option<Duration>,
    /// Print JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    connection: Connection,
}

/// Why reading came to an end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stop {
    Count,
    End,
    Timeout,
    Interrupted,
}

impl Consume {
    pub(crate) async fn run(self, before: Connection) -> Result<()> {
        let client = before.and(self.connection.clone()).client()?;
        let mut printer = Printer {
            output: Output::new(),
            json: self.json,
            left: self.count.unwrap_or(u64::MAX),
            printed: 0,
        };
        let stop = tokio::select! {
            stop = self.consume(&client, &mut printer) => stop?,
            () = interrupted() => Stop::Interrupted,
            () = nobody_reads() => return Err(StdoutClosed.into()),
        };
        // What was read before Ctrl-C, too.
        printer.output.flush()?;
        client.close().await;
        self.judge(stop, printer.printed)
    }

    async fn consume(&self, client: &Client, printer: &mut Printer) -> Result<Stop> {
        let mut builder = Reader::builder(client).topic(self.topic.as_str()).start(self.from.start());
        if let Some(partition) = self.partition {
            builder = builder.partition(partition);
        }
        if let Some(until) = self.until() {
            builder = builder.stop(until.stop());
        }
        let reader = builder.build().map_err(|error| match error.kind() {
            ErrorKind::Misuse => Misuse::from_error(&error),
            _ => error.into(),
        })?;
        let stop = self.read(&reader, printer).await;
        reader.close().await;
        tracing::debug!(stats = ?reader.stats(), "read");
        stop
    }

    fn until(&self) -> Option<Until> {
        self.until.or(self.until_end.then_some(Until::END))
    }

    async fn read(&self, reader: &Reader, printer: &mut Printer) -> Result<Stop> {
        let mut last = Instant::now();
        loop {
            if printer.left == 0 {
                return Ok(Stop::Count);
            }
            tokio::select! {
                biased;
                records = reader.poll(AT_A_TIME) => match records {
                    Err(error) if error.kind() == ErrorKind::End => return Ok(Stop::End),
                    records => {
                        printer.print(&records?)?;
                        last = Instant::now();
                    }
                },
                () = after(last, self.timeout) => return Ok(Stop::Timeout),
            }
        }
    }

    /// Whether that is what was asked for.
    fn judge(&self, stop: Stop, printed: u64) -> Result<()> {
        let why = match stop {
            Stop::Count => return Ok(()),
            Stop::End => self.until().unwrap_or(Until::END).describe().to_owned(),
            Stop::Timeout => format!("before none came for {:?}", self.timeout.unwrap_or_default()),
            Stop::Interrupted => "before it was interrupted".to_owned(),
        };
        match self.count {
            Some(count) => Err(anyhow!("{printed} of {count} records were read {why}")),
            None => match self.until() {
                Some(until) if stop != Stop::End => {
                    let far = until.describe();
                    Err(anyhow!("{printed} records were read {why}, which is not {far}"))
                }
                _ => Ok(()),
            },
        }
    }
}

async fn after(last: Instant, timeout: Option<Duration>) {
    match timeout.and_then(|timeout| last.checked_add(timeout)) {
        Some(deadline) => sleep_until(deadline).await,
        None => std::future::pending().await,
    }
}

/// Prints what is wanted of the records that come.
struct Printer {
    output: Output,
    json: bool,
    left: u64,
    printed: u64,
}

impl Printer {
    fn print(&mut self, records: &Records) -> Result<()> {
        let (topic, partition) = (records.topic(), records.partition());
        for record in records.iter() {
            if self.left == 0 {
                break;
            }
            if self.json {
                self.output.json(&RecordJson { topic, partition, record })?;
            } else {
                self.output.line(record.value.unwrap_or_default())?;
            }
            self.left -= 1;
            self.printed += 1;
        }
        self.output.flush()
    }
}
