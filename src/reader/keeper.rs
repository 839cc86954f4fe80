use std::{
    collections::HashSet,
    sync::{Arc, Weak},
};

use ottla_transport::{Instant, Runtime};

use super::{Shared, lane::Lane};
use crate::{
    connection::{LONGEST_WAIT, within},
    error::{Error, Retry},
    protocol::ErrorCode,
    tasks::Tasks,
    trace,
};

/// A cluster that was never reached is given up on after so many tries.
const FIRST_CONTACT_ATTEMPTS: u32 = 3;

/// Finds the partitions of a Reader's topics and their leaders, and opens a lane to each of these.
/// Looks again when a leader is lost, and once in a while for new partitions.
pub(super) struct Keeper {
    shared: Arc<Shared>,
    tasks: Weak<Tasks>,
    lanes: HashSet<i32>,
    topics: Vec<TopicWatch>,
}

struct TopicWatch {
    name: Arc<str>,
    failures: u32,
    failing_since: Option<Instant>,
    found: bool,
    /// When to look again.
    look_at: Instant,
}

impl Keeper {
    pub(super) fn new(shared: Arc<Shared>, tasks: Weak<Tasks>) -> Self {
        let now = shared.cluster.runtime.now();
        let watch = |name: &Arc<str>| TopicWatch {
            name: name.clone(),
            failures: 0,
            failing_since: None,
            found: false,
            look_at: now,
        };
        let topics = shared.options.topics.iter().map(watch).collect();
        Self { shared, tasks, lanes: HashSet::new(), topics }
    }

    pub(super) async fn run(mut self) {
        loop {
            let shared = Arc::clone(&self.shared);
            let lost = shared.leader_lost.listen();
            let now = shared.cluster.runtime.now();
            for topic in &mut self.topics {
                let leaderless = shared.cursors.lock().is_leaderless(&topic.name);
                if topic.look_at <= now || (leaderless && topic.failures == 0) {
                    look(&shared, topic).await;
                }
            }
            self.open_lanes();
            shared.wake();
            let now = shared.cluster.runtime.now();
            let next = self.topics.iter().map(|topic| topic.look_at.since(now)).min();
            within(&shared.cluster.runtime, next.unwrap_or(LONGEST_WAIT), lost).await;
        }
    }

    fn open_lanes(&mut self) {
        let leaders = self.shared.cursors.lock().leaders();
        for node in leaders {
            if self.lanes.insert(node)
                && let Some(tasks) = self.tasks.upgrade()
            {
                tasks.spawn(&self.shared.cluster.runtime, Lane::new(node, Arc::clone(&self.shared)).run());
            }
        }
    }
}

/// Asks about a topic, and decides when to ask again.
async fn look(shared: &Shared, topic: &mut TopicWatch) {
    let cluster = &shared.cluster;
    let outcome = ask(shared, topic).await;
    let now = cluster.runtime.now();
    let backoff = shared.cursors.lock().limits.backoff;
    match outcome {
        Ok(()) => {
            topic.found = true;
            topic.failing_since = None;
            let leaderless = shared.cursors.lock().is_leaderless(&topic.name);
            topic.failures = if leaderless { topic.failures + 1 } else { 0 };
            let wait =
                if leaderless { backoff.after(topic.failures) } else { cluster.config.metadata_max_age };
            topic.look_at = now + wait;
        }
        Err(error) => {
            topic.failures += 1;
            topic.look_at = now + backoff.after(topic.failures);
            let failing_for = now.since(*topic.failing_since.get_or_insert(now));
            trace!(debug, topic = &*topic.name, failures = topic.failures, error = %error, "topic not found");
            // A topic that was there is missing for as long as a broker that restarts does not know better.
            let missing = !topic.found && error.code() == Some(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION);
            let patience =
                if missing { shared.options.wait_for_topic } else { shared.cursors.lock().limits.patience };
            let hopeless = error.retry() == Retry::Never
                || (cluster.never_reached() && topic.failures >= FIRST_CONTACT_ATTEMPTS)
                || failing_for >= patience;
            if hopeless {
                shared
                    .cursors
                    .lock()
                    .complain(None, error.about(topic.name.clone(), shared.options.partition));
            }
        }
    }
}

async fn ask(shared: &Shared, topic: &TopicWatch) -> Result<(), Error> {
    let found = shared.cluster.refresh(&topic.name, shared.cluster.runtime.now(), false).await?;
    Error::check(found.error, "looking up the topic", None)?;
    if let Some(partition) = shared.options.partition
        && found.partition(partition).is_none()
    {
        let doing = format!("looking up the partition (the topic has {})", found.partitions.len());
        return Err(Error::broker(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION, &doing, None));
    }
    shared.cursors.lock().learn(&found, shared.options.partition, !topic.found);
    Ok(())
}
