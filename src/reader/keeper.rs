use std::sync::{Arc, Weak};

use ottla_transport::{Instant, Runtime};

use super::{Shared, lane::Lane, wanted::Wanted};
use crate::{
    cluster::TopicMetadata,
    connection::{LONGEST_WAIT, within},
    error::{Error, Retry},
    protocol::ErrorCode,
    tasks::Tasks,
    trace,
};

/// Finds the partitions of a Reader's topics and their leaders, and opens a lane to each of these.
/// Looks again when a leader is lost, and once in a while for new partitions.
pub(super) struct Keeper {
    shared: Arc<Shared>,
    tasks: Weak<Tasks>,
    lanes: Vec<i32>,
    topics: Vec<TopicWatch>,
}

struct TopicWatch {
    wanted: Wanted,
    failures: u32,
    failing_since: Option<Instant>,
    found: bool,
    /// When to look again.
    look_at: Instant,
}

impl TopicWatch {
    fn new(wanted: &Wanted, now: Instant) -> Self {
        Self { wanted: wanted.clone(), failures: 0, failing_since: None, found: false, look_at: now }
    }
}

impl Keeper {
    pub(super) fn new(shared: Arc<Shared>, tasks: Weak<Tasks>) -> Self {
        let now = shared.cluster.runtime.now();
        let topics = shared.options.wanted.iter().map(|wanted| TopicWatch::new(wanted, now)).collect();
        Self { shared, tasks, lanes: Vec::new(), topics }
    }

    pub(super) async fn run(mut self) {
        loop {
            let shared = Arc::clone(&self.shared);
            let lost = shared.leader_lost.listen();
            if shared.options.group.is_some() {
                self.follow(&shared.wanted.lock());
            }
            self.look_around().await;
            self.open_lanes();
            shared.wake();
            let now = shared.cluster.runtime.now();
            let next = self.topics.iter().map(|topic| topic.look_at.since(now)).min();
            within(&shared.cluster.runtime, next.unwrap_or(LONGEST_WAIT), lost).await;
        }
    }

    /// What is wanted is what the group has assigned now.
    fn follow(&mut self, wanted: &[Wanted]) {
        let now = self.shared.cluster.runtime.now();
        self.topics.retain(|known| wanted.iter().any(|wanted| wanted.topic == known.wanted.topic));
        for wanted in wanted {
            match self.topics.iter_mut().find(|known| known.wanted.topic == wanted.topic) {
                Some(known) if known.wanted == *wanted => {}
                Some(known) => {
                    known.wanted = wanted.clone();
                    known.look_at = now;
                }
                None => self.topics.push(TopicWatch::new(wanted, now)),
            }
        }
    }

    /// Asks about every topic that it is time for: with one request, since the first asks for all that
    /// are in use.
    async fn look_around(&mut self) {
        let (shared, cluster) = (&self.shared, &self.shared.cluster);
        let now = cluster.runtime.now();
        let is_due = |topic: &&mut TopicWatch| {
            let leaderless = || shared.cursors.lock().is_leaderless(&topic.wanted.topic);
            topic.look_at <= now || (topic.failures == 0 && leaderless())
        };
        let mut due: Vec<_> = self.topics.iter_mut().filter(is_due).collect();
        for topic in &due {
            cluster.known_topic(&topic.wanted.topic);
        }
        let mut failure = None;
        for topic in &mut due {
            let found = match &failure {
                None => cluster.refresh(&topic.wanted.topic, now, false).await,
                Some(error) => Err(Error::clone(error)),
            };
            failure = found.as_ref().err().cloned();
            let outcome = found.and_then(|found| learn(shared, topic, &found));
            settle(shared, topic, outcome);
        }
    }

    fn open_lanes(&mut self) {
        let leaders: Vec<i32> = self.shared.cursors.lock().leaders.brokers().collect();
        for node in leaders {
            if !self.lanes.contains(&node)
                && let Some(tasks) = self.tasks.upgrade()
            {
                self.lanes.push(node);
                tasks.spawn(&self.shared.cluster.runtime, Lane::new(node, Arc::clone(&self.shared)).run());
            }
        }
    }
}

/// Takes in what a broker says of a topic.
fn learn(shared: &Shared, topic: &TopicWatch, found: &TopicMetadata) -> Result<(), Error> {
    Error::check(found.error, "looking up the topic", None)?;
    let wanted = topic.wanted.partitions.as_deref();
    shared.cursors.lock().learn(found, wanted, shared.cluster.runtime.now());
    let mut ids = wanted.unwrap_or_default().iter();
    match ids.find(|id| found.partition(**id).is_none() && !topic.found) {
        Some(missing) => {
            let doing = format!("looking up the partition (the topic has {})", found.partitions.len());
            let error = Error::broker(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION, &doing, None);
            Err(error.about(found.name.clone(), Some(*missing)))
        }
        None => Ok(()),
    }
}

/// Decides when to ask about a topic again, and whether its reader must know what went wrong.
fn settle(shared: &Shared, topic: &mut TopicWatch, outcome: Result<(), Error>) {
    let cluster = &shared.cluster;
    let now = cluster.runtime.now();
    let mut cursors = shared.cursors.lock();
    let backoff = cursors.limits.backoff;
    let Err(error) = outcome else {
        if !std::mem::replace(&mut topic.found, true) {
            cursors.found_topic();
        }
        topic.failing_since = None;
        let leaderless = cursors.is_leaderless(&topic.wanted.topic);
        topic.failures = if leaderless { topic.failures + 1 } else { 0 };
        let wait = if leaderless { backoff.after(topic.failures) } else { cluster.config.metadata_max_age };
        topic.look_at = now + wait;
        return;
    };
    topic.failures += 1;
    topic.look_at = now + backoff.after(topic.failures);
    let failing_for = now.since(*topic.failing_since.get_or_insert(now));
    trace!(debug, topic = &*topic.wanted.topic, failures = topic.failures, error = %error, "topic not found");
    // A topic that was there is missing for as long as a broker that restarts does not know better.
    let missing = !topic.found && error.code() == Some(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION);
    let patience = if missing { shared.options.wait_for_topic } else { cursors.limits.patience };
    let hopeless =
        error.retry() == Retry::Never || cluster.is_out_of_reach(topic.failures) || failing_for >= patience;
    if hopeless {
        let partition = error.partition();
        cursors.cannot_look_up(error.about(topic.wanted.topic.clone(), partition));
    }
}
