use std::time::Duration;

/// How long to wait before trying again: doubling from `min` to `max`, each wait spread by a fifth
/// both ways so that clients do not return in step (KIP-580).
#[derive(Clone, Copy, Debug)]
pub(crate) struct Backoff {
    pub(crate) min: Duration,
    pub(crate) max: Duration,
}

impl Backoff {
    /// The wait after so many failures in a row. None after no failure.
    pub(crate) fn after(&self, failures: u32) -> Duration {
        self.spread(failures, random())
    }

    fn spread(&self, failures: u32, random: u32) -> Duration {
        let Some(doublings) = failures.checked_sub(1) else { return Duration::ZERO };
        let wait = self.min.saturating_mul(1 << doublings.min(20)).min(self.max);
        wait.mul_f64(0.8 + 0.4 * f64::from(random) / f64::from(u32::MAX))
    }
}

/// A random number that no secret hangs on.
pub(crate) fn random() -> u32 {
    // Without a source of randomness (no platform this client knows) waits are not spread.
    getrandom::u32().unwrap_or(u32::MAX / 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn doubles_up_to_the_limit_and_stays_within_a_fifth() {
        let backoff = Backoff { min: Duration::from_millis(100), max: Duration::from_secs(1) };
        assert_eq!(backoff.after(0), Duration::ZERO);
        for (failures, middle) in [(1, 100), (2, 200), (4, 800), (5, 1000), (u32::MAX, 1000)] {
            let middle = Duration::from_millis(middle);
            assert_eq!(backoff.spread(failures, 0), middle.mul_f64(0.8));
            assert_eq!(backoff.spread(failures, u32::MAX), middle.mul_f64(1.2));
        }
    }
}
