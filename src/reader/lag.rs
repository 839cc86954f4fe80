//! How far a Reader is behind the ends of its partitions.

use super::{
    Decoding, Reader, Records,
    cursor::{Cursor, Position},
};
use crate::{cluster::OffsetQuery, error::Error, protocol::list_offsets};

/// From where to count in a partition.
enum From {
    Offset(i64),
    /// From what ListOffsets answers to this; from the end if that is nothing.
    Asked(i64),
}

impl Reader {
    /// How many records of a partition are still to be handed out, by what was last heard of its end:
    /// `None` while that, or the place of the Reader, is not known. Costs no request. With
    /// [`read_committed`](super::ReaderBuilder::read_committed) the end is before the first open
    /// transaction.
    ///
    /// # Errors
    /// The partition is not among those read, or not known yet.
    pub fn lag(&self, topic: &str, partition: i32) -> Result<Option<i64>, Error> {
        let decoding = self.shared.decoding.lock();
        let cursors = self.shared.cursors.lock();
        Ok(decoding.lag_of(cursors.find(topic, partition)?))
    }

    /// How many records of all partitions together are still to be handed out. Asks each broker for
    /// the ends of its partitions, and for the places where reading has yet to begin; waits for topics
    /// as reading does.
    ///
    /// # Errors
    /// A topic or partition does not exist, its leader cannot be reached or does not answer, or the
    /// Reader is closed.
    ///
    /// # Cancel safety
    /// Safe.
    pub async fn read_lag(&self) -> Result<i64, Error> {
        self.until_found().await?;
        let (ends, froms): (Vec<_>, Vec<_>) = self.places().into_iter().unzip();
        let asked = ends.iter().zip(&froms).filter_map(|(query, from)| match from {
            From::Asked(timestamp) => Some(OffsetQuery { timestamp: *timestamp, ..query.clone() }),
            From::Offset(_) => None,
        });
        let mut starts = self.offsets(asked.collect()).await?.into_iter();
        let ends = self.offsets(ends).await?;
        let lags = ends.into_iter().zip(froms).map(|(end, from)| {
            let end = end.unwrap_or(0);
            let from = match from {
                From::Offset(offset) => offset,
                From::Asked(_) => starts.next().flatten().unwrap_or(end),
            };
            (end - from).max(0)
        });
        Ok(lags.sum())
    }

    /// Waits until all topics are found.
    async fn until_found(&self) -> Result<(), Error> {
        loop {
            let arrived = self.shared.arrived.listen();
            if self.shared.is_closed() {
                return Err(Error::closed("reader"));
            }
            if self.shared.cursors.lock().are_found()? {
                return Ok(());
            }
            arrived.await;
        }
    }

    fn places(&self) -> Vec<(OffsetQuery, From)> {
        let decoding = self.shared.decoding.lock();
        let cursors = self.shared.cursors.lock();
        let place = |cursor: &Cursor| {
            let (topic, partition) = (cursor.topic.clone(), cursor.partition);
            let from = match (decoding.next_of(cursor), cursor.fetch_at) {
                (Some(next), _) | (None, Position::At(next)) => From::Offset(next),
                (None, Position::Unresolved(start)) => {
                    From::Asked(start.timestamp().unwrap_or(list_offsets::LATEST))
                }
            };
            (OffsetQuery { topic, partition, timestamp: list_offsets::LATEST }, from)
        };
        cursors.cursors.iter().map(place).collect()
    }

    async fn offsets(&self, queries: Vec<OffsetQuery>) -> Result<Vec<Option<i64>>, Error> {
        let committed = self.shared.options.read_committed;
        let answers = self.shared.cluster.offsets(&queries, committed).await;
        answers.into_iter().map(|answer| answer.map(|found| found.offset)).collect()
    }
}

impl Decoding {
    /// The offset of the next record that will be handed out of a partition, once it is known.
    pub(super) fn next_of(&self, cursor: &Cursor) -> Option<i64> {
        let ahead = self.ahead.as_ref();
        let ahead = ahead.filter(|ahead| ahead.partition == cursor.partition && ahead.topic == cursor.topic);
        ahead.and_then(Records::first_offset).or(cursor.read_at)
    }

    pub(super) fn lag_of(&self, cursor: &Cursor) -> Option<i64> {
        cursor.end.zip(self.next_of(cursor)).map(|(end, next)| (end - next).max(0))
    }
}
