use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use ottla_transport::{BoxFuture, MaybeSend, MaybeSync, Runtime};

use super::{
    Shared,
    rebalance::{Listener, Rebalance, RebalanceKind},
    start::Start,
    tenure::Marked,
    wanted::Wanted,
};
use crate::{
    error::{Error, ErrorKind},
    group::{Assigned, Change, GroupConfig, Holder, Member, TopicPartitions, add},
    tasks::Tasks,
    trace,
};

/// What a Reader asks of its membership in a group. A trait, and the way to join a function that is named only
/// where a group is: a program without groups, such as a page, does not contain them.
pub(super) trait Membered: MaybeSend + MaybeSync {
    fn commit<'a>(&'a self, shared: &'a Shared, marked: Marked) -> BoxFuture<'a, Result<(), Error>>;
    fn end(&self, limit: Duration) -> BoxFuture<'_, ()>;
    fn abandon(&self);
}

impl Membered for Member {
    fn commit<'a>(
        &'a self,
        shared: &'a Shared,
        (offsets, claims): Marked,
    ) -> BoxFuture<'a, Result<(), Error>> {
        Box::pin(async move {
            Self::commit(self, &offsets, || shared.cursors.lock().are_ours(&claims)).await?;
            shared.cursors.lock().committed(&offsets, &claims);
            Ok(())
        })
    }

    fn end(&self, limit: Duration) -> BoxFuture<'_, ()> {
        Box::pin(Self::end(self, limit))
    }

    fn abandon(&self) {
        Self::abandon(self);
    }
}

type Join = fn(&Arc<Shared>, &Membership, Start, &Tasks);

/// What a Reader that is a member of a group is set to besides.
#[derive(Clone, Debug)]
pub(super) struct Membership {
    pub(super) config: GroupConfig,
    /// Zero: before the next record is handed out.
    pub(super) commit_interval: Duration,
    /// Whether what was handed out before counts as done with when more is asked for.
    pub(super) auto_commit: bool,
    /// Whether a partition without a committed offset is an error.
    pub(super) must_have_offset: bool,
    pub(super) listener: Option<Arc<dyn Listener>>,
    pub(super) join: Join,
}

impl Membership {
    pub(super) fn new(config: GroupConfig) -> Self {
        let commit_interval = Duration::from_secs(5);
        Self { config, commit_interval, auto_commit: true, must_have_offset: false, listener: None, join }
    }
}

/// One for each time that a partition is assigned: no other member of this program's has the same.
static NEXT_CLAIM: AtomicU64 = AtomicU64::new(1);

/// Puts the partitions that a group assigns among those that a Reader reads.
pub(super) struct Tenant {
    shared: Arc<Shared>,
    start: Option<Start>,
    listener: Option<Arc<dyn Listener>>,
}

impl Tenant {
    pub(super) fn new(shared: &Arc<Shared>, membership: &Membership, start: Start) -> Self {
        Self {
            shared: Arc::clone(shared),
            start: Some(start).filter(|_| !membership.must_have_offset),
            listener: membership.listener.clone(),
        }
    }

    fn take(&self, assigned: &[Assigned]) {
        let mut cursors = self.shared.cursors.lock();
        for partition in assigned {
            cursors.take(partition, self.start, NEXT_CLAIM.fetch_add(1, Ordering::Relaxed));
        }
        drop(cursors);
        let mut wanted = self.shared.wanted.lock();
        for Assigned { topic, partition, .. } in assigned {
            match wanted.iter_mut().find(|known| known.topic == *topic) {
                Some(Wanted { partitions: Some(partitions), .. }) => {
                    if !partitions.contains(partition) {
                        partitions.push(*partition);
                    }
                }
                Some(_) => {}
                None => wanted.push(Wanted { topic: topic.clone(), partitions: Some(vec![*partition]) }),
            }
        }
        drop(wanted);
        self.shared.leader_lost.notify(usize::MAX);
        self.shared.wake();
    }

    fn unwant(&self, gone: &[TopicPartitions]) {
        let mut wanted = self.shared.wanted.lock();
        for topic in gone {
            for known in wanted.iter_mut().filter(|known| known.topic == topic.topic) {
                if let Some(partitions) = &mut known.partitions {
                    partitions.retain(|partition| !topic.partitions.contains(partition));
                }
            }
        }
        wanted.retain(|known| known.partitions.as_ref().is_none_or(|partitions| !partitions.is_empty()));
    }

    /// What was decoded and not yet handed out is dropped too.
    fn withhold(&self, gone: &[TopicPartitions]) {
        let mut decoding = self.shared.decoding.lock();
        let mut cursors = self.shared.cursors.lock();
        cursors.withhold(gone);
        decoding.drop_overtaken(&mut cursors);
        drop(cursors);
        drop(decoding);
        self.unwant(gone);
        self.shared.wake();
    }

    async fn tell(&self, kind: RebalanceKind, partitions: Vec<TopicPartitions>) {
        if let Some(listener) = &self.listener {
            listener.hear(Rebalance::new(kind, partitions, Arc::clone(&self.shared))).await;
        }
    }
}

impl Holder for Tenant {
    fn change(self: Arc<Self>, change: Change) -> BoxFuture<'static, ()> {
        Box::pin(async move {
            match change {
                Change::Assigned(new) => {
                    self.take(&new);
                    let mut partitions = Vec::new();
                    new.iter().for_each(|it| add(&mut partitions, &it.topic, it.partition));
                    self.tell(RebalanceKind::Assigned, partitions).await;
                }
                Change::Revoked(gone) => {
                    self.withhold(&gone);
                    // Whatever becomes of the callback: from its end on the partitions are another's.
                    let _given_away = GivenAway { shared: &self.shared, partitions: &gone };
                    self.tell(RebalanceKind::Revoked, gone.clone()).await;
                    if let Err(error) = self.shared.commit_marked().await {
                        trace!(warn, error = %error, "what was done with is not committed, and will be read again");
                        let _ = error;
                    }
                }
                Change::Lost(gone) => {
                    self.withhold(&gone);
                    self.shared.cursors.lock().give_away(&gone);
                    self.tell(RebalanceKind::Lost, gone).await;
                }
            }
        })
    }

    fn complain(&self, error: Error) {
        self.shared.cursors.lock().complain(None, error);
        self.shared.arrived.notify(usize::MAX);
    }
}

struct GivenAway<'a> {
    shared: &'a Shared,
    partitions: &'a [TopicPartitions],
}

impl Drop for GivenAway<'_> {
    fn drop(&mut self) {
        self.shared.cursors.lock().give_away(self.partitions);
    }
}

/// Makes a Reader a member of a group.
fn join(shared: &Arc<Shared>, membership: &Membership, start: Start, tasks: &Tasks) {
    let tenant = Arc::new(Tenant::new(shared, membership, start));
    let member = Member::join(Arc::clone(&shared.cluster), membership.config.clone(), tenant);
    // It is set once, here, before anybody has the Reader.
    let _ = shared.member.set(Box::new(member));
    let interval = membership.commit_interval;
    if !interval.is_zero() {
        tasks.spawn(shared.runtime(), commit_regularly(Arc::clone(shared), interval));
    }
}

/// Commits what is done with once in a while.
async fn commit_regularly(shared: Arc<Shared>, interval: Duration) {
    loop {
        shared.runtime().sleep(interval).await;
        if let Err(error) = shared.commit_marked().await {
            trace!(warn, error = %error, "commit");
            // What a rebalance has taken away is read again by whoever has it now.
            if error.kind() != ErrorKind::Fenced && error.retry() == crate::error::Retry::Never {
                shared.cursors.lock().complain(None, error);
                shared.arrived.notify(usize::MAX);
            }
        }
    }
}
