use std::time::Duration;

use ottla_transport::Instant;

use crate::{
    cluster::Backoff,
    error::{Error, Retry},
    trace,
};

/// What went wrong of late, how long to wait because of it, and when to tell.
#[derive(Debug)]
pub(super) struct Trouble {
    backoff: Backoff,
    /// For how long failures that may pass by themselves are not told.
    patience: Duration,
    failures: u32,
    since: Option<Instant>,
    /// Nothing is tried before.
    pub(super) not_before: Instant,
    /// What the user is to be told.
    pub(super) complaint: Option<Error>,
}

impl Trouble {
    pub(super) fn new(backoff: Backoff, patience: Duration, now: Instant) -> Self {
        Self { backoff, patience, failures: 0, since: None, not_before: now, complaint: None }
    }

    /// Not at once again: a coordinator that says the same for ever must not be asked for ever.
    pub(super) fn pause(&mut self, now: Instant) {
        self.failures += 1;
        self.not_before = now + self.backoff.after(self.failures);
    }

    /// Something did not work, which may or may not pass.
    pub(super) fn failed(&mut self, error: Error, now: Instant) {
        self.pause(now);
        trace!(debug, failures = self.failures, error = %error, "group membership");
        let hopeless = error.retry() == Retry::Never;
        if hopeless {
            self.not_before = now + self.backoff.max;
        }
        if hopeless || now.since(*self.since.get_or_insert(now)) >= self.patience {
            self.complaint = Some(error);
        }
    }

    /// Something worked.
    pub(super) fn over(&mut self, now: Instant) {
        self.failures = 0;
        self.since = None;
        self.not_before = now;
    }
}
