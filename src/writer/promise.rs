use std::{
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, Waker},
};

use parking_lot::Mutex;

use super::batch::Outcome;
use crate::{error::Error, record::UserData};

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
    /// What the caller gave along with the record.
    pub user_data: Option<UserData>,
}

/// Where a batch came to lie.
#[derive(Clone, Debug)]
pub(super) struct Placed {
    pub(super) topic: Arc<str>,
    pub(super) partition: i32,
    pub(super) base_offset: Option<i64>,
    pub(super) log_append_time: Option<i64>,
}

/// The outcome of one batch, when it comes, and who waits for it: one for all its records, unless
/// the batch had to be split.
#[derive(Debug, Default)]
pub(super) struct Promise(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    /// Of the whole, or of all that has none of its own.
    outcome: Option<Outcome>,
    /// How often the batch, or a piece of it, was split: there are so many pieces and one.
    splits: usize,
    /// The outcomes of pieces, in order.
    pieces: Vec<Piece>,
    /// By record, in order. Few have any.
    user_data: Vec<(u32, UserData)>,
    waiting: Vec<Waker>,
}

#[derive(Debug)]
struct Piece {
    first: u32,
    records: u32,
    outcome: Outcome,
}

impl State {
    fn is_over(&self) -> bool {
        self.outcome.is_some() || (self.splits > 0 && self.pieces.len() > self.splits)
    }

    /// The outcome of a record, and its place in the batch that this is the outcome of.
    fn of(&self, record: u32) -> Option<(&Outcome, u32)> {
        let after = self.pieces.partition_point(|piece| piece.first <= record);
        let piece = after.checked_sub(1).and_then(|at| self.pieces.get(at));
        match piece.filter(|piece| record - piece.first < piece.records) {
            Some(piece) => Some((&piece.outcome, record - piece.first)),
            None => self.outcome.as_ref().map(|outcome| (outcome, record)),
        }
    }

    fn remember(&mut self, waker: &Waker) {
        // One task that waits for many records of a batch need not be woken for each.
        if !self.waiting.iter().any(|waiting| waiting.will_wake(waker)) {
            self.waiting.push(waker.clone());
        }
    }
}

impl Promise {
    /// Settles the batch, or the piece of it that begins at its record `first`. Only the first
    /// outcome counts: whether this is it.
    pub(super) fn settle(&self, first: u32, records: u32, outcome: Outcome) -> bool {
        let waiting = {
            let mut state = self.0.lock();
            if state.is_over() {
                return false;
            }
            if state.splits == 0 {
                state.outcome = Some(outcome);
            } else {
                let at = state.pieces.partition_point(|piece| piece.first < first);
                if state.pieces.get(at).is_some_and(|piece| piece.first == first) {
                    return false;
                }
                state.pieces.insert(at, Piece { first, records, outcome });
            }
            std::mem::take(&mut state.waiting)
        };
        waiting.into_iter().for_each(Waker::wake);
        true
    }

    /// One piece becomes two, each with an outcome of its own.
    pub(super) fn split(&self) {
        self.0.lock().splits += 1;
    }

    /// Whether every record has its outcome.
    pub(super) fn is_over(&self) -> bool {
        self.0.lock().is_over()
    }

    /// Keeps what goes along with a record. Called in the order of the records.
    pub(super) fn keep(&self, record: u32, user_data: UserData) {
        self.0.lock().user_data.push((record, user_data));
    }

    /// What goes along with some of the records, by their places among them.
    pub(super) fn user_data_of(&self, first: u32, records: u32) -> Vec<(u32, UserData)> {
        let state = self.0.lock();
        let data = state.user_data.iter().filter(|(at, _)| *at >= first && *at - first < records);
        data.map(|(at, data)| (at - first, data.clone())).collect()
    }

    fn user_data(&self, record: u32) -> Option<UserData> {
        let state = self.0.lock();
        let at = state.user_data.binary_search_by_key(&record, |(at, _)| *at).ok()?;
        state.user_data.get(at).map(|(_, data)| data.clone())
    }

    /// Where a record came to lie, or with the waker remembered.
    fn poll(&self, context: &Context<'_>, record: u32, timestamp: i64) -> Poll<Result<Delivered, Error>> {
        let mut state = self.0.lock();
        let delivered = match state.of(record) {
            Some((Ok(placed), at)) => Delivered {
                topic: placed.topic.clone(),
                partition: placed.partition,
                offset: placed.base_offset.map(|base| base + i64::from(at)),
                timestamp: placed.log_append_time.unwrap_or(timestamp),
                user_data: None,
            },
            Some((Err(error), _)) => return Poll::Ready(Err(error.clone())),
            None => {
                state.remember(context.waker());
                return Poll::Pending;
            }
        };
        let has_user_data = !state.user_data.is_empty();
        drop(state);
        let user_data = if has_user_data { self.user_data(record) } else { None };
        Poll::Ready(Ok(Delivered { user_data, ..delivered }))
    }

    /// Waits until every record has its outcome: the first error.
    pub(super) async fn settled(&self) -> Result<(), Error> {
        std::future::poll_fn(|context| {
            let mut state = self.0.lock();
            if !state.is_over() {
                state.remember(context.waker());
                return Poll::Pending;
            }
            let outcomes = state.pieces.iter().map(|piece| &piece.outcome).chain(&state.outcome);
            let failed = outcomes.filter_map(|outcome| outcome.as_ref().err()).next();
            Poll::Ready(failed.map_or(Ok(()), |error| Err(error.clone())))
        })
        .await
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

impl Delivery {
    /// What the caller gave along with the record.
    pub fn user_data(&self) -> Option<UserData> {
        self.promise.user_data(self.index)
    }
}

impl Future for Delivery {
    type Output = Result<Delivered, Error>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        self.promise.poll(context, self.index, self.timestamp)
    }
}
