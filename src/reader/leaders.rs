/// Which partitions are asked of which broker: kept at hand, since every request asks for it.
#[derive(Debug, Default)]
pub(super) struct Leaders {
    brokers: Vec<Led>,
    /// How many partitions have no leader.
    leaderless: usize,
}

/// The partitions that one broker is asked for.
#[derive(Debug)]
pub(super) struct Led {
    pub(super) node: i32,
    /// By their places among the cursors.
    pub(super) cursors: Vec<usize>,
    /// Which of them is served first: it moves on, so that none is served last for ever.
    first: usize,
}

impl Led {
    /// In the order in which they are served this time.
    pub(super) fn in_turn(&mut self) -> impl Iterator<Item = usize> + '_ {
        let first = self.first % self.cursors.len().max(1);
        self.first = first + 1;
        let (last, head) = self.cursors.split_at_checked(first).unwrap_or_default();
        head.iter().chain(last).copied()
    }
}

impl Leaders {
    /// Takes in a new partition, without a leader.
    pub(super) fn add(&mut self) {
        self.leaderless += 1;
    }

    /// A partition has another leader.
    pub(super) fn change(&mut self, cursor: usize, from: Option<i32>, to: Option<i32>) {
        match from {
            None => self.leaderless = self.leaderless.saturating_sub(1),
            Some(node) => {
                if let Some(led) = self.of(node) {
                    led.cursors.retain(|at| *at != cursor);
                }
            }
        }
        match to {
            None => self.leaderless += 1,
            Some(node) => match self.of(node) {
                Some(led) => led.cursors.push(cursor),
                None => self.brokers.push(Led { node, cursors: vec![cursor], first: 0 }),
            },
        }
    }

    /// The partitions of a broker.
    pub(super) fn of(&mut self, node: i32) -> Option<&mut Led> {
        self.brokers.iter_mut().find(|led| led.node == node)
    }

    /// The brokers that have any.
    pub(super) fn brokers(&self) -> impl Iterator<Item = i32> + '_ {
        self.brokers.iter().filter(|led| !led.cursors.is_empty()).map(|led| led.node)
    }

    /// Whether a partition has no leader.
    pub(super) fn is_any_missing(&self) -> bool {
        self.leaderless > 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn in_turn(leaders: &mut Leaders, node: i32) -> Vec<usize> {
        leaders.of(node).unwrap().in_turn().collect()
    }

    #[test]
    fn partitions_go_from_broker_to_broker() {
        let mut leaders = Leaders::default();
        (0..3).for_each(|_| leaders.add());
        assert!(leaders.is_any_missing());
        (0..3).for_each(|at| leaders.change(at, None, Some(7)));
        assert!(!leaders.is_any_missing());
        assert_eq!(leaders.brokers().collect::<Vec<_>>(), [7]);
        leaders.change(1, Some(7), Some(8));
        leaders.change(0, Some(7), None);
        assert!(leaders.is_any_missing());
        assert_eq!((in_turn(&mut leaders, 7), in_turn(&mut leaders, 8)), (vec![2], vec![1]));
        leaders.change(2, Some(7), Some(8));
        assert_eq!(leaders.brokers().collect::<Vec<_>>(), [8], "a broker without partitions is none");
    }

    #[test]
    fn everyone_is_first_in_turn() {
        let mut leaders = Leaders::default();
        for at in 0..3 {
            leaders.add();
            leaders.change(at, None, Some(1));
        }
        let turns: Vec<_> = (0..4).map(|_| in_turn(&mut leaders, 1)).collect();
        assert_eq!(turns, [[0, 1, 2], [1, 2, 0], [2, 0, 1], [0, 1, 2]]);
        leaders.change(2, Some(1), None);
        leaders.change(1, Some(1), None);
        assert_eq!(in_turn(&mut leaders, 1), [0], "whoever was to be next may have left");
    }
}
