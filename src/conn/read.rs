use super::{Batch, BatchOptions, Bound, Conn, fetch::Fetched, seek::Position};
use crate::{error::Error, message::Message};

/// What single reads fetch at a time, if no limit is given.
const READ_AHEAD: usize = 1 << 20;

impl Conn {
    /// Fetches records from where the connection stands: at least `min_bytes` of them, which are
    /// waited for up to 10 seconds or up to the read deadline if that is sooner, and about
    /// `max_bytes` at most. The batch may be empty.
    ///
    /// # Errors
    /// [`ErrorKind::Timeout`](crate::ErrorKind::Timeout) when nothing came before the deadline,
    /// [`ErrorCode::OFFSET_OUT_OF_RANGE`](crate::ErrorCode::OFFSET_OUT_OF_RANGE) when the partition
    /// does not have the offset (any more). The bounds contradict each other; the connection is bound
    /// to no partition, or broken; the broker does not lead the partition.
    ///
    /// # Cancel safety
    /// Safe: a dropped call has not moved the connection. The broker still sees the fetch through
    /// before it answers anything else.
    pub async fn read_batch(&mut self, min_bytes: usize, max_bytes: usize) -> Result<Batch<'_>, Error> {
        self.read_batch_with(&BatchOptions::new(min_bytes, max_bytes)).await
    }

    /// [`Conn::read_batch`] with more to choose.
    ///
    /// # Errors
    /// As [`Conn::read_batch`].
    ///
    /// # Cancel safety
    /// As [`Conn::read_batch`].
    pub async fn read_batch_with(&mut self, options: &BatchOptions) -> Result<Batch<'_>, Error> {
        let fetched = self.fetch(options).await?;
        self.fetched = None;
        Ok(Batch::new(self, fetched))
    }

    /// The next message. Waits for it, up to the read deadline if there is one. Up to about
    /// `max_bytes` are fetched ahead, so that not every call has to ask the broker; the message is
    /// given out however large it is.
    ///
    /// # Errors
    /// As [`Conn::read_batch`] and [`Batch::read_message`].
    ///
    /// # Cancel safety
    /// Safe: no message is lost.
    pub async fn read_message(&mut self, max_bytes: usize) -> Result<Message, Error> {
        self.take(max_bytes, |fetched, bound| fetched.message(bound)).await
    }

    /// The next message's value, read into `buffer`: its length. Waits for it, up to the read
    /// deadline if there is one. A null value reads as an empty one.
    ///
    /// # Errors
    /// [`ErrorKind::TooLarge`](crate::ErrorKind::TooLarge) when the value is longer than the buffer,
    /// which then has its beginning; the next read is of the same message. Or as
    /// [`Conn::read_message`].
    ///
    /// # Cancel safety
    /// Safe: no message is lost.
    pub async fn read(&mut self, buffer: &mut [u8]) -> Result<usize, Error> {
        self.take(READ_AHEAD, |fetched, bound| fetched.read(bound, buffer)).await
    }

    /// What `read` gets out of what was fetched, fetching as often as it takes.
    async fn take<T>(
        &mut self,
        max_bytes: usize,
        mut read: impl FnMut(&mut Fetched, &Bound) -> Result<Option<T>, Error>,
    ) -> Result<T, Error> {
        let bound = self.bound()?.clone();
        let options = BatchOptions::new(1, max_bytes);
        options.bounds(self.dialer.max_response_bytes)?;
        loop {
            if let Some(fetched) = &mut self.fetched {
                let taken = read(fetched, &bound);
                self.position = Position::At(fetched.next_offset);
                if let Some(taken) = taken? {
                    return Ok(taken);
                }
            }
            self.fetched = Some(self.fetch(&options).await?);
        }
    }
}
