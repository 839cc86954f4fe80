use std::{
    fmt,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
};

use super::batch::Outcome;
use super::promise::Promise;
use crate::{error::Error, record::UserData};

/// What became of one batch: for [`WriterBuilder::on_completion`](crate::WriterBuilder::on_completion).
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Completion<'a> {
    /// The topic.
    pub topic: &'a str,
    /// The partition.
    pub partition: i32,
    /// How many records the batch has.
    pub records: u32,
    /// The offset of its first record, where the broker tells it. The others follow it.
    pub base_offset: Option<i64>,
    /// The broker's time for all its records in milliseconds since 1970, where the topic has it so.
    pub log_append_time: Option<i64>,
    /// Why it was not delivered.
    pub error: Option<&'a Error>,
    /// The user data of its records, each with the record's place in the batch.
    pub user_data: &'a [(u32, UserData)],
}

/// A callback; a trait, so that it is `Send` where it must be.
pub(super) trait Completes: ottla_transport::MaybeSend + ottla_transport::MaybeSync {
    fn completed(&self, completion: &Completion<'_>);
}

impl<F: Fn(&Completion<'_>) + ottla_transport::MaybeSend + ottla_transport::MaybeSync> Completes for F {
    fn completed(&self, completion: &Completion<'_>) {
        self(completion);
    }
}

/// A batch, or a piece of one, whose outcome the callback is to be told.
pub(super) struct Completed {
    pub(super) promise: Arc<Promise>,
    pub(super) topic: Arc<str>,
    pub(super) partition: i32,
    /// Its first record's place among those of the promise.
    pub(super) first: u32,
    pub(super) records: u32,
    pub(super) outcome: Outcome,
}

impl Completed {
    /// Tells the callback. Whether it came back from it: a panic is its own affair, and stops nothing else.
    pub(super) fn tell(&self, callback: &dyn Completes) -> bool {
        let user_data = self.promise.user_data_of(self.first, self.records);
        let placed = self.outcome.as_ref().ok();
        let completion = Completion {
            topic: &self.topic,
            partition: self.partition,
            records: self.records,
            base_offset: placed.and_then(|placed| placed.base_offset),
            log_append_time: placed.and_then(|placed| placed.log_append_time),
            error: self.outcome.as_ref().err(),
            user_data: &user_data,
        };
        catch_unwind(AssertUnwindSafe(|| callback.completed(&completion))).is_ok()
    }
}

impl fmt::Debug for Completed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Completed").field("topic", &self.topic).finish_non_exhaustive()
    }
}
