use super::{Balancer, Partitions};
use crate::record::Record;

/// One partition after the other, whatever the key.
#[derive(Clone, Copy, Debug)]
pub struct RoundRobin {
    chunk: u32,
    calls: u32,
}

impl RoundRobin {
    /// So many records in a row to each partition. None counts as one.
    pub fn in_chunks(records: u32) -> Self {
        Self { chunk: records.max(1), calls: 0 }
    }
}

impl Default for RoundRobin {
    /// One record each.
    fn default() -> Self {
        Self::in_chunks(1)
    }
}

impl Balancer for RoundRobin {
    fn balance(&mut self, _: &Record<'_>, partitions: &Partitions<'_>) -> i32 {
        let turn = self.calls / self.chunk;
        // The count starts anew where the first partition's turn does, so that it never overflows.
        let round = u32::try_from(partitions.all.len()).unwrap_or(u32::MAX).saturating_mul(self.chunk);
        self.calls = if self.calls + 1 >= round { 0 } else { self.calls + 1 };
        partitions.at(turn)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_partition_gets_its_chunk() {
        for chunk in [0, 1, 3, 5, 12] {
            for count in [4, 7, 8] {
                let all: Vec<i32> = (0..count).collect();
                let mut round_robin = RoundRobin::in_chunks(chunk);
                for call in 0..50 {
                    let expected = call / chunk.max(1).cast_signed() % count;
                    let chosen = round_robin.balance(&Record::default(), &Partitions::new(&all));
                    assert_eq!(chosen, expected, "call {call}, chunk {chunk}, {count} partitions");
                }
            }
        }
    }

    #[test]
    fn no_partition_is_no_panic() {
        assert_eq!(RoundRobin::default().balance(&Record::default(), &Partitions::new(&[])), -1);
    }
}
