use std::collections::{HashMap, VecDeque};

/// Batches of a producer that a partition remembers, as Kafka does: a producer has at most this
/// many requests in flight.
const WINDOW: usize = 5;

/// Producers a partition remembers; the one that wrote longest ago goes first.
const MOST_PRODUCERS: usize = 10_000;

/// What a batch says of its producer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Stamp {
    pub(crate) producer_id: i64,
    pub(crate) epoch: i16,
    pub(crate) first_sequence: i32,
    pub(crate) last_sequence: i32,
}

/// What to do with a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Append it.
    New,
    /// It is here already, from this offset, appended at this time: say so again.
    Duplicate { base_offset: i64, append_time: i64 },
    /// The producer's id has been taken over by a newer epoch.
    StaleEpoch,
    /// A batch before this one is missing.
    OutOfOrder,
    /// Nothing is known of the producer, and the batch is not its first.
    Unknown,
}

#[derive(Clone, Copy, Debug)]
struct Written {
    first_sequence: i32,
    last_sequence: i32,
    base_offset: i64,
    append_time: i64,
}

#[derive(Debug)]
struct Producer {
    epoch: i16,
    recent: VecDeque<Written>,
    last_written: u64,
}

/// The producers that have written to one partition, for idempotence (KIP-98).
#[derive(Debug, Default)]
pub(crate) struct Producers {
    known: HashMap<i64, Producer>,
    writes: u64,
}

impl Producers {
    /// Judges a batch. `strangers` is whether a producer that nothing is known of may start at any
    /// sequence (KIP-360, Kafka 2.5): what it wrote may have been lost to retention.
    pub(crate) fn judge(&self, stamp: Stamp, strangers: bool) -> Verdict {
        let Some(producer) = self.known.get(&stamp.producer_id) else {
            return if strangers || stamp.first_sequence == 0 { Verdict::New } else { Verdict::Unknown };
        };
        if stamp.epoch < producer.epoch {
            return Verdict::StaleEpoch;
        }
        if stamp.epoch > producer.epoch {
            return if stamp.first_sequence == 0 { Verdict::New } else { Verdict::OutOfOrder };
        }
        let same = |written: &&Written| {
            (written.first_sequence, written.last_sequence) == (stamp.first_sequence, stamp.last_sequence)
        };
        if let Some(written) = producer.recent.iter().find(same) {
            let Written { base_offset, append_time, .. } = *written;
            return Verdict::Duplicate { base_offset, append_time };
        }
        match producer.recent.back() {
            Some(last) if stamp.first_sequence != following(last.last_sequence) => Verdict::OutOfOrder,
            _ => Verdict::New,
        }
    }

    /// Remembers a batch that was appended.
    pub(crate) fn wrote(&mut self, stamp: Stamp, base_offset: i64, append_time: i64) {
        self.writes += 1;
        if self.known.len() >= MOST_PRODUCERS && !self.known.contains_key(&stamp.producer_id) {
            self.forget_one();
        }
        let producer = self.known.entry(stamp.producer_id).or_insert(Producer {
            epoch: stamp.epoch,
            recent: VecDeque::new(),
            last_written: 0,
        });
        if producer.epoch != stamp.epoch {
            producer.epoch = stamp.epoch;
            producer.recent.clear();
        }
        if producer.recent.len() == WINDOW {
            producer.recent.pop_front();
        }
        let Stamp { first_sequence, last_sequence, .. } = stamp;
        producer.recent.push_back(Written { first_sequence, last_sequence, base_offset, append_time });
        producer.last_written = self.writes;
    }

    /// Forgets all of them.
    pub(crate) fn forget_all(&mut self) {
        self.known.clear();
    }

    /// Takes the id of each for a newer epoch, which begins with sequence 0.
    pub(crate) fn fence_all(&mut self) {
        for producer in self.known.values_mut() {
            producer.epoch = producer.epoch.saturating_add(1);
            producer.recent.clear();
        }
    }

    /// Forgets what was written at an offset or later, and who has written nothing else.
    pub(crate) fn truncate(&mut self, end: i64) {
        self.known.retain(|_, producer| {
            producer.recent.retain(|written| written.base_offset < end);
            !producer.recent.is_empty()
        });
    }

    fn forget_one(&mut self) {
        let oldest = self.known.iter().min_by_key(|(_, producer)| producer.last_written);
        if let Some(id) = oldest.map(|(id, _)| *id) {
            self.known.remove(&id);
        }
    }
}

/// The sequence after one: they start again at 0 after the largest.
pub(crate) fn following(sequence: i32) -> i32 {
    sequence.checked_add(1).unwrap_or(0)
}

/// The sequence `records − 1` after the first.
pub(crate) fn last_of(first: i32, records: i32) -> i32 {
    let last = i64::from(first) + i64::from(records) - 1;
    i32::try_from(last).unwrap_or_else(|_| i32::try_from(last - (1 << 31)).unwrap_or(i32::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn batch(epoch: i16, first_sequence: i32, records: i32) -> Stamp {
        Stamp { producer_id: 7, epoch, first_sequence, last_sequence: last_of(first_sequence, records) }
    }

    fn after(batches: &[Stamp]) -> Producers {
        let mut producers = Producers::default();
        for (at, stamp) in batches.iter().enumerate() {
            assert_eq!(producers.judge(*stamp, false), Verdict::New, "{stamp:?}");
            producers.wrote(*stamp, 10 * at as i64, 1000 + at as i64);
        }
        producers
    }

    #[test]
    fn a_retry_is_told_where_its_first_copy_went() {
        let producers = after(&[batch(0, 0, 10), batch(0, 10, 10)]);
        let told = producers.judge(batch(0, 0, 10), false);
        assert_eq!(told, Verdict::Duplicate { base_offset: 0, append_time: 1000 });
        assert_eq!(producers.judge(batch(0, 20, 1), false), Verdict::New);
    }

    #[test]
    fn gaps_and_overlaps_are_out_of_order() {
        let producers = after(&[batch(0, 0, 10)]);
        for stamp in [batch(0, 11, 1), batch(0, 9, 1), batch(0, 5, 10), batch(0, 0, 9), batch(1, 10, 1)] {
            assert_eq!(producers.judge(stamp, false), Verdict::OutOfOrder, "{stamp:?}");
        }
    }

    #[test]
    fn five_batches_are_remembered() {
        let written: Vec<_> = (0..6).map(|at| batch(0, at, 1)).collect();
        let producers = after(&written);
        assert_eq!(producers.judge(batch(0, 0, 1), false), Verdict::OutOfOrder);
        assert!(matches!(producers.judge(batch(0, 1, 1), false), Verdict::Duplicate { base_offset: 10, .. }));
    }

    #[test]
    fn a_newer_epoch_starts_over_and_fences_the_older() {
        let producers = after(&[batch(0, 0, 10), batch(1, 0, 1)]);
        assert_eq!(producers.judge(batch(0, 10, 1), false), Verdict::StaleEpoch);
        assert_eq!(producers.judge(batch(1, 1, 1), false), Verdict::New);
    }

    #[test]
    fn strangers_may_start_anywhere_only_since_2_5() {
        let none = Producers::default();
        assert_eq!(none.judge(batch(0, 5, 1), false), Verdict::Unknown);
        assert_eq!(none.judge(batch(0, 5, 1), true), Verdict::New);
    }

    #[test]
    fn sequences_wrap() {
        assert_eq!(last_of(i32::MAX - 1, 2), i32::MAX);
        assert_eq!(last_of(i32::MAX, 2), 0);
        let producers = after(&[batch(0, 0, 1)]);
        assert_eq!(producers.judge(batch(0, 1, 1), false), Verdict::New);
        let mut wrapping = Producers::default();
        wrapping.wrote(batch(0, i32::MAX - 1, 2), 0, 0);
        assert_eq!(wrapping.judge(batch(0, 0, 1), false), Verdict::New);
    }

    #[test]
    fn the_number_of_producers_is_bounded() {
        let mut producers = Producers::default();
        for producer_id in 0..=MOST_PRODUCERS as i64 {
            producers.wrote(Stamp { producer_id, ..batch(0, 0, 1) }, 0, 0);
        }
        assert_eq!(producers.known.len(), MOST_PRODUCERS);
        assert!(!producers.known.contains_key(&0) && producers.known.contains_key(&1));
    }
}
