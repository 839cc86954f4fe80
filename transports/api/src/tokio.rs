use std::{future::Future, time::Duration};

use crate::{Instant, MaybeSend, Runtime};

/// The tokio runtime that was current when this was made. Its clock is tokio's, so that a paused
/// tokio clock is virtual time for the client too.
#[derive(Clone, Debug)]
pub struct TokioRuntime {
    handle: tokio::runtime::Handle,
    start: tokio::time::Instant,
}

impl TokioRuntime {
    /// The current runtime.
    ///
    /// # Panics
    /// Outside a tokio runtime, as `tokio::runtime::Handle::current` does.
    pub fn current() -> Self {
        Self { handle: tokio::runtime::Handle::current(), start: tokio::time::Instant::now() }
    }

    /// The current runtime, or `None` outside one.
    pub fn try_current() -> Option<Self> {
        let handle = tokio::runtime::Handle::try_current().ok()?;
        Some(Self { handle, start: tokio::time::Instant::now() })
    }
}

impl Runtime for TokioRuntime {
    type Sleep = tokio::time::Sleep;

    fn spawn(&self, task: impl Future<Output = ()> + MaybeSend + 'static) {
        self.handle.spawn(task);
    }

    fn sleep(&self, how_long: Duration) -> Self::Sleep {
        let _entered = self.handle.enter();
        tokio::time::sleep(how_long)
    }

    fn now(&self) -> Instant {
        Instant::from_start(self.start.elapsed())
    }

    /// On Linux by the clock that is cheap to read, up to a tick of the kernel (1 to 10 ms) behind.
    #[cfg(target_os = "linux")]
    fn unix_millis(&self) -> i64 {
        let now = rustix::time::clock_gettime(rustix::time::ClockId::RealtimeCoarse);
        now.tv_sec.saturating_mul(1000).saturating_add(now.tv_nsec / 1_000_000)
    }

    #[cfg(not(target_os = "linux"))]
    #[expect(clippy::disallowed_types, reason = "native only: this is where the wall clock comes from")]
    fn unix_millis(&self) -> i64 {
        let since_1970 =
            std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
        i64::try_from(since_1970.as_millis()).unwrap_or(i64::MAX)
    }

    fn offload<T: MaybeSend + 'static>(
        &self,
        work: impl FnOnce() -> T + MaybeSend + 'static,
    ) -> impl Future<Output = T> + MaybeSend {
        let handle = self.handle.spawn_blocking(work);
        async move {
            match handle.await {
                Ok(value) => value,
                Err(failed) if failed.is_panic() => std::panic::resume_unwind(failed.into_panic()),
                // The runtime is shutting down, and this task with it.
                Err(_) => std::future::pending().await,
            }
        }
    }
}
