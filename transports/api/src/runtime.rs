use std::{future::Future, time::Duration};

use crate::{Instant, MaybeSend, MaybeSync};

/// What the client asks of the place it runs in: tasks, time, and a thread for heavy work.
pub trait Runtime: Clone + MaybeSend + MaybeSync + 'static {
    /// The future of [`Runtime::sleep`].
    type Sleep: Future<Output = ()> + MaybeSend + 'static;

    /// Runs a task to its end, without waiting for it.
    fn spawn(&self, task: impl Future<Output = ()> + MaybeSend + 'static);

    /// Waits. Long waits are cut where the platform cannot count that far: callers look at
    /// [`Runtime::now`] when they wake.
    fn sleep(&self, how_long: Duration) -> Self::Sleep;

    /// The monotonic clock.
    fn now(&self) -> Instant;

    /// The wall clock, in milliseconds since 1970, for the timestamps of records.
    fn unix_millis(&self) -> i64;

    /// Runs heavy work (compression) where it holds nothing up: on a thread for such work natively,
    /// in place on wasm, which has one thread.
    ///
    /// # Cancel safety
    /// Dropping the future abandons the result; the work itself may run to its end.
    fn offload<T: MaybeSend + 'static>(
        &self,
        work: impl FnOnce() -> T + MaybeSend + 'static,
    ) -> impl Future<Output = T> + MaybeSend;
}
