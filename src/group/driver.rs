use std::{sync::Arc, time::Duration};

use futures::FutureExt;
use ottla_transport::{BoxFuture, Instant, Runtime};

use super::{
    TopicPartitions,
    leader::{self, Seen},
    member::{Assigned, Change, Holder, Shared, beside, done},
    offsets::{committed, matched},
    step::{self, Call, Heard, Step},
};
use crate::{
    error::{Error, ErrorKind},
    protocol::Request,
    trace,
};

/// Does what the membership wants done: the one task of a member.
pub(super) struct Driver {
    shared: Arc<Shared>,
    holder: Arc<dyn Holder>,
    /// What the holder is at, and until when the group waits for that.
    telling: Option<BoxFuture<'static, ()>>,
    tell_until: Option<Instant>,
    /// The topics as the last assignment of this member's saw them.
    seen: Seen,
    look_at: Instant,
}

impl Driver {
    pub(super) fn new(shared: Arc<Shared>, holder: Arc<dyn Holder>) -> Self {
        let look_at = shared.now();
        Self { shared, holder, telling: None, tell_until: None, seen: Vec::new(), look_at }
    }

    pub(super) async fn run(mut self) {
        while self.shared.config.filter.is_some() && !self.look_for_topics().await && !self.shared.is_ending()
        {
            let pause = self.shared.cluster.config.backoff.max;
            self.shared.rest(self.shared.now() + pause).await;
        }
        loop {
            let before = self.shared.identity();
            let step = self.shared.machine.lock().next(self.shared.now());
            if matches!(step, Step::Over) {
                self.shared.renewed.notify(usize::MAX);
                return;
            }
            self.carry_out(step).await;
            self.settle_telling();
            if self.shared.identity() != before {
                self.shared.renewed.notify(usize::MAX);
            }
        }
    }

    async fn carry_out(&mut self, step: Step) {
        let shared = Arc::clone(&self.shared);
        match step {
            Step::Find => {
                let found =
                    shared.cluster.find_coordinator(&shared.config.group).map(|found| found.map(drop));
                let found = self.unless_ending(found).await;
                shared.machine.lock().found(found, shared.now());
            }
            Step::Call(call) => {
                let heard = self.call(call).await;
                shared.machine.lock().heard(heard, shared.now());
            }
            Step::Assign { assignor, members } => {
                let assigned = leader::assign(&shared.cluster, &shared.config, &assignor, members);
                let outcome = self.unless_ending(assigned).await.map(|(assigned, seen)| {
                    self.seen = seen;
                    self.look_at = shared.now() + shared.config.watch_interval;
                    assigned
                });
                shared.machine.lock().assigned(outcome, shared.now());
            }
            Step::Name => {
                let topics = shared.machine.lock().topics();
                let names = leader::names(&shared.cluster, &topics);
                let outcome = self.unless_ending(names).await;
                shared.machine.lock().named(outcome, shared.now());
            }
            Step::Tell(change) => self.tell(change),
            Step::Complain(_) if shared.is_ending() => {}
            Step::Complain(error) => self.holder.complain(error),
            Step::Wait(until) => self.wait(until).await,
            Step::Over => {}
        }
    }

    /// Until then, or until the holder is done, or somebody stirs.
    async fn wait(&mut self, until: Instant) {
        let shared = Arc::clone(&self.shared);
        let looks =
            shared.config.filter.is_some() || (!self.seen.is_empty() && shared.machine.lock().leads());
        if looks && self.look_at <= shared.now() {
            return self.look().await;
        }
        let until = if looks { until.min(self.look_at) } else { until };
        let until = self.tell_until.map_or(until, |limit| limit.min(until));
        let mut rest = std::pin::pin!(shared.rest(until).fuse());
        let mut done = std::pin::pin!(done(&mut self.telling).fuse());
        futures::select_biased! {
            () = done => {}
            () = rest => {}
        }
    }

    /// Looks whether the topics have changed since they were assigned: then the group must rebalance.
    async fn look(&mut self) {
        let shared = Arc::clone(&self.shared);
        self.look_at = shared.now() + shared.config.watch_interval;
        if shared.config.filter.is_some() {
            self.look_for_topics().await;
        }
        if !shared.machine.lock().leads() {
            return;
        }
        let names: Vec<_> = self.seen.iter().map(|(name, _)| name.clone()).collect();
        let topics = leader::topics(&shared.cluster, &names);
        let Ok(topics) = beside(&mut self.telling, topics).await else { return };
        let now = leader::seen(&names, &topics);
        if now != self.seen {
            trace!(debug, group = &*shared.config.group, "topics have changed: the group rebalances");
            self.seen.clear();
            shared.machine.lock().rebalance();
        }
    }

    /// Looks which topics there are that the filter wants. Whether the cluster could be asked.
    async fn look_for_topics(&mut self) -> bool {
        let shared = Arc::clone(&self.shared);
        let found = leader::filtered(&shared.cluster, &shared.config);
        match self.unless_ending(found).await {
            Ok(topics) => {
                shared.machine.lock().subscribe(topics);
                true
            }
            Err(error) if shared.is_ending() => {
                drop(error);
                false
            }
            Err(error) => {
                self.holder.complain(error);
                false
            }
        }
    }

    fn tell(&mut self, change: step::Change) {
        let (shared, holder) = (Arc::clone(&self.shared), Arc::clone(&self.holder));
        self.tell_until = match &change {
            step::Change::Revoked(_) => Some(shared.now() + shared.config.rebalance_timeout),
            step::Change::Assigned(_) | step::Change::Lost(_) => None,
        };
        self.telling = Some(Box::pin(async move {
            let change = match change {
                step::Change::Assigned(partitions) => {
                    Change::Assigned(with_offsets(&shared, &*holder, partitions).await)
                }
                step::Change::Revoked(partitions) => Change::Revoked(partitions),
                step::Change::Lost(partitions) => Change::Lost(partitions),
            };
            holder.change(change).await;
        }));
    }

    /// Whether the holder is done, or is not waited for any longer.
    fn settle_telling(&mut self) {
        let mut machine = self.shared.machine.lock();
        let late = self.tell_until.is_some_and(|limit| self.shared.now() >= limit);
        let vain = machine.is_overtaken() || self.shared.is_ending();
        if self.telling.is_some() && (late || vain) {
            trace!(warn, group = &*self.shared.config.group, late, "the holder is not waited for any longer");
            self.telling = None;
        }
        if self.telling.is_none() && machine.is_telling() {
            self.tell_until = None;
            machine.told();
        }
    }

    async fn call(&mut self, call: Call) -> Heard {
        let config = Arc::clone(&self.shared.config);
        let short = self.shared.cluster.config.request_timeout.min(config.session_timeout);
        // Answered when the last member is there, or has been waited for long enough.
        let long = config.rebalance_timeout + self.shared.cluster.config.request_timeout;
        match call {
            Call::Join(request) => Heard::Joined(self.ask(&request, long).await),
            Call::Sync(request) => Heard::Synced(self.ask(&request, long).await),
            Call::Beat(request) => Heard::Beat(self.ask(&request, short).await),
            Call::Leave(request) => {
                let _ = self.say_goodbye(&request, short).await;
                Heard::Left
            }
            Call::Next(request) if request.member_epoch < 0 => {
                Heard::Next(self.say_goodbye(&request, short).await)
            }
            Call::Next(request) => Heard::Next(self.ask(&request, short).await),
        }
    }

    async fn ask<R: Request>(&mut self, request: &R, timeout: Duration) -> Result<R::Response, Error> {
        let shared = Arc::clone(&self.shared);
        let answer = async {
            let node = shared.cluster.coordinator(&shared.config.group).await?;
            let connection = shared.cluster.connection(node, shared.purpose).await?;
            shared.config.check_versions(connection.versions())?;
            connection.call(request, timeout).await
        };
        self.unless_ending(answer).await
    }

    /// Not on the connection of the membership: a JoinGroup there may hold up everything else.
    async fn say_goodbye<R: Request>(
        &mut self,
        request: &R,
        timeout: Duration,
    ) -> Result<R::Response, Error> {
        let cluster = &self.shared.cluster;
        let node = cluster.coordinator(&self.shared.config.group).await?;
        cluster.connection(node, crate::cluster::Purpose::General).await?.call(request, timeout).await
    }

    /// What `work` comes to, unless the membership is to end before.
    async fn unless_ending<T>(&mut self, work: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
        let shared = Arc::clone(&self.shared);
        let ending = async {
            while !shared.is_ending() {
                let stirred = shared.stirred.listen();
                if !shared.is_ending() {
                    stirred.await;
                }
            }
        };
        let work = async {
            let mut work = std::pin::pin!(work.fuse());
            let mut ending = std::pin::pin!(ending.fuse());
            futures::select_biased! {
                outcome = work => outcome,
                () = ending => Err(Error::new(ErrorKind::Closed, "the group membership ends")),
            }
        };
        beside(&mut self.telling, work).await
    }
}

/// How far the group has come in what was assigned: asked again until it is known, since to begin
/// anywhere else would be to read twice, or not at all.
async fn with_offsets(
    shared: &Arc<Shared>,
    holder: &dyn Holder,
    partitions: Vec<TopicPartitions>,
) -> Vec<Assigned> {
    if partitions.is_empty() {
        return Vec::new();
    }
    let mut failures = 0;
    loop {
        let identity = shared.identity();
        let found =
            committed(&shared.cluster, &shared.config.group, identity.as_ref(), Some(&partitions)).await;
        match found {
            Ok(offsets) => {
                let assigned = matched(&partitions, &offsets).map(|(topic, partition, committed)| Assigned {
                    topic: topic.clone(),
                    partition,
                    committed: committed.cloned(),
                });
                return assigned.collect();
            }
            Err(error) => {
                failures += 1;
                trace!(debug, group = &*shared.config.group, failures, error = %error, "no offsets yet");
                if failures % TOLD_AFTER == 0 || !super::offsets::may_pass(&error) {
                    holder.complain(error);
                }
                let _ = shared.cluster.find_coordinator(&shared.config.group).await;
                shared.cluster.runtime.sleep(shared.cluster.config.backoff.after(failures)).await;
            }
        }
    }
}

/// The user is told of every so many failures to look up offsets.
const TOLD_AFTER: u32 = 20;
