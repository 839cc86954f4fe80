//! Other clients of Kafka, run as programs: what one writes another has to read.

mod console;
mod go;
mod kcat;

use std::io;

use crate::Jars;

/// Another client.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Peer {
    /// franz-go, through the program in `tests/peers-go`. Needs Go.
    FranzGo,
    /// kafka-go, through the same program.
    KafkaGo,
    /// kcat, which is librdkafka. It writes values of any bytes, but no keys and no headers, and reads keys and
    /// values.
    Kcat,
    /// Kafka's own console producer and consumer, from these jars. The producer takes lines of text; headers go
    /// with 2.7 and later.
    Console(Jars),
}

/// A record as another client takes and gives it. What is written has no offset yet.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
#[expect(clippy::exhaustive_structs, reason = "tests write it out")]
pub struct PeerRecord {
    /// The partition.
    pub partition: i32,
    /// The offset in the partition.
    pub offset: i64,
    /// In milliseconds since 1970; when writing, 0 is now.
    pub timestamp: i64,
    /// The key.
    pub key: Option<Vec<u8>>,
    /// The value.
    pub value: Option<Vec<u8>>,
    /// The headers, in order.
    pub headers: Vec<(String, Option<Vec<u8>>)>,
}

impl Peer {
    /// Writes `records` to one partition of `topic`, compressed by `codec`: `none`, `gzip`, `snappy`, `lz4` or
    /// `zstd`. Kafka's console producer chooses the partition itself.
    ///
    /// # Errors
    /// When the client cannot be run or fails; with what it said.
    pub fn produce(
        &self,
        bootstrap: &str,
        topic: &str,
        partition: i32,
        codec: &str,
        records: &[PeerRecord],
    ) -> io::Result<()> {
        match self {
            Self::FranzGo => go::produce("franz-go", bootstrap, topic, partition, codec, records),
            Self::KafkaGo => go::produce("kafka-go", bootstrap, topic, partition, codec, records),
            Self::Kcat => kcat::produce(bootstrap, topic, partition, codec, records),
            Self::Console(jars) => console::produce(jars, bootstrap, topic, codec, records),
        }
    }

    /// Reads `count` records of `topic` from its start, in the order of partition and offset.
    ///
    /// # Errors
    /// When the client cannot be run, fails, or does not find that many.
    pub fn consume(&self, bootstrap: &str, topic: &str, count: usize) -> io::Result<Vec<PeerRecord>> {
        let mut records = match self {
            Self::FranzGo => go::consume("franz-go", bootstrap, topic, count),
            Self::KafkaGo => go::consume("kafka-go", bootstrap, topic, count),
            Self::Kcat => kcat::consume(bootstrap, topic, count),
            Self::Console(jars) => console::consume(jars, bootstrap, topic, None, count),
        }?;
        self.check(&mut records, count)?;
        Ok(records)
    }

    /// [`Peer::consume`] of one partition, and without a group, which Kafka's console consumer has otherwise. The
    /// Go clients and kcat read every partition without, so they want a topic of one.
    ///
    /// # Errors
    /// As [`Peer::consume`].
    pub fn consume_partition(
        &self,
        bootstrap: &str,
        topic: &str,
        partition: i32,
        count: usize,
    ) -> io::Result<Vec<PeerRecord>> {
        let Self::Console(jars) = self else { return self.consume(bootstrap, topic, count) };
        let mut records = console::consume(jars, bootstrap, topic, Some(partition), count)?;
        self.check(&mut records, count)?;
        Ok(records)
    }

    fn check(&self, records: &mut [PeerRecord], count: usize) -> io::Result<()> {
        if records.len() != count {
            return Err(io::Error::other(format!("{self:?} read {} records of {count}", records.len())));
        }
        records.sort_by_key(|record| (record.partition, record.offset));
        Ok(())
    }
}

fn nonsense(what: impl std::fmt::Display) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what.to_string())
}
