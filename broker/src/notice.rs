use std::{
    future::poll_fn,
    sync::{
        Arc, Weak,
        atomic::{AtomicBool, Ordering},
    },
    task::Poll,
};

use futures::task::AtomicWaker;

/// Tells one waiting fetch that a partition it reads has changed.
#[derive(Debug, Default)]
pub(crate) struct Notice {
    raised: AtomicBool,
    waker: AtomicWaker,
}

impl Notice {
    /// Wakes the one that waits, or lets its next wait return at once.
    pub(crate) fn raise(&self) {
        self.raised.store(true, Ordering::Release);
        self.waker.wake();
    }

    /// Waits until it is raised, and lowers it.
    ///
    /// # Cancel safety
    /// Safe.
    pub(crate) async fn raised(&self) {
        poll_fn(|context| {
            self.waker.register(context.waker());
            if self.raised.swap(false, Ordering::AcqRel) { Poll::Ready(()) } else { Poll::Pending }
        })
        .await;
    }
}

/// Those who wait for a partition to change.
#[derive(Debug, Default)]
pub(crate) struct Watchers(Vec<Weak<Notice>>);

impl Watchers {
    /// Adds one, once, and forgets those who have given up.
    pub(crate) fn add(&mut self, notice: &Arc<Notice>) {
        self.0.retain(|known| known.strong_count() > 0 && !std::ptr::eq(known.as_ptr(), Arc::as_ptr(notice)));
        self.0.push(Arc::downgrade(notice));
    }

    /// Hands all of them over, to be raised where no lock is held: a waker may run its task in
    /// place.
    pub(crate) fn take_into(&mut self, woken: &mut Vec<Arc<Notice>>) {
        woken.extend(self.0.drain(..).filter_map(|notice| notice.upgrade()));
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt;

    use super::*;

    #[test]
    fn a_notice_is_seen_once_even_when_raised_first() {
        let notice = Notice::default();
        assert!(notice.raised().now_or_never().is_none());
        notice.raise();
        assert!(notice.raised().now_or_never().is_some());
        assert!(notice.raised().now_or_never().is_none());
    }

    #[test]
    fn watchers_hold_each_once_and_drop_those_that_left() {
        let mut watchers = Watchers::default();
        let stays = Arc::new(Notice::default());
        for _ in 0..3 {
            watchers.add(&stays);
            watchers.add(&Arc::new(Notice::default()));
        }
        assert!(watchers.0.len() <= 2);
        let mut woken = Vec::new();
        watchers.take_into(&mut woken);
        assert_eq!(woken.len(), 1);
        assert!(watchers.0.is_empty());
    }
}
