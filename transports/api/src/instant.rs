use std::{
    ops::{Add, Sub},
    time::Duration,
};

/// A point on the [`Runtime`](crate::Runtime)'s monotonic clock, in nanoseconds since a start of
/// the runtime's choosing. `std::time::Instant` panics on wasm and cannot be made up in a test.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Instant(u64);

impl Instant {
    /// The instant `since_start` after the clock's start.
    pub fn from_start(since_start: Duration) -> Self {
        Self(u64::try_from(since_start.as_nanos()).unwrap_or(u64::MAX))
    }

    /// The time from `earlier` to this instant, or zero when `earlier` is the later of the two.
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_nanos(self.0.saturating_sub(earlier.0))
    }
}

impl Add<Duration> for Instant {
    type Output = Self;

    fn add(self, later_by: Duration) -> Self {
        Self(self.0.saturating_add(Self::from_start(later_by).0))
    }
}

impl Sub for Instant {
    type Output = Duration;

    /// Saturates at zero, as [`Instant::since`] does.
    fn sub(self, earlier: Self) -> Duration {
        self.since(earlier)
    }
}
