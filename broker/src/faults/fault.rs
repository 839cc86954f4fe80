use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use super::{
    Faults,
    action::Action,
    scope::{Asked, Scope},
};

/// A rule that holds. It holds on when this is dropped.
#[derive(Clone, Debug)]
pub struct Fault {
    faults: Faults,
    entry: Arc<Entry>,
}

/// A rule with its counters, which change under the lock of the book only.
#[derive(Debug)]
pub(crate) struct Entry {
    pub(super) scope: Scope,
    pub(super) action: Action,
    skip: u64,
    times: Option<u64>,
    seen: AtomicU64,
    struck: AtomicU64,
}

impl Fault {
    pub(super) fn holding(
        faults: Faults,
        scope: Scope,
        skip: u64,
        times: Option<u64>,
        action: Action,
    ) -> Self {
        let (seen, struck) = Default::default();
        let entry = Arc::new(Entry { scope, action, skip, times, seen, struck });
        faults.add(Arc::clone(&entry));
        Self { faults, entry }
    }

    /// How many requests it has struck.
    pub fn strikes(&self) -> u64 {
        self.entry.struck.load(Ordering::Acquire)
    }

    /// Whether it has struck as often as it may.
    pub fn is_spent(&self) -> bool {
        self.entry.is_spent()
    }

    /// Removes the rule.
    pub fn remove(&self) {
        self.faults.remove(&self.entry);
    }
}

impl Entry {
    /// Whether it strikes a request. Counts it.
    pub(super) fn strikes_at(&self, asked: &Asked<'_>) -> bool {
        if self.is_spent() || !self.scope.includes(asked) {
            return false;
        }
        let passed = self.seen.fetch_add(1, Ordering::AcqRel) < self.skip;
        if !passed {
            self.struck.fetch_add(1, Ordering::AcqRel);
        }
        !passed
    }

    pub(super) fn is_spent(&self) -> bool {
        self.times.is_some_and(|times| self.struck.load(Ordering::Acquire) >= times)
    }
}
