use std::sync::Arc;

use crate::{
    message::Message,
    record::{self, RecordRef},
};

/// Records of one partition, in order of their offsets, as they came in one answer: nothing is
/// allocated per record. Keeping one keeps the buffer it lies in.
#[derive(Clone, Debug)]
pub struct Records {
    pub(super) topic: Arc<str>,
    pub(super) partition: i32,
    pub(super) high_watermark: i64,
    pub(super) records: Arc<record::Records>,
    /// How many of them were handed out before.
    pub(super) skip: usize,
    pub(super) generation: u32,
}

impl Records {
    /// The topic.
    pub fn topic(&self) -> &Arc<str> {
        &self.topic
    }

    /// The partition.
    pub fn partition(&self) -> i32 {
        self.partition
    }

    /// The offset after the last record of the partition, when these were fetched.
    pub fn high_watermark(&self) -> i64 {
        self.high_watermark
    }

    /// How many there are. Never none.
    pub fn len(&self) -> usize {
        self.records.len().saturating_sub(self.skip)
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The records, borrowed.
    pub fn iter(&self) -> impl Iterator<Item = RecordRef<'_>> {
        self.records.iter().skip(self.skip)
    }

    /// The records as owned messages, which share their buffers.
    pub fn messages(&self) -> impl Iterator<Item = Message> + '_ {
        (self.skip..self.records.len()).filter_map(|at| self.message(at))
    }

    /// A record, counted from the first that came in the answer.
    pub(super) fn message(&self, at: usize) -> Option<Message> {
        let record = self.records.owned(at)?;
        Some(Message {
            topic: self.topic.clone(),
            partition: Some(self.partition),
            offset: record.offset,
            timestamp: Some(record.timestamp).filter(|timestamp| *timestamp >= 0),
            key: record.key,
            value: record.value,
            headers: record.headers,
        })
    }
}
