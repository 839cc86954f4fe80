use super::{Balancer, Partitions, RoundRobin};
use crate::record::Record;

/// Hashes a key to 32 bits.
type Hasher = fn(&[u8]) -> u32;

/// By the key's hash as sarama's `NewHashPartitioner` has it: FNV-1a unless another hash is given,
/// its sign dropped by negation. Records without a key go round.
#[derive(Debug)]
pub struct Hash {
    hasher: Hasher,
    without_key: RoundRobin,
}

impl Hash {
    /// By another hash.
    pub fn with_hasher(hasher: Hasher) -> Self {
        Self { hasher, without_key: RoundRobin::default() }
    }
}

impl Default for Hash {
    fn default() -> Self {
        Self::with_hasher(fnv1a)
    }
}

impl Balancer for Hash {
    fn balance(&mut self, record: &Record<'_>, partitions: &Partitions<'_>) -> i32 {
        let Some(key) = record.key else { return self.without_key.balance(record, partitions) };
        let count = i32::try_from(partitions.all.len()).unwrap_or(i32::MAX).max(1);
        partitions.at(((self.hasher)(key).cast_signed() % count).unsigned_abs())
    }
}

/// By the key's hash as sarama's `NewReferenceHashPartitioner` has it: FNV-1a unless another hash is
/// given, its sign bit masked off. Records without a key go anywhere.
#[derive(Clone, Copy, Debug)]
pub struct ReferenceHash {
    hasher: Hasher,
}

impl ReferenceHash {
    /// By another hash.
    pub fn with_hasher(hasher: Hasher) -> Self {
        Self { hasher }
    }
}

impl Default for ReferenceHash {
    fn default() -> Self {
        Self::with_hasher(fnv1a)
    }
}

impl Balancer for ReferenceHash {
    fn balance(&mut self, record: &Record<'_>, partitions: &Partitions<'_>) -> i32 {
        match record.key {
            Some(key) => partitions.at((self.hasher)(key) & 0x7fff_ffff),
            None => partitions.any(),
        }
    }
}

fn fnv1a(data: &[u8]) -> u32 {
    data.iter().fold(0x811c_9dc5, |hash, byte| (hash ^ u32::from(*byte)).wrapping_mul(0x0100_0193))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(balancer: &mut dyn Balancer, key: &str, count: i32) -> i32 {
        let all: Vec<i32> = (0..count).collect();
        balancer.balance(&Record::default().key(key.as_bytes()), &Partitions::new(&all))
    }

    #[test]
    fn hash_is_saramas() {
        for (key, count, partition) in [("blah", 2, 0), ("blah", 3, 1), ("boop", 3, 2), ("20", 16, 1)] {
            assert_eq!(place(&mut Hash::default(), key, count), partition, "{key} of {count}");
        }
        assert_eq!(place(&mut Hash::with_hasher(crc32fast::hash), "boop", 3), 1);
        let mut hash = Hash::default();
        let round: Vec<_> =
            (0..5).map(|_| hash.balance(&Record::default(), &Partitions::new(&[0, 1, 2]))).collect();
        assert_eq!(round, [0, 1, 2, 0, 1]);
    }

    #[test]
    fn reference_hash_is_saramas() {
        for (key, count, partition) in [("blah", 2, 0), ("blah", 3, 1), ("castle", 3, 2), ("20", 16, 15)] {
            assert_eq!(place(&mut ReferenceHash::default(), key, count), partition, "{key} of {count}");
        }
        assert_eq!(place(&mut ReferenceHash::with_hasher(crc32fast::hash), "boop", 3), 1);
        let anywhere: std::collections::HashSet<_> = (0..200)
            .map(|_| ReferenceHash::default().balance(&Record::default(), &Partitions::new(&[0, 1, 2])))
            .collect();
        assert_eq!(anywhere.len(), 3);
    }
}
