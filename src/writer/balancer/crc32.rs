use super::{Balancer, Partitions};
use crate::record::Record;

/// By the key's CRC-32 as librdkafka's `consistent_random` has it: a record whose key is missing or
/// empty goes anywhere.
#[derive(Clone, Copy, Debug, Default)]
pub struct Crc32 {
    consistent: bool,
}

impl Crc32 {
    /// As librdkafka's `consistent`: records whose key is missing or empty all go to the same
    /// partition.
    pub fn consistent() -> Self {
        Self { consistent: true }
    }
}

impl Balancer for Crc32 {
    fn balance(&mut self, record: &Record<'_>, partitions: &Partitions<'_>) -> i32 {
        let key = record.key.unwrap_or_default();
        if key.is_empty() && !self.consistent {
            return partitions.any();
        }
        partitions.at(crc32fast::hash(key))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_go_where_librdkafka_puts_them() {
        let squares: Vec<i32> = (0..17).map(|i| i * i).collect();
        let partitions = Partitions::new(&squares);
        let long: &[u8] = b"this is another string with more length to it perhaps";
        for (key, partition) in [(&b"23456"[..], 49), (long, 225), (b"hejsan", 196)] {
            assert_eq!(Crc32::default().balance(&Record::default().key(key), &partitions), partition);
            assert_eq!(Crc32::consistent().balance(&Record::default().key(key), &partitions), partition);
        }
        for record in [Record::default(), Record::default().key(b"")] {
            assert_eq!(Crc32::consistent().balance(&record, &partitions), 0);
            let anywhere: std::collections::HashSet<_> =
                (0..2000).map(|_| Crc32::default().balance(&record, &partitions)).collect();
            assert_eq!(anywhere.len(), 17);
        }
    }
}
