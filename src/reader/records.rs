use std::{ops::Range, sync::Arc};

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
    /// Which of them these are.
    pub(super) range: Range<usize>,
    /// Whose they are, and since which seek.
    pub(super) cursor: usize,
    pub(super) generation: u32,
    /// The claim of the group member that reads them, or 0.
    pub(super) claim: u64,
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
        self.range.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.range.is_empty()
    }

    /// The records, borrowed.
    pub fn iter(&self) -> impl Iterator<Item = RecordRef<'_>> {
        self.records.iter().skip(self.range.start).take(self.len())
    }

    /// The records as owned messages, which share their buffers.
    pub fn messages(&self) -> impl Iterator<Item = Message> + '_ {
        self.range.clone().filter_map(|at| self.message(at))
    }

    /// The first of them as a message of its own.
    pub(super) fn take_first(&mut self) -> Option<Message> {
        let at = self.range.next()?;
        self.message(at)
    }

    /// The first of them, at most `max`, on their own.
    pub(super) fn split_to(&mut self, max: usize) -> Self {
        let end = self.range.start.saturating_add(max).min(self.range.end);
        let first = Self { range: self.range.start..end, ..self.clone() };
        self.range.start = end;
        first
    }

    /// The offset of the first.
    pub(super) fn first_offset(&self) -> Option<i64> {
        self.records.get(self.range.start).filter(|_| !self.is_empty()).map(|record| record.offset)
    }

    /// The offset of the last.
    pub(super) fn last_offset(&self) -> Option<i64> {
        let last = self.range.end.checked_sub(1)?;
        self.records.get(last).filter(|_| !self.is_empty()).map(|record| record.offset)
    }

    /// Leaves out what lies at an offset or beyond.
    pub(super) fn cut(&mut self, bound: i64) {
        let is_beyond = |at: usize| self.records.get(at).is_none_or(|record| record.offset >= bound);
        if self.range.end.checked_sub(1).is_none_or(|last| !is_beyond(last)) {
            return;
        }
        // The offsets grow: what is beyond lies behind what is not.
        let Range { mut start, mut end } = self.range.clone();
        while start < end {
            let middle = start.midpoint(end);
            if is_beyond(middle) {
                end = middle;
            } else {
                start = middle + 1;
            }
        }
        self.range.end = end;
    }

    fn message(&self, at: usize) -> Option<Message> {
        let record = self.records.owned(at)?;
        Some(Message {
            topic: self.topic.clone(),
            partition: Some(self.partition),
            offset: record.offset,
            timestamp: Some(record.timestamp).filter(|timestamp| *timestamp >= 0),
            key: record.key,
            value: record.value,
            headers: record.headers,
            claim: self.claim,
            user_data: None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::{BatchBuilder, Compression, DecodeOptions, RecordSet};

    /// Records at offsets 0 and 1, and at 10 to 12.
    fn records() -> Records {
        let batch = |base: i64, count| {
            let mut builder = BatchBuilder::new(0);
            for _ in 0..count {
                builder.push(None, Some(b"value"), &[], 0).unwrap();
            }
            let sealed = builder.seal().compress(Compression::None, None).unwrap();
            let mut bytes = { sealed }.stamp(-1, -1, -1).to_vec();
            bytes[..8].copy_from_slice(&base.to_be_bytes());
            bytes
        };
        let bytes = [batch(0, 2), batch(10, 3)].concat();
        let decoded =
            RecordSet::new(bytes.into(), DecodeOptions::default()).next_records(100).unwrap().unwrap();
        Records {
            topic: "topic".into(),
            partition: 0,
            high_watermark: 13,
            range: 0..decoded.len(),
            records: Arc::new(decoded),
            cursor: 0,
            generation: 0,
            claim: 0,
        }
    }

    fn offsets(records: &Records) -> Vec<i64> {
        let offsets: Vec<_> = records.iter().map(|record| record.offset).collect();
        assert_eq!(offsets.len(), records.len());
        assert!(records.messages().map(|message| message.offset).eq(offsets.iter().copied()));
        assert_eq!(records.first_offset(), offsets.first().copied());
        offsets
    }

    #[test]
    fn what_is_beyond_is_cut_off() {
        let all = [0, 1, 10, 11, 12];
        for bound in [i64::MIN, 0, 1, 2, 9, 10, 11, 12, 13, i64::MAX] {
            let mut cut = records();
            cut.cut(bound);
            let expected: Vec<_> = all.into_iter().filter(|offset| *offset < bound).collect();
            assert_eq!(offsets(&cut), expected, "{bound}");
        }
    }

    #[test]
    fn they_are_handed_out_in_parts() {
        let mut rest = records();
        assert_eq!(offsets(&rest.split_to(2)), [0, 1]);
        assert_eq!(rest.take_first().unwrap().offset, 10);
        rest.cut(12);
        assert_eq!(offsets(&rest.split_to(usize::MAX)), [11]);
        assert!(rest.is_empty() && rest.take_first().is_none() && rest.split_to(1).is_empty());
    }
}
