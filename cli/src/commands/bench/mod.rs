mod consume;
mod corpus;
mod latency;
mod meter;
mod produce;
mod topic;

use std::time::Duration;

use anyhow::Result;
use clap::ValueEnum;
use ottla::Compression;

use crate::{connection::Connection, output::Output};

/// How long closing may take once the measurement is over.
const CLOSING: Duration = Duration::from_secs(10);

/// Measure writing, reading, or the latency of single writes
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Example:
  ottla bench produce load -n 1000000 -s 100 -c lz4 -p 4 && ottla bench consume load -n 1000000

Prints one line of JSON: client, op, codec, size, msgs, wall_s, cpu_s, msgs_s, mb_s, cpu_us_msg, rss_mb, for latency
also p50_us and p99_us. cpu_s is the user and system time of this process, cpu_us_msg the same for one record, mb_s
counts the values alone. Reading begins at the first record.")]
pub(crate) struct Bench {
    /// What to measure
    op: Operation,
    /// The topic
    topic: String,
    /// How many records
    #[arg(short = 'n', long, value_name = "N", default_value_t = 1_000_000, value_parser = clap::value_parser!(u64).range(1..))]
    records: u64,
    /// The size of a value
    #[arg(short, long, value_name = "BYTES", default_value_t = 100, value_parser = clap::value_parser!(u32).range(2..=100 << 20))]
    size: u32,
    /// How batches are compressed: none, gzip, snappy, lz4 or zstd
    #[arg(short, long, value_name = "CODEC", default_value_t)]
    codec: Compression,
    /// How many partitions the topic has; if it is missing, it is created with so many, or with 4
    #[arg(short, long, value_name = "PARTITIONS", value_parser = clap::value_parser!(i32).range(1..))]
    partitions: Option<i32>,
    #[command(flatten)]
    connection: Connection,
}

/// What can be measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Operation {
    /// Writing as fast as it goes
    Produce,
    /// Reading as fast as it goes
    Consume,
    /// Writing one record after the other, each when the one before it is acknowledged
    Latency,
}

impl Bench {
    pub(crate) async fn run(mut self, before: Connection) -> Result<()> {
        self.connection = before.and(std::mem::take(&mut self.connection));
        self.prepare().await?;
        let result = match self.op {
            Operation::Produce => produce::run(&self).await?,
            Operation::Consume => consume::run(&self).await?,
            Operation::Latency => latency::run(&self).await?,
        };
        let mut output = Output::new();
        output.json(&result)?;
        output.flush()
    }
}
