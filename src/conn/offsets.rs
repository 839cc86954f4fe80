use super::Conn;
use crate::{
    cluster::{OffsetFound, OffsetQuery, offsets_from},
    error::{Error, ErrorKind},
    protocol::{Request, list_offsets},
};

impl Conn {
    /// The partition's first offset: that of the oldest record still there.
    ///
    /// # Errors
    /// The connection is bound to no partition, or broken; the broker does not lead the partition, or
    /// does not answer by the deadline.
    ///
    /// # Cancel safety
    /// Safe.
    pub async fn read_first_offset(&self) -> Result<i64, Error> {
        self.edge(list_offsets::EARLIEST).await
    }

    /// The partition's last offset: the one after its newest record, where the next will be written.
    ///
    /// # Errors
    /// As [`Conn::read_first_offset`].
    ///
    /// # Cancel safety
    /// Safe.
    pub async fn read_last_offset(&self) -> Result<i64, Error> {
        self.edge(list_offsets::LATEST).await
    }

    /// The partition's first and last offsets. They are the same when it is empty.
    ///
    /// # Errors
    /// As [`Conn::read_first_offset`].
    ///
    /// # Cancel safety
    /// Safe.
    pub async fn read_offsets(&self) -> Result<(i64, i64), Error> {
        futures::try_join!(self.read_first_offset(), self.read_last_offset())
    }

    /// The offset of the first record whose timestamp is `timestamp` (milliseconds since 1970) or
    /// later, or `None` when no record is that young.
    ///
    /// # Errors
    /// As [`Conn::read_first_offset`].
    ///
    /// # Cancel safety
    /// Safe.
    pub async fn read_offset(&self, timestamp: i64) -> Result<Option<i64>, Error> {
        Ok(self.look_up(timestamp.max(0)).await?.offset)
    }

    async fn edge(&self, timestamp: i64) -> Result<i64, Error> {
        let found = self.look_up(timestamp).await?;
        found.offset.ok_or_else(|| self.malformed("the broker names no offset at the partition's end"))
    }

    async fn look_up(&self, timestamp: i64) -> Result<OffsetFound, Error> {
        let bound = self.bound()?;
        let query = OffsetQuery { topic: bound.topic.clone(), partition: bound.partition, timestamp };
        let asked = offsets_from(&self.connection, std::slice::from_ref(&query), false, self.patience());
        let answers = self.in_time(self.read_deadline, list_offsets::Request::NAME, asked).await?;
        let answer = answers.into_iter().next();
        let missing = || Err(self.malformed("the broker left out the partition it was asked for"));
        answer.unwrap_or_else(missing).map_err(|error| error.at_broker(self.connection.address()))
    }

    pub(super) fn malformed(&self, what: &'static str) -> Error {
        let error = Error::new(ErrorKind::Malformed, what).at_broker(self.connection.address());
        self.bound.iter().fold(error, |error, bound| bound.about(error))
    }
}
