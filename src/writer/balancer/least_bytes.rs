use super::{Balancer, Partitions};
use crate::record::Record;

/// To the partition that has got the fewest bytes of keys and values so far.
#[derive(Clone, Debug, Default)]
pub struct LeastBytes {
    /// By partition: its id, and the bytes it has got.
    loads: Vec<(i32, u64)>,
}

impl Balancer for LeastBytes {
    fn balance(&mut self, record: &Record<'_>, partitions: &Partitions<'_>) -> i32 {
        if !self.loads.iter().map(|(id, _)| id).eq(partitions.all) {
            self.loads = partitions.all.iter().map(|id| (*id, 0)).collect();
        }
        let size = record.key.map_or(0, <[u8]>::len) + record.value.map_or(0, <[u8]>::len);
        let Some((id, load)) = self.loads.iter_mut().min_by_key(|(_, load)| *load) else { return -1 };
        *load += size as u64;
        *id
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn last(keys: &[&str], counts: &[i32]) -> i32 {
        let mut least_bytes = LeastBytes::default();
        let choices = keys.iter().zip(counts.iter().cycle()).map(|(key, count)| {
            let all: Vec<i32> = (0..*count).collect();
            least_bytes.balance(&Record::default().key(key.as_bytes()), &Partitions::new(&all))
        });
        choices.last().unwrap()
    }

    #[test]
    fn the_emptiest_is_next() {
        assert_eq!(last(&["key"], &[3]), 0);
        assert_eq!(last(&["a", "ab", "abc", "abcd"], &[3]), 0);
        assert_eq!(last(&["a", "ab", "abc"], &[3]), 2);
    }

    #[test]
    fn other_partitions_begin_anew() {
        let thirteen = ["thirteenbytes"; 3];
        assert_eq!(last(&thirteen, &[2, 2, 3]), 0);
        assert_eq!(last(&thirteen, &[3, 3, 2]), 0);
        assert_eq!(LeastBytes::default().balance(&Record::default(), &Partitions::new(&[])), -1);
    }
}
