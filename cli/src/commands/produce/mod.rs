mod balancing;
mod losses;

use std::time::Duration;

use anyhow::{Context, Result, anyhow};
use ottla::{Acks, Compression, Error, ErrorKind, Header, Record, Writer, WriterBuilder};

use self::{balancing::Balancing, losses::Losses};
use crate::{
    connection::Connection,
    ending::{Misuse, note},
    input::{self, Lines},
    interrupt::interrupted,
    progress::Progress,
    setting,
};

/// How long closing may take once every record is accounted for.
const CLOSING: Duration = Duration::from_secs(10);

/// Write records: a line of stdin each
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Example:
  printf 'alice:hello\\nbob:hi\\n' | ottla produce greetings --key-separator : --compression lz4

A line without the separator has no key. The number of records written is told on stderr at the end; when some were
lost, how many and why, and the exit code is 1.")]
pub(crate) struct Produce {
    /// The topic
    topic: String,
    /// What stands between key and value, at its first place in a line [default: lines have no key]
    #[arg(long, value_name = "S")]
    key_separator: Option<String>,
    /// A header of every record; may be repeated
    #[arg(long = "header", value_name = "KEY=VALUE", value_parser = setting::read)]
    headers: Vec<(String, String)>,
    /// Write to this partition
    #[arg(long, value_name = "N", conflicts_with = "balancer", value_parser = clap::value_parser!(i32).range(0..))]
    partition: Option<i32>,
    /// Who chooses the partition of a record [default: sticky]
    #[arg(long, value_name = "NAME", long_help = balancing::help())]
    balancer: Option<Balancing>,
    /// How batches are compressed: none, gzip, snappy, lz4 or zstd
    #[arg(long, value_name = "CODEC", default_value_t)]
    compression: Compression,
    /// How hard the codec works: gzip 0 to 9 [default: the codec's own]
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    compression_level: Option<i32>,
    /// Which copies must exist before a record counts as written: all, one or none
    #[arg(long, value_name = "ACKS", default_value_t)]
    acks: Acks,
    #[command(flatten)]
    connection: Connection,
}

impl Produce {
    pub(crate) async fn run(self, before: Connection) -> Result<()> {
        if self.key_separator.as_deref() == Some("") {
            return Err(Misuse::new("the key separator must not be empty"));
        }
        let client = before.and(self.connection.clone()).client()?;
        let writer = self.set_up(Writer::builder(&client)).build().map_err(|error| match error.kind() {
            ErrorKind::Misuse | ErrorKind::Unsupported => Misuse::from_error(&error),
            _ => error.into(),
        })?;
        let headers: Vec<_> =
            self.headers.iter().map(|(key, value)| Header::new(key.as_str(), value.clone())).collect();
        let shape =
            Shape { separator: self.key_separator.as_deref(), headers: &headers, partition: self.partition };
        let mut losses = Losses::default();
        let stopped = tokio::select! {
            fed = feed(&writer, &shape, &mut losses) => fed,
            () = interrupted() => Err(anyhow!("interrupted: what was left of the input was not read")),
        };
        tokio::select! {
            () = losses.settle(&writer) => {}
            () = interrupted() => return Err(anyhow!("interrupted twice: records may have been lost")),
        }
        // Every record is accounted for.
        let _ = writer.close(CLOSING).await;
        client.close().await;
        note(&format!("{} records written\n", losses.written()));
        stopped.and(losses.outcome())
    }

    fn set_up(&self, builder: WriterBuilder) -> WriterBuilder {
        let builder = builder.topic(self.topic.as_str()).acks(self.acks).compression(self.compression);
        let builder = match self.compression_level {
            Some(level) => builder.compression_level(level),
            None => builder,
        };
        match self.balancer {
            Some(balancer) => balancer.set_up(builder),
            None => builder,
        }
    }
}

/// How a line becomes a record.
struct Shape<'a> {
    separator: Option<&'a str>,
    headers: &'a [Header],
    partition: Option<i32>,
}

impl Shape<'_> {
    fn record<'a>(&'a self, line: &'a [u8]) -> Record<'a> {
        let (key, value) = match self.separator.and_then(|separator| split(line, separator.as_bytes())) {
            Some((key, value)) => (Some(key), value),
            None => (None, line),
        };
        Record { key, partition: self.partition, ..Record::new(value).headers(self.headers) }
    }
}

fn split<'a>(line: &'a [u8], separator: &[u8]) -> Option<(&'a [u8], &'a [u8])> {
    let at = line.windows(separator.len()).position(|window| window == separator)?;
    Some((&line[..at], &line[at + separator.len()..]))
}

/// Sends every line. Memory is bounded: the writer makes it wait while its buffer is full.
async fn feed(writer: &Writer, shape: &Shape<'_>, losses: &mut Losses) -> Result<()> {
    let progress = Progress::new(input::size_of_stdin());
    let mut lines = Lines::of_stdin();
    while let Some(piece) = lines.next().await {
        let piece = piece.context("reading stdin failed")?;
        for line in piece.split_inclusive(|byte| *byte == b'\n') {
            let line = line.strip_suffix(b"\n").unwrap_or(line);
            match writer.send(shape.record(line)).await {
                Ok(delivery) => losses.watch(delivery).await,
                Err(error) if concerns_one_record(&error) => losses.lost(error),
                Err(error) => return Err(error.into()),
            }
        }
        progress.advance(piece.len(), losses.sent());
    }
    Ok(())
}

/// Whether the next record may fare better.
fn concerns_one_record(error: &Error) -> bool {
    error.kind() == ErrorKind::TooLarge
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn splits_at_the_first_separator() {
        let shape = Shape { separator: Some("::"), headers: &[], partition: Some(2) };
        let record = shape.record(b"a:::b::c");
        assert_eq!(
            (record.key, record.value, record.partition),
            (Some(&b"a"[..]), Some(&b":b::c"[..]), Some(2))
        );
        assert_eq!(shape.record(b"abc").key, None);
        assert_eq!(shape.record(b"::").key, Some(&b""[..]));
    }
}
