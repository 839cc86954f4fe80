/// The leader epochs of a log, each with the offset of its first record (KIP-101, KIP-320).
#[derive(Clone, Debug)]
pub(crate) struct Epochs(Vec<(i32, i64)>);

impl Default for Epochs {
    fn default() -> Self {
        Self(vec![(0, 0)])
    }
}

impl Epochs {
    /// A leader's epoch begins at an offset. Leaders that wrote nothing leave no trace.
    pub(crate) fn begin(&mut self, epoch: i32, offset: i64) {
        self.truncate(offset);
        self.0.push((epoch, offset));
    }

    /// Forgets those that begin at an offset or later.
    pub(crate) fn truncate(&mut self, end: i64) {
        self.0.retain(|(_, start)| *start < end);
    }

    /// The largest epoch that is not above the one asked for, and where it ends: where the next one
    /// begins, or at the end of the log. `None` if the epoch is not known.
    pub(crate) fn end_of(&self, asked: i32, log_end: i64) -> Option<(i32, i64)> {
        let next = self.0.partition_point(|(epoch, _)| *epoch <= asked);
        let known = next.checked_sub(1).and_then(|at| self.0.get(at));
        match (known, self.0.get(next)) {
            (Some((epoch, _)), Some((_, end))) => Some((*epoch, *end)),
            (Some((epoch, _)), None) => (*epoch == asked).then_some((asked, log_end)),
            (None, Some((_, end))) => Some((asked, *end)),
            (None, None) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn epochs(all: &[(i32, i64)]) -> Epochs {
        let mut epochs = Epochs(Vec::new());
        all.iter().for_each(|(epoch, start)| epochs.begin(*epoch, *start));
        epochs
    }

    #[test]
    fn an_epoch_ends_where_the_next_begins() {
        let epochs = epochs(&[(2, 0), (4, 10), (5, 30)]);
        for (asked, found) in [
            (0, Some((0, 0))),
            (2, Some((2, 10))),
            (3, Some((2, 10))),
            (4, Some((4, 30))),
            (5, Some((5, 50))),
            (6, None),
        ] {
            assert_eq!(epochs.end_of(asked, 50), found, "{asked}");
        }
    }

    #[test]
    fn leaders_without_records_and_those_cut_off_leave_no_trace() {
        let mut epochs = epochs(&[(0, 0), (1, 10), (2, 10), (3, 20)]);
        assert_eq!(epochs.0, [(0, 0), (2, 10), (3, 20)]);
        epochs.truncate(15);
        assert_eq!(epochs.0, [(0, 0), (2, 10)]);
    }
}
