use std::{
    collections::HashSet,
    sync::{Arc, Weak},
};

use ottla_transport::{Instant, Runtime};

use super::{Shared, batch::Identity, expiry::Lost, lane::Lane};
use crate::{
    connection::within,
    error::{Error, ErrorKind},
    protocol::{ErrorCode, init_producer_id},
    tasks::Tasks,
    trace,
};

/// Sees to it that lanes have what they need: a lane for every leader, leaders for partitions with
/// batches, an identity for the Writer. And that nothing waits longer than its delivery timeout.
pub(super) struct Keeper {
    shared: Arc<Shared>,
    tasks: Weak<Tasks>,
    lanes: HashSet<i32>,
    failures: u32,
    not_before: Instant,
    /// When all topics are asked about again: partitions may have been added.
    refresh_at: Instant,
}

impl Keeper {
    pub(super) fn new(shared: Arc<Shared>, tasks: Weak<Tasks>) -> Self {
        let refresh_at = shared.cluster.runtime.now() + shared.cluster.config.metadata_max_age;
        Self { shared, tasks, lanes: HashSet::new(), failures: 0, not_before: Instant::default(), refresh_at }
    }

    pub(super) async fn run(mut self) {
        loop {
            let shared = Arc::clone(&self.shared);
            let called = shared.chores.listen();
            let now = shared.cluster.runtime.now();
            self.open_lanes();
            let (chores, expiry, lost, completed) = {
                let mut accumulator = shared.accumulator.lock();
                let lost = accumulator.expire(now);
                if self.refresh_at <= now {
                    self.refresh_at = now + shared.cluster.config.metadata_max_age;
                    accumulator.doubt_all_topics();
                }
                let completed = accumulator.take_completed();
                (accumulator.has_chores(), accumulator.next_expiry(), lost, completed)
            };
            if lost != Lost::default() {
                trace!(
                    warn,
                    not_sent = lost.not_sent,
                    unknown = lost.unknown,
                    "records not delivered in time"
                );
            }
            shared.tell(&completed);
            shared.room.notify(usize::MAX);
            if chores && self.not_before <= now {
                self.do_chores(now).await;
                continue;
            }
            // A batch that is opened from now on does not expire before that.
            let idle = now + shared.options.limits.delivery_timeout;
            let next = expiry.unwrap_or(idle).min(if chores { self.not_before } else { self.refresh_at });
            within(&shared.cluster.runtime, next.since(now), called).await;
        }
    }

    fn open_lanes(&mut self) {
        let leaders = self.shared.accumulator.lock().leaders();
        for node in leaders {
            if self.lanes.insert(node)
                && let Some(tasks) = self.tasks.upgrade()
            {
                tasks.spawn(&self.shared.cluster.runtime, Lane::new(node, Arc::clone(&self.shared)).run());
            }
        }
    }

    /// Asks for what is missing. After a failure the next try waits its back-off.
    async fn do_chores(&mut self, now: Instant) {
        let stale = self.shared.accumulator.lock().stale_topics();
        let mut outcome = Ok(());
        for topic in stale {
            outcome = outcome.and(self.learn(&topic, now).await);
        }
        if self.shared.accumulator.lock().needs_identity() {
            outcome = outcome.and(self.identify().await);
        }
        match outcome {
            Ok(()) => self.failures = 0,
            Err(error) => {
                self.failures += 1;
                trace!(warn, error = %error, failures = self.failures, "the writer lacks a leader or an identity");
                let _ = error;
            }
        }
        let wait = self.shared.options.limits.backoff.after(self.failures);
        self.not_before = self.shared.cluster.runtime.now() + wait;
        self.shared.work.notify(usize::MAX);
    }

    async fn learn(&self, name: &Arc<str>, now: Instant) -> Result<(), Error> {
        let topic = self.shared.cluster.refresh(name, now, false).await?;
        Error::check(topic.error, "looking up the topic", None)?;
        self.shared.accumulator.lock().learn(&topic, || self.shared.options.balancer.make());
        match topic.partitions.iter().find(|partition| partition.leader.is_none()) {
            Some(partition) => {
                let code = ErrorCode::LEADER_NOT_AVAILABLE;
                Err(Error::broker(code, "looking for leaders", None).about(name.clone(), Some(partition.id)))
            }
            None => Ok(()),
        }
    }

    /// Gets a producer id (KIP-98), or does without where the broker has none and none was asked for.
    async fn identify(&self) -> Result<(), Error> {
        let asked_for = self.shared.options.idempotent == Some(true);
        let connection = self.shared.cluster.any_connection().await?;
        let request = init_producer_id::Request { transaction_timeout_ms: i32::MAX, ..Default::default() };
        let timeout = self.shared.cluster.config.request_timeout;
        let response = connection.call(&request, timeout).await.and_then(|response| {
            Error::check(response.error_code, "getting a producer id", None).map(|()| response)
        });
        let refused = |error: &Error| {
            error.kind() == ErrorKind::Unsupported
                || matches!(error.code(), Some(ErrorCode::CLUSTER_AUTHORIZATION_FAILED))
        };
        match response {
            Ok(response) => {
                let (producer_id, epoch) = (response.producer_id, response.producer_epoch);
                self.shared.accumulator.lock().identify(Identity { producer_id, epoch });
                trace!(info, producer_id, epoch, "producer id obtained: sequences start anew under it");
                Ok(())
            }
            Err(error) if refused(&error) && !asked_for => {
                trace!(warn, error = %error, "no idempotent writing here: a retry may write twice");
                self.shared.accumulator.lock().idempotent = false;
                Ok(())
            }
            Err(error) if refused(&error) => {
                let completed = {
                    let mut accumulator = self.shared.accumulator.lock();
                    accumulator.abandon_waiting(&error.clone().not_sent());
                    accumulator.take_completed()
                };
                self.shared.tell(&completed);
                Err(error)
            }
            Err(error) => Err(error),
        }
    }
}
