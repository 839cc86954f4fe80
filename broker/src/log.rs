use std::collections::VecDeque;

use bytes::Bytes;

/// What a batch costs beside its bytes.
const OVERHEAD: usize = 128;

/// A batch of format 2 as it is stored: offset, leader epoch and checksum are its final ones.
#[derive(Clone, Debug)]
pub(crate) struct Batch {
    pub(crate) bytes: Bytes,
    pub(crate) base_offset: i64,
    pub(crate) last_offset: i64,
    pub(crate) max_timestamp: i64,
    pub(crate) leader_epoch: i32,
}

impl Batch {
    fn cost(&self) -> usize {
        self.bytes.len() + OVERHEAD
    }
}

/// The batches of a partition, oldest first.
#[derive(Debug, Default)]
pub(crate) struct Log {
    batches: VecDeque<Batch>,
    start: i64,
    end: i64,
    cost: usize,
}

impl Log {
    /// The first offset that can be read.
    pub(crate) fn start(&self) -> i64 {
        self.start
    }

    /// The offset the next record gets. It is the high watermark too: nothing lags behind.
    pub(crate) fn end(&self) -> i64 {
        self.end
    }

    /// The memory it takes, in bytes.
    pub(crate) fn cost(&self) -> usize {
        self.cost
    }

    /// Adds a batch that starts at [`Log::end`].
    pub(crate) fn append(&mut self, batch: Batch) {
        debug_assert_eq!(batch.base_offset, self.end);
        self.cost += batch.cost();
        self.end = batch.last_offset + 1;
        self.batches.push_back(batch);
    }

    /// Drops the oldest batches until it takes at most `limit` bytes, but not the last `keep`.
    pub(crate) fn shrink(&mut self, limit: usize, keep: usize) {
        while self.cost > limit && self.batches.len() > keep {
            if let Some(oldest) = self.batches.pop_front() {
                self.cost -= oldest.cost();
                self.start = oldest.last_offset + 1;
            }
        }
    }

    /// Drops the newest batches until none holds `end` or a later offset.
    pub(crate) fn truncate(&mut self, end: i64) {
        while self.batches.back().is_some_and(|batch| batch.last_offset >= end) {
            let Some(newest) = self.batches.pop_back() else { return };
            self.cost -= newest.cost();
            self.end = newest.base_offset;
        }
    }

    /// The batches from the one that holds `offset` on.
    pub(crate) fn from(&self, offset: i64) -> impl Iterator<Item = &Batch> {
        let first = self.batches.partition_point(|batch| batch.last_offset < offset);
        self.batches.range(first..)
    }

    /// The first batch with a record of this time or later.
    pub(crate) fn since(&self, timestamp: i64) -> Option<&Batch> {
        self.batches.iter().find(|batch| batch.max_timestamp >= timestamp)
    }

    /// The first of the batches with the latest timestamp.
    pub(crate) fn latest(&self) -> Option<&Batch> {
        let latest = self.batches.iter().map(|batch| batch.max_timestamp).max()?;
        self.since(latest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn log(batches: &[(i64, i64)]) -> Log {
        let mut log = Log::default();
        for (records, max_timestamp) in batches {
            log.append(Batch {
                bytes: Bytes::from_static(&[0; 72]),
                base_offset: log.end(),
                last_offset: log.end() + records - 1,
                max_timestamp: *max_timestamp,
                leader_epoch: 0,
            });
        }
        log
    }

    #[test]
    fn reads_from_the_batch_that_holds_an_offset() {
        let log = log(&[(3, 0), (1, 0), (5, 0)]);
        let firsts = |offset| log.from(offset).map(|batch| batch.base_offset).collect::<Vec<_>>();
        assert_eq!(firsts(0), [0, 3, 4]);
        assert_eq!(firsts(2), [0, 3, 4]);
        assert_eq!(firsts(3), [3, 4]);
        assert_eq!(firsts(8), [4]);
        assert!(firsts(9).is_empty());
    }

    #[test]
    fn shrinks_from_the_oldest() {
        let mut log = log(&[(3, 0), (1, 0), (5, 0)]);
        log.shrink(400, 1);
        assert_eq!((log.start(), log.end(), log.cost()), (3, 9, 400));
        log.shrink(0, 1);
        assert_eq!((log.start(), log.end(), log.cost()), (4, 9, 200));
        log.shrink(0, 0);
        assert_eq!((log.start(), log.end(), log.cost()), (9, 9, 0));
    }

    #[test]
    fn truncates_from_the_newest() {
        let mut log = log(&[(3, 0), (1, 0), (5, 0)]);
        log.truncate(9);
        assert_eq!((log.end(), log.cost()), (9, 600));
        log.truncate(5);
        assert_eq!((log.end(), log.cost()), (4, 400));
        log.truncate(0);
        assert_eq!((log.start(), log.end(), log.cost()), (0, 0, 0));
    }

    #[test]
    fn finds_by_time() {
        let log = log(&[(1, 10), (1, 30), (1, 20), (1, 30)]);
        assert_eq!(log.since(5).unwrap().base_offset, 0);
        assert_eq!(log.since(11).unwrap().base_offset, 1);
        assert_eq!(log.latest().unwrap().base_offset, 1);
        assert!(log.since(31).is_none());
    }
}
