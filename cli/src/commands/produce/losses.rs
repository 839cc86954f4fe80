use std::collections::VecDeque;

use anyhow::{Context, Result};
use futures::FutureExt;
use ottla::{Delivery, Error, Writer};

/// Beyond so many records under way, the oldest is waited for. The writer's buffer bounds those of one partition; this
/// bounds what other partitions may pile up behind one that is stuck.
const MOST_WATCHED: usize = 1 << 18;

/// Counts what became of records, holding on only to those whose fate is open.
#[derive(Debug, Default)]
pub(super) struct Losses {
    under_way: VecDeque<Delivery>,
    written: u64,
    lost: u64,
    first: Option<Error>,
}

impl Losses {
    /// Takes up a record that was sent.
    pub(super) async fn watch(&mut self, delivery: Delivery) {
        self.under_way.push_back(delivery);
        if self.under_way.len() > MOST_WATCHED {
            self.settle_oldest().await;
        }
        // Two for each that comes in: the queue shrinks whenever there is something to learn.
        for _ in 0..2 {
            let Some(outcome) = self.under_way.front_mut().and_then(|oldest| oldest.now_or_never()) else {
                break;
            };
            self.under_way.pop_front();
            self.count(outcome.map(drop));
        }
    }

    /// Counts a record that could not even be sent.
    pub(super) fn lost(&mut self, error: Error) {
        self.count(Err(error));
    }

    /// Waits for the fate of all records.
    pub(super) async fn settle(&mut self, writer: &Writer) {
        // A failure is told by the record's own delivery.
        let _ = writer.flush().await;
        while !self.under_way.is_empty() {
            self.settle_oldest().await;
        }
    }

    /// Records that were sent, or tried to.
    pub(super) fn sent(&self) -> u64 {
        self.written + self.lost + self.under_way.len() as u64
    }

    pub(super) fn written(&self) -> u64 {
        self.written
    }

    /// An error if any record was lost.
    pub(super) fn outcome(self) -> Result<()> {
        let sent = self.sent();
        match self.first {
            None => Ok(()),
            Some(first) => Err(first).with_context(|| format!("{} of {sent} records were lost", self.lost)),
        }
    }

    async fn settle_oldest(&mut self) {
        // It stays in the queue while it is waited for, so that it is not forgotten if the wait is given up.
        if let Some(oldest) = self.under_way.front_mut() {
            let outcome = oldest.await;
            self.under_way.pop_front();
            self.count(outcome.map(drop));
        }
    }

    fn count(&mut self, outcome: Result<(), Error>) {
        match outcome {
            Ok(()) => self.written += 1,
            Err(error) => {
                self.lost += 1;
                self.first.get_or_insert(error);
            }
        }
    }
}
