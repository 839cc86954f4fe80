use super::{Balancer, Partitions};
use crate::record::Record;

/// By the key's hash as Java's default partitioner has it: the same key goes to the same partition
/// as from a Java producer. A record without a key goes anywhere, an empty key is a key.
#[derive(Clone, Copy, Debug, Default)]
pub struct Murmur2 {
    /// Whether records without a key all go to the same partition.
    consistent: bool,
}

impl Murmur2 {
    /// Records without a key all go where an empty key would.
    pub fn consistent() -> Self {
        Self { consistent: true }
    }
}

impl Balancer for Murmur2 {
    fn balance(&mut self, record: &Record<'_>, partitions: &Partitions<'_>) -> i32 {
        match record.key {
            None if !self.consistent => partitions.any(),
            // Java masks the sign bit off, and does not negate.
            key => partitions.at(murmur2(key.unwrap_or_default()) & 0x7fff_ffff),
        }
    }
}

/// The hash itself, with Java's seed.
fn murmur2(data: &[u8]) -> u32 {
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

    const LONG: &[u8] = b"this is another string with more length to it perhaps";

    #[test]
    fn the_hash_is_javas() {
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
        let keys: [(&[u8], i32); 6] =
            [(b"", 681), (b"a", 524), (b"ab", 434), (b"abc", 107), (b"123456789", 566), (b"\x00\x20", 742)];
        for (key, partition) in keys {
            let record = Record::default().key(key);
            assert_eq!(Murmur2::default().balance(&record, &Partitions::new(&all)), partition, "{key:?}");
        }
    }

    #[test]
    fn numbers_are_ids_not_places() {
        let squares: Vec<i32> = (0..17).map(|i| i * i).collect();
        let partitions = Partitions::new(&squares);
        let keys: [(&[u8], i32); 4] = [(b"", 121), (b"23456", 81), (LONG, 121), (b"hejsan", 25)];
        for (key, partition) in keys {
            assert_eq!(Murmur2::default().balance(&Record::default().key(key), &partitions), partition);
            assert_eq!(Murmur2::consistent().balance(&Record::default().key(key), &partitions), partition);
        }
        assert_eq!(Murmur2::consistent().balance(&Record::default(), &partitions), 121);
        let anywhere: std::collections::HashSet<_> =
            (0..2000).map(|_| Murmur2::default().balance(&Record::default(), &partitions)).collect();
        assert_eq!(anywhere.len(), 17);
    }
}
