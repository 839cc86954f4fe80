use super::{Balancer, Murmur2, Partitions, nth};
use crate::{cluster::random, record::Record};

/// The default: records with a key go where Java's default partitioner puts them ([`Murmur2`]),
/// records without one all to the same partition until its batch is closed, then to another
/// (KIP-480).
#[derive(Debug, Default)]
pub struct Sticky {
    current: Option<i32>,
}

impl Balancer for Sticky {
    fn balance(&mut self, record: &Record<'_>, partitions: &Partitions<'_>) -> i32 {
        if record.key.is_some() {
            return Murmur2::default().balance(record, partitions);
        }
        if let Some(current) = self.current {
            return current;
        }
        let among = if partitions.available.is_empty() { partitions.all } else { partitions.available };
        *self.current.insert(nth(among, random()))
    }

    fn batch_closed(&mut self, partition: i32) {
        if self.current == Some(partition) {
            self.current = None;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_without_a_key_stick_until_the_batch_is_closed() {
        let (all, available) = ([0, 1, 2, 3], [2]);
        let partitions = Partitions { all: &all, available: &available };
        let mut sticky = Sticky::default();
        assert_eq!(sticky.balance(&Record::default(), &partitions), 2, "only 2 has a leader");
        let everywhere = Partitions::new(&all);
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

    #[test]
    fn records_with_a_key_go_where_java_puts_them() {
        let all: Vec<i32> = (0..1000).collect();
        let record = Record::default().key(b"abc");
        assert_eq!(Sticky::default().balance(&record, &Partitions::new(&all)), 107);
    }
}
