mod from;
mod until_end;

use std::time::Duration;

use anyhow::{Result, anyhow};
use ottla::{Client, ErrorKind, Reader, Records};
use tokio::time::{Instant, sleep, sleep_until};

use self::{from::From, until_end::Ends};
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

/// How often to see whether the end is reached where no record says so: the last offsets of a partition may be
/// taken by what is no record, such as the marker of a transaction.
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// Print records as they come: values, a line each
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Example:
  ottla consume orders --from 2026-01-31T12:00:00Z --until-end --json

Without --count, --until-end and --timeout it goes on until Ctrl-C.

With --json a record is a line of
  {\"topic\",\"partition\",\"offset\",\"timestamp\",\"key\",\"value\",\"headers\":[[\"k\",\"v\"]]}
The timestamp is in milliseconds since 1970. Bytes that are not UTF-8 come as key_base64 and value_base64 instead of
key and value, and in a header as {\"base64\":\"…\"} in place of the string. Null stays null. Without --json a null
value is an empty line.

The exit code is 1 when --count was not reached, be it that --until-end, --timeout or Ctrl-C came first, or when
--timeout or Ctrl-C came before --until-end was reached.")]
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
    /// Stop at what is the end of the topic now
    #[arg(long)]
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
            ends: None,
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
        if self.until_end {
            printer.ends = Some(Ends::look_up(client, &self.topic, self.partition, self.from.start()).await?);
        }
        let builder = Reader::builder(client).topic(self.topic.as_str()).start(self.from.start());
        let builder = match self.partition {
            Some(partition) => builder.partition(partition),
            None => builder,
        };
        let reader = builder.build().map_err(|error| match error.kind() {
            ErrorKind::Misuse => Misuse::from_error(&error),
            _ => error.into(),
        })?;
        let stop = self.read(&reader, printer).await;
        reader.close().await;
        stop
    }

    async fn read(&self, reader: &Reader, printer: &mut Printer) -> Result<Stop> {
        let mut last = Instant::now();
        loop {
            if printer.left == 0 {
                return Ok(Stop::Count);
            }
            if printer.ends.as_mut().is_some_and(|ends| ends.are_reached(reader)) {
                return Ok(Stop::End);
            }
            tokio::select! {
                biased;
                records = reader.poll(AT_A_TIME) => {
                    printer.print(&records?)?;
                    last = Instant::now();
                }
                () = after(last, self.timeout) => return Ok(Stop::Timeout),
                () = sleep(LOOK_EVERY), if printer.ends.is_some() => {}
            }
        }
    }

    /// Whether that is what was asked for.
    fn judge(&self, stop: Stop, printed: u64) -> Result<()> {
        let why = match stop {
            Stop::Count => return Ok(()),
            Stop::End => "up to the end of the topic".to_owned(),
            Stop::Timeout => format!("before none came for {:?}", self.timeout.unwrap_or_default()),
            Stop::Interrupted => "before it was interrupted".to_owned(),
        };
        match self.count {
            Some(count) => Err(anyhow!("{printed} of {count} records were read {why}")),
            None if self.until_end && stop != Stop::End => {
                Err(anyhow!("{printed} records were read {why}, and the end of the topic was not reached"))
            }
            None => Ok(()),
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
    ends: Option<Ends>,
}

impl Printer {
    fn print(&mut self, records: &Records) -> Result<()> {
        let (topic, partition) = (records.topic(), records.partition());
        for record in records.iter() {
            let beyond = self.ends.as_ref().is_some_and(|ends| ends.is_beyond(partition, record.offset));
            if beyond || self.left == 0 {
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
