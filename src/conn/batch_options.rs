use std::time::Duration;

use crate::error::Error;

/// What a [`Conn::read_batch_with`](super::Conn::read_batch_with) asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub struct BatchOptions {
    min_bytes: usize,
    max_bytes: usize,
    pub(super) max_wait: Duration,
    pub(super) read_committed: bool,
}

impl BatchOptions {
    /// A batch that the broker answers with as soon as it has `min_bytes` of records (with 0 at
    /// once), and of about `max_bytes` at most: the first record is given out however large it is.
    pub fn new(min_bytes: usize, max_bytes: usize) -> Self {
        Self { min_bytes, max_bytes, max_wait: Duration::from_secs(10), read_committed: false }
    }

    /// How long the broker may wait for `min_bytes`; after that it gives what it has, if anything.
    /// A read deadline shortens it. Default: 10 s.
    pub fn max_wait(mut self, wait: Duration) -> Self {
        self.max_wait = wait;
        self
    }

    /// Whether to leave out records of transactions that were aborted or are not settled yet
    /// (KIP-98). Default: no.
    pub fn read_committed(mut self, read_committed: bool) -> Self {
        self.read_committed = read_committed;
        self
    }

    /// The two bounds as the protocol has them. `limit` is the largest response taken in.
    pub(super) fn bounds(&self, limit: usize) -> Result<(i32, i32), Error> {
        let Self { min_bytes, max_bytes, .. } = *self;
        let limit = limit.min(i32::MAX as usize);
        let max = i32::try_from(max_bytes).ok().filter(|max| *max > 0 && max_bytes <= limit);
        let Some(max) = max else {
            let what = format!("a batch's maximum of {max_bytes} bytes is not within 1 to {limit}");
            return Err(Error::misuse(what));
        };
        match i32::try_from(min_bytes) {
            Ok(min) if min <= max => Ok((min, max)),
            _ => Err(Error::misuse(format!(
                "a batch's minimum of {min_bytes} bytes is more than its maximum of {max_bytes}"
            ))),
        }
    }
}

/// How long the broker may wait, so that its answer is here before the deadline in `left`; and
/// whether it is the deadline that decides. An answer's way takes a quarter of the time, up to a
/// second.
pub(super) fn wait_within(max_wait: Duration, left: Option<Duration>) -> (Duration, bool) {
    let by_deadline = left.map(|left| left - (left / 4).min(Duration::from_secs(1)));
    match by_deadline {
        Some(by_deadline) if by_deadline < max_wait => (by_deadline, true),
        _ => (max_wait, false),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorKind;

    #[test]
    fn bounds_must_fit_each_other_and_the_connection() {
        let bounds = |min, max| BatchOptions::new(min, max).bounds(100);
        assert_eq!(bounds(0, 1).unwrap(), (0, 1));
        assert_eq!(bounds(100, 100).unwrap(), (100, 100));
        for (min, max, said) in [
            (6, 5, "a batch's minimum of 6 bytes is more than its maximum of 5"),
            (usize::MAX, 5, "is more than its maximum of 5"),
            (1, 0, "a batch's maximum of 0 bytes is not within 1 to 100"),
            (1, 101, "a batch's maximum of 101 bytes is not within 1 to 100"),
            (1, usize::MAX, "is not within 1 to 100"),
        ] {
            let error = bounds(min, max).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Misuse);
            assert!(error.to_string().contains(said), "{error}");
        }
        assert!(
            BatchOptions::new(1, usize::MAX).bounds(usize::MAX).is_err(),
            "more than the protocol can say"
        );
    }

    #[test]
    fn the_wait_ends_before_the_deadline_without_a_jump() {
        let millis = Duration::from_millis;
        let by = |left| wait_within(millis(60_000), Some(millis(left)));
        for (left, wait) in [(0, 0), (100, 75), (400, 300), (1000, 750), (4000, 3000), (10_000, 9000)] {
            assert_eq!(by(left), (millis(wait), true));
        }
        assert_eq!(wait_within(millis(500), Some(millis(10_000))), (millis(500), false));
        assert_eq!(wait_within(millis(500), None), (millis(500), false));
    }
}
