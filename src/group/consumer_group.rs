use std::{collections::VecDeque, fmt, sync::Arc, time::Duration};

use event_listener::Event;
use ottla_transport::BoxFuture;
use parking_lot::Mutex;

use super::{
    Assigned, Change, Generation, Group, Holder, Member, PartitionAssignment, TopicPartitions,
    generation::Life,
    offsets::committed,
    topic_partitions::{add, contains},
};
use crate::{client::Client, cluster::Cluster, error::Error};

/// So many errors wait to be told at most; older ones are forgotten.
const MOST_ERRORS: usize = 16;

/// A member of a consumer group that is told what to read, and reads by itself: the low-level way. For the
/// usual one see [`ReaderBuilder::group`](crate::ReaderBuilder::group).
///
/// Dropping it leaves the group only when its session times out: call [`ConsumerGroup::close`].
pub struct ConsumerGroup {
    member: Arc<Member>,
    generations: Arc<Generations>,
}

impl ConsumerGroup {
    /// Joins a group to read topics.
    ///
    /// # Errors
    /// A setting makes no sense, or contradicts another.
    pub fn join(client: &Client, group: impl Into<Group>, topics: &[&str]) -> Result<Self, Error> {
        let mut config = group.into().0;
        config.topics = topics.iter().map(|topic| Arc::from(*topic)).collect();
        config.backoff = client.cluster().config.backoff;
        config.check()?;
        let cluster = Arc::clone(client.cluster());
        let generations = Arc::new(Generations {
            group: config.group.clone(),
            cluster: Arc::clone(&cluster),
            state: Mutex::default(),
            arrived: Event::new(),
        });
        let holder: Arc<dyn Holder> = Arc::clone(&generations) as _;
        Ok(Self { member: Arc::new(Member::join(cluster, config, holder)), generations })
    }

    /// The next generation, when the group has settled on it and all that ran in the one before has ended.
    ///
    /// # Errors
    /// The group cannot be joined, which is tried again; or this is closed.
    ///
    /// # Cancel safety
    /// Safe: no generation is lost.
    pub async fn next(&self) -> Result<Generation, Error> {
        loop {
            let arrived = self.generations.arrived.listen();
            {
                let mut state = self.generations.state.lock();
                if state.closed {
                    return Err(Error::closed("consumer group"));
                }
                if let Some(error) = state.errors.pop_front() {
                    return Err(error);
                }
                if state.fresh
                    && let Some(life) = state.life.clone()
                    && let Some(identity) = self.member.identity()
                {
                    state.fresh = false;
                    return Ok(Generation {
                        id: identity.generation,
                        member_id: identity.member_id,
                        partitions: state.owned.iter().map(assignment).collect(),
                        life,
                        member: Arc::clone(&self.member),
                        cluster: Arc::clone(&self.generations.cluster),
                    });
                }
            }
            arrived.await;
        }
    }

    /// Ends the generation, waits for what runs in it, and leaves the group (unless it is a static member,
    /// which is expected back): all that for at most `limit`.
    ///
    /// # Cancel safety
    /// Call it again after a drop.
    pub async fn close(&self, limit: Duration) {
        let life = {
            let mut state = self.generations.state.lock();
            state.closed = true;
            state.life.take()
        };
        self.generations.arrived.notify(usize::MAX);
        let runtime = &self.generations.cluster.runtime;
        let started = ottla_transport::Runtime::now(runtime);
        if let Some(life) = life {
            crate::connection::within(runtime, limit, life.end()).await;
        }
        let spent = ottla_transport::Runtime::now(runtime).since(started);
        self.member.end(limit.saturating_sub(spent)).await;
    }
}

impl fmt::Debug for ConsumerGroup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ConsumerGroup").field("group", &self.generations.group).finish_non_exhaustive()
    }
}

fn assignment(assigned: &Assigned) -> PartitionAssignment {
    PartitionAssignment {
        topic: assigned.topic.clone(),
        partition: assigned.partition,
        committed: assigned.committed.clone(),
    }
}

/// Makes generations of what changes.
struct Generations {
    group: Arc<str>,
    cluster: Arc<Cluster>,
    state: Mutex<State>,
    arrived: Event,
}

#[derive(Default)]
struct State {
    owned: Vec<Assigned>,
    life: Option<Arc<Life>>,
    /// The generation has not been handed out yet.
    fresh: bool,
    errors: VecDeque<Error>,
    closed: bool,
}

impl Generations {
    /// Ends the generation that is.
    async fn end(&self) {
        let life = self.state.lock().life.take();
        if let Some(life) = life {
            life.end().await;
        }
    }

    /// How far the group has come in what the member keeps: it may have come further since.
    async fn refreshed(&self, kept: Vec<Assigned>) -> Vec<Assigned> {
        let mut partitions: Vec<TopicPartitions> = Vec::new();
        kept.iter().for_each(|it| add(&mut partitions, &it.topic, it.partition));
        if partitions.is_empty() {
            return kept;
        }
        match committed(&self.cluster, &self.group, None, Some(&partitions)).await {
            Ok(offsets) => {
                let refreshed = super::offsets::matched(&partitions, &offsets);
                let assigned = refreshed.map(|(topic, partition, committed)| Assigned {
                    topic: topic.clone(),
                    partition,
                    committed: committed.cloned(),
                });
                assigned.collect()
            }
            // What was committed before is true too, only older.
            Err(_) => kept,
        }
    }
}

impl Holder for Generations {
    fn change(self: Arc<Self>, change: Change) -> BoxFuture<'static, ()> {
        Box::pin(async move {
            self.end().await;
            match change {
                Change::Assigned(new) => {
                    let kept = self.state.lock().owned.clone();
                    let mut owned = self.refreshed(kept).await;
                    owned.extend(new);
                    let mut state = self.state.lock();
                    state.owned = owned;
                    state.life = Some(Arc::default());
                    state.fresh = true;
                }
                Change::Revoked(gone) | Change::Lost(gone) => {
                    self.state.lock().owned.retain(|it| !contains(&gone, &it.topic, it.partition));
                }
            }
            self.arrived.notify(usize::MAX);
        })
    }

    fn complain(&self, error: Error) {
        let mut state = self.state.lock();
        if state.errors.len() >= MOST_ERRORS {
            state.errors.pop_front();
        }
        state.errors.push_back(error);
        drop(state);
        self.arrived.notify(usize::MAX);
    }
}
