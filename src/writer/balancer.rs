//! Which partition a record goes to.

use std::fmt;

use ottla_transport::{MaybeSend, MaybeSync};

use crate::{cluster::random, record::Record};

/// Chooses a partition for each record that names none. A [`Writer`](crate::Writer) has one
/// balancer a topic.
pub trait Balancer: MaybeSend + MaybeSync + fmt::Debug + 'static {
    /// The partition for a record: one of `partitions.all`. Anything else fails the record.
    fn balance(&mut self, record: &Record<'_>, partitions: &Partitions<'_>) -> i32;

    /// The partition's open batch was closed, so that a balancer that sticks to one may move on.
    fn batch_closed(&mut self, partition: i32) {
        let _ = partition;
    }
}

/// The partitions of a topic, by their ids, ascending.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Partitions<'a> {
    /// All of them. Never empty.
    pub all: &'a [i32],
    /// Those that have a leader now.
    pub available: &'a [i32],
}

/// The default: records with a key go where Java's default partitioner puts them (Murmur2), records
/// without one all to the same partition until its batch is full, then to another (KIP-480).
#[derive(Debug, Default)]
pub struct Sticky {
    current: Option<i32>,
}

impl Balancer for Sticky {
    fn balance(&mut self, record: &Record<'_>, partitions: &Partitions<'_>) -> i32 {
        if let Some(key) = record.key {
            return by_hash(murmur2(key), partitions.all);
        }
        if let Some(current) = self.current {
            return current;
        }
        let among = if partitions.available.is_empty() { partitions.all } else { partitions.available };
        let chosen = by_hash(random(), among);
        self.current = Some(chosen);
        chosen
    }

    fn batch_closed(&mut self, partition: i32) {
        if self.current == Some(partition) {
            self.current = None;
        }
    }
}

/// Java's rule: the sign bit is masked off, not negated.
fn by_hash(hash: u32, partitions: &[i32]) -> i32 {
    let at = (hash & 0x7fff_ffff) as usize % partitions.len().max(1);
    partitions.get(at).copied().unwrap_or(-1)
}

/// The hash of Java's default partitioner.
pub(crate) fn murmur2(data: &[u8]) -> u32 {
    const M: u32 = 0x5bd1_e995;
    const SEED: u32 = 0x9747_b28c;
    let mut hash = SEED ^ data.len() as u32;
    let mut words = data.chunks_exact(4);
    for word in &mut words {
        let mut k = word.iter().rev().fold(0, |k, byte| k << 8 | u32::from(*byte)).wrapping_mul(M);
        k = (k ^ k >> 24).wrapping_mul(M);
        hash = hash.wrapping_mul(M) ^ k;
    }
    let rest = words.remainder();
    if !rest.is_empty() {
        let tail = rest.iter().rev().fold(0, |tail, byte| tail << 8 | u32::from(*byte));
        hash = (hash ^ tail).wrapping_mul(M);
    }
    hash = (hash ^ hash >> 13).wrapping_mul(M);
    hash ^ hash >> 15
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn murmur2_is_javas() {
        for (key, hash) in [
            ("kafka", 0xd067_cf64),
            ("giberish123456789", 0x8f55_2b0c),
            ("1234", 0x9fc9_7b14),
            ("234", 0xe7c0_09ca),
            ("34", 0x8739_30da),
            ("4", 0x5a4b_5ca1),
            ("PreAmbleWillBeRemoved,ThePrePartThatIs", 0x7842_4f1c),
            ("reAmbleWillBeRemoved,ThePrePartThatIs", 0x4a62_b377),
            ("eAmbleWillBeRemoved,ThePrePartThatIs", 0xe0e4_e09e),
            ("AmbleWillBeRemoved,ThePrePartThatIs", 0x62b8_b43f),
            ("", 0x106e_08d9),
        ] {
            assert_eq!(murmur2(key.as_bytes()), hash, "{key:?}");
        }
    }

    #[test]
    fn keys_go_where_java_puts_them() {
        let all: Vec<i32> = (0..1000).collect();
        let partitions = Partitions { all: &all, available: &all };
        let keys: [(&[u8], i32); 6] =
            [(b"", 681), (b"a", 524), (b"ab", 434), (b"abc", 107), (b"123456789", 566), (b"\x00\x20", 742)];
        for (key, partition) in keys {
            let record = Record { key: Some(key), ..Record::default() };
            assert_eq!(Sticky::default().balance(&record, &partitions), partition, "{key:?}");
        }
    }

    #[test]
    fn records_without_a_key_stick_until_the_batch_is_closed() {
        let (all, available) = ([0, 1, 2, 3], [2]);
        let partitions = Partitions { all: &all, available: &available };
        let mut sticky = Sticky::default();
        assert_eq!(sticky.balance(&Record::default(), &partitions), 2, "only 2 has a leader");
        let everywhere = Partitions { all: &all, available: &all };
        assert_eq!(sticky.balance(&Record::default(), &everywhere), 2);
        sticky.batch_closed(1);
        assert_eq!(sticky.balance(&Record::default(), &everywhere), 2, "another partition's batch");
        sticky.batch_closed(2);
        let next: std::collections::HashSet<_> = (0..200)
            .map(|_| {
                let chosen = sticky.balance(&Record::default(), &everywhere);
                sticky.batch_closed(chosen);
                chosen
            })
            .collect();
        assert_eq!(next.len(), 4, "every partition gets its turn");
    }
}
