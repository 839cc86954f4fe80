use std::sync::Arc;

use super::Client;
use crate::{cluster::OffsetQuery, error::Error, protocol::list_offsets};

/// Which offset of a partition to look up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum OffsetAt {
    /// That of the first record that is still there.
    First,
    /// The one after the last record: where the next will be written.
    Last,
    /// That of the first record whose timestamp (milliseconds since 1970) is this or later.
    Time(i64),
    /// That of the record with the largest timestamp (KIP-734, brokers of 3.0 and later).
    LargestTimestamp,
}

impl OffsetAt {
    fn timestamp(self) -> i64 {
        match self {
            Self::First => list_offsets::EARLIEST,
            Self::Last => list_offsets::LATEST,
            Self::Time(millis) => millis.max(0),
            Self::LargestTimestamp => list_offsets::MAX_TIMESTAMP,
        }
    }
}

/// An offset that was looked up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ListedOffset {
    /// The offset, or `None` when no record is that young.
    pub offset: Option<i64>,
    /// The timestamp of the record there, where one was looked for by time.
    pub timestamp: Option<i64>,
}

impl Client {
    /// Looks up an offset of each of some partitions: an outcome for each, in their order.
    ///
    /// # Errors
    /// By partition: it does not exist, or its leader cannot be reached or does not answer.
    ///
    /// # Cancel safety
    /// Safe.
    pub async fn list_offsets(
        &self,
        partitions: &[(Arc<str>, i32)],
        at: OffsetAt,
    ) -> Vec<Result<ListedOffset, Error>> {
        let query = |(topic, partition): &(Arc<str>, i32)| OffsetQuery {
            topic: topic.clone(),
            partition: *partition,
            timestamp: at.timestamp(),
        };
        let queries: Vec<_> = partitions.iter().map(query).collect();
        let answers = self.cluster().offsets(&queries, false).await;
        let listed = answers.into_iter().map(|answer| {
            answer.map(|found| ListedOffset { offset: found.offset, timestamp: found.timestamp })
        });
        listed.collect()
    }
}
