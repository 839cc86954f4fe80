use std::{
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, Waker},
};

use parking_lot::Mutex;

use crate::error::Error;

/// Where a record came to lie.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Delivered {
    /// The topic.
    pub topic: Arc<str>,
    /// The partition.
    pub partition: i32,
    /// The record's offset, or `None` where the broker does not say: without acknowledgement, or
    /// when it had already taken the record in on an earlier try.
    pub offset: Option<i64>,
    /// Milliseconds since 1970: the record's own timestamp, or the broker's where the topic has it
    /// so.
    pub timestamp: i64,
}

/// Where a batch came to lie.
#[derive(Clone, Debug)]
pub(super) struct Placed {
    pub(super) topic: Arc<str>,
    pub(super) partition: i32,
    pub(super) base_offset: Option<i64>,
    pub(super) log_append_time: Option<i64>,
}

/// The outcome of one batch, when it comes, and who waits for it: one for all its records.
#[derive(Debug, Default)]
pub(super) struct Promise(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    outcome: Option<Result<Placed, Error>>,
    waiting: Vec<Waker>,
}

impl Promise {
    /// Settles the batch. Only the first outcome counts.
    pub(super) fn settle(&self, outcome: Result<Placed, Error>) {
        let waiting = {
            let mut state = self.0.lock();
            if state.outcome.is_some() {
                return;
            }
            state.outcome = Some(outcome);
            std::mem::take(&mut state.waiting)
        };
        waiting.into_iter().for_each(Waker::wake);
    }

    /// The outcome, or `None` with the waker remembered.
    fn poll(&self, context: &Context<'_>) -> Poll<Result<Placed, Error>> {
        let mut state = self.0.lock();
        if let Some(outcome) = &state.outcome {
            return Poll::Ready(outcome.clone());
        }
        // One task that waits for many records of a batch need not be woken for each.
        if !state.waiting.iter().any(|waker| waker.will_wake(context.waker())) {
            state.waiting.push(context.waker().clone());
        }
        Poll::Pending
    }

    /// Waits for the outcome.
    pub(super) async fn settled(&self) -> Result<Placed, Error> {
        std::future::poll_fn(|context| self.poll(context)).await
    }
}

/// The fate of one sent record: a future of where it came to lie. Cheap, and dropping it changes
/// nothing.
///
/// # Cancel safety
/// Safe: it can be awaited again, or not at all.
#[derive(Debug)]
#[must_use = "a record that could not be delivered is reported here and nowhere else"]
pub struct Delivery {
    pub(super) promise: Arc<Promise>,
    pub(super) index: u32,
    pub(super) timestamp: i64,
}

impl Future for Delivery {
    type Output = Result<Delivered, Error>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        self.promise.poll(context).map_ok(|placed| Delivered {
            topic: placed.topic,
            partition: placed.partition,
            offset: placed.base_offset.map(|base| base + i64::from(self.index)),
            timestamp: placed.log_append_time.unwrap_or(self.timestamp),
        })
    }
}
