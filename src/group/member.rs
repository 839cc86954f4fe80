use std::{
    pin::pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::Poll,
    time::Duration,
};

use event_listener::Event;
use ottla_transport::{BoxFuture, Instant, MaybeSend, MaybeSync, Runtime};
use parking_lot::Mutex;

use super::{
    CommittedOffset, GroupConfig, TopicPartitions,
    driver::Driver,
    machine::Machine,
    offsets::{commit, may_pass},
    step::Identity,
};
use crate::{
    cluster::{Cluster, Purpose},
    connection::within,
    error::{Error, ErrorKind},
    tasks::Tasks,
};

/// Who reads what a member is assigned.
pub(crate) trait Holder: MaybeSend + MaybeSync + 'static {
    /// The member has other partitions now, or must give some back: that is done when the future is.
    /// It is dropped when that takes longer than the group waits, or is not true any more.
    fn change(self: Arc<Self>, change: Change) -> BoxFuture<'static, ()>;

    /// Something does not work, and will be tried again nevertheless.
    fn complain(&self, error: Error);
}

/// What changes for the holder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Change {
    /// These are the member's from now on, besides what it has, each with where the group has come to.
    Assigned(Vec<Assigned>),
    /// These must be given back. Until that is done they are the member's.
    Revoked(Vec<TopicPartitions>),
    /// These are no longer the member's, and may already be another's.
    Lost(Vec<TopicPartitions>),
}

/// A partition that is the member's from now on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Assigned {
    pub(crate) topic: Arc<str>,
    pub(crate) partition: i32,
    pub(crate) committed: Option<CommittedOffset>,
}

/// A membership in a group, with the task that keeps it.
pub(crate) struct Member {
    pub(super) shared: Arc<Shared>,
    tasks: Tasks,
}

/// What the handle and the task share.
pub(super) struct Shared {
    pub(super) cluster: Arc<Cluster>,
    pub(super) config: Arc<GroupConfig>,
    pub(super) purpose: Purpose,
    pub(super) machine: Mutex<Machine>,
    /// Somebody wants something of the membership.
    pub(super) stirred: Event,
    /// The identity has changed, or is gone.
    pub(super) renewed: Event,
    pub(super) ending: AtomicBool,
}

impl Member {
    /// Joins a group, and stays in it until the end.
    pub(crate) fn join(cluster: Arc<Cluster>, config: GroupConfig, holder: Arc<dyn Holder>) -> Self {
        let config = Arc::new(config);
        let now = cluster.runtime.now();
        let shared = Arc::new(Shared {
            purpose: cluster.new_member(),
            machine: Mutex::new(Machine::new(Arc::clone(&config), now)),
            cluster,
            config,
            stirred: Event::new(),
            renewed: Event::new(),
            ending: AtomicBool::new(false),
        });
        let tasks = Tasks::default();
        tasks.spawn(&shared.cluster.runtime, Driver::new(Arc::clone(&shared), holder).run());
        Self { shared, tasks }
    }

    /// Lets the coordinator remember how far the group has come, tried again while that may help and
    /// `still_ours` says that the partitions have not gone to others.
    ///
    /// # Errors
    /// The member is none any more, or the coordinator refuses or cannot be reached.
    ///
    /// # Cancel safety
    /// A dropped call may have been carried out.
    pub(crate) async fn commit(
        &self,
        offsets: &[CommittedOffset],
        still_ours: impl Fn() -> bool,
    ) -> Result<(), Error> {
        let shared = &self.shared;
        let runtime = &shared.cluster.runtime;
        let deadline = runtime.now() + shared.cluster.config.request_timeout;
        let mut failures = 0;
        loop {
            let renewed = shared.renewed.listen();
            let identity = shared.machine.lock().identity();
            let Some(identity) = identity.filter(|_| still_ours()) else {
                let what = "the partition is not (or no longer) this member's: another one goes on from what was \
                    committed before";
                return Err(Error::new(ErrorKind::Fenced, what));
            };
            let instance_id = shared.config.instance_id.as_ref();
            let outcome =
                commit(&shared.cluster, &shared.config.group, Some((&identity, instance_id)), offsets).await;
            let Err(error) = outcome else { return Ok(()) };
            failures += 1;
            let now = runtime.now();
            shared.doubt(&error, now);
            let pause = shared.cluster.config.backoff.after(failures);
            if !may_pass(&error) || now + pause >= deadline {
                return Err(error);
            }
            // Another generation may be what is waited for.
            within(runtime, pause, renewed).await;
        }
    }

    /// Who the member is to the coordinator, while it is one.
    pub(crate) fn identity(&self) -> Option<Identity> {
        self.shared.identity()
    }

    /// Ends the membership, for at most so long.
    pub(crate) async fn end(&self, limit: Duration) {
        self.shared.machine.lock().end();
        self.shared.ending.store(true, Ordering::Release);
        self.shared.stirred.notify(usize::MAX);
        within(&self.shared.cluster.runtime, limit, self.tasks.ended()).await;
        self.tasks.stop().await;
        self.shared.cluster.release(self.shared.purpose);
    }
}

impl Member {
    /// Ends its task, and says nothing to the coordinator.
    pub(crate) fn abandon(&self) {
        self.tasks.abort();
    }
}

impl Drop for Member {
    fn drop(&mut self) {
        self.abandon();
        self.shared.cluster.release(self.shared.purpose);
    }
}

impl Shared {
    pub(super) fn now(&self) -> Instant {
        self.cluster.runtime.now()
    }

    pub(super) fn is_ending(&self) -> bool {
        self.ending.load(Ordering::Acquire)
    }

    pub(super) fn identity(&self) -> Option<Identity> {
        self.machine.lock().identity()
    }

    /// A request as member was refused: ask whether this still is one.
    fn doubt(&self, error: &Error, now: Instant) {
        if error.kind() == ErrorKind::Broker {
            self.machine.lock().doubt(now);
            self.stirred.notify(usize::MAX);
        }
    }

    /// Waits until somebody stirs the membership, or it is that time.
    pub(super) async fn rest(&self, until: Instant) {
        let stirred = self.stirred.listen();
        within(&self.cluster.runtime, until.since(self.now()), stirred).await;
    }
}

/// Both at a time, until `work` is done: whether `aside` has been done meanwhile is left in it.
pub(super) async fn beside<T>(
    aside: &mut Option<BoxFuture<'static, ()>>,
    work: impl Future<Output = T>,
) -> T {
    let mut work = pin!(work);
    std::future::poll_fn(|context| {
        if aside.as_mut().is_some_and(|aside| aside.as_mut().poll(context).is_ready()) {
            *aside = None;
        }
        work.as_mut().poll(context)
    })
    .await
}

/// Waits until `aside` is done, if there is one.
pub(super) async fn done(aside: &mut Option<BoxFuture<'static, ()>>) {
    std::future::poll_fn(|context| match aside {
        None => Poll::Pending,
        Some(work) => {
            std::task::ready!(work.as_mut().poll(context));
            *aside = None;
            Poll::Ready(())
        }
    })
    .await;
}
