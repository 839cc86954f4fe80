use std::time::Duration;

use super::{Conn, fetch::Fetched, seek::Position};
use crate::{error::Error, message::Message};

/// Records that one fetch brought, read one after the other. Every read moves the [`Conn`] it came
/// from, so that it goes on behind the last record read even when the batch is dropped half-way.
///
/// `for message in batch` goes through its messages as well.
#[derive(Debug)]
#[must_use]
pub struct Batch<'a> {
    conn: &'a mut Conn,
    fetched: Fetched,
}

impl<'a> Batch<'a> {
    pub(super) fn new(conn: &'a mut Conn, fetched: Fetched) -> Self {
        Self { conn, fetched }
    }

    /// The next message, or `None` at the end of the batch. Markers of transactions are not shown.
    ///
    /// # Errors
    /// What comes next is damaged, or uses a codec that was not built in. It comes again with every
    /// call; [`Conn::seek`] gets past it.
    pub fn read_message(&mut self) -> Result<Option<Message>, Error> {
        let bound = self.conn.bound()?.clone();
        let message = self.fetched.message(&bound);
        self.move_conn();
        message
    }

    /// The next message's value, read into `buffer`: its length, or `None` at the end of the batch.
    /// A null value reads as an empty one.
    ///
    /// # Errors
    /// [`ErrorKind::TooLarge`](crate::ErrorKind::TooLarge) when the value is longer than the buffer,
    /// which then has its beginning; the next read is of the same message. Or as
    /// [`Batch::read_message`].
    pub fn read(&mut self, buffer: &mut [u8]) -> Result<Option<usize>, Error> {
        let bound = self.conn.bound()?.clone();
        let length = self.fetched.read(&bound, buffer);
        self.move_conn();
        length
    }

    fn move_conn(&mut self) {
        self.conn.position = Position::At(self.fetched.next_offset);
    }

    /// The partition that it came from.
    pub fn partition(&self) -> i32 {
        self.conn.partition().unwrap_or(-1)
    }

    /// The offset to go on from: behind what was read so far. Where records were compacted away at
    /// the end of a batch it comes to lie behind them too.
    pub fn offset(&self) -> i64 {
        self.fetched.next_offset
    }

    /// The partition's high-water mark at the time: the offset after the last record that all
    /// replicas in sync have.
    pub fn high_water_mark(&self) -> i64 {
        self.fetched.high_water_mark
    }

    /// The offset before which every transaction was settled at the time, or `None` from a broker
    /// before 0.11.
    pub fn last_stable_offset(&self) -> Option<i64> {
        self.fetched.last_stable_offset
    }

    /// The partition's first offset at the time, or `None` from a broker before 1.0.
    pub fn first_offset(&self) -> Option<i64> {
        self.fetched.first_offset
    }

    /// How long the broker held the answer back for a quota.
    pub fn throttle(&self) -> Duration {
        self.fetched.throttle
    }
}

impl<'a> IntoIterator for Batch<'a> {
    type Item = Result<Message, Error>;
    type IntoIter = BatchIter<'a>;

    fn into_iter(self) -> BatchIter<'a> {
        BatchIter { batch: self, failed: false }
    }
}

/// The messages of a [`Batch`], as [`Batch::read_message`] gives them, up to the first error.
#[derive(Debug)]
pub struct BatchIter<'a> {
    batch: Batch<'a>,
    failed: bool,
}

impl Iterator for BatchIter<'_> {
    type Item = Result<Message, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.failed {
            return None;
        }
        let message = self.batch.read_message().transpose();
        self.failed = matches!(message, Some(Err(_)));
        message
    }
}
