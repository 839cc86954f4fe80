use std::{collections::BTreeMap, sync::Arc, time::Duration};

use ottla_transport::{Instant, Runtime};

use super::{
    Shared,
    answer::FetchAnswer,
    plan::{Ask, FetchPlan, Plan},
};
use crate::{
    cluster::{OffsetQuery, offsets_from},
    connection::{LONGEST_WAIT, within},
    error::{Error, ErrorKind, Retry},
    protocol::{
        Uuid,
        fetch::{self as api, FetchPartition, FetchTopic},
    },
    trace,
};

/// From this version on Fetch names topics by id (KIP-516).
const BY_ID_SINCE: i16 = 13;

/// Asks one broker for the records of the partitions that it leads: all of them in one request, and
/// again as soon as the answer is here, while the caller decodes it.
pub(super) struct Lane {
    node: i32,
    shared: Arc<Shared>,
}

impl Lane {
    pub(super) fn new(node: i32, shared: Arc<Shared>) -> Self {
        Self { node, shared }
    }

    pub(super) async fn run(self) {
        loop {
            let work = self.shared.work.listen();
            let now = self.shared.cluster.runtime.now();
            let plan = self.shared.cursors.lock().plan(self.node, now);
            match plan {
                Plan::Resolve(queries) => self.resolve(queries).await,
                Plan::Fetch(plans, budget) => self.fetch(plans, budget).await,
                Plan::Nothing(next) => {
                    let wait = next.map_or(LONGEST_WAIT, |next| next.since(now));
                    within(&self.shared.cluster.runtime, wait, work).await;
                }
            }
        }
    }

    async fn resolve(&self, queries: Vec<(Ask, OffsetQuery)>) {
        let cluster = &self.shared.cluster;
        let (asks, queries): (Vec<Ask>, Vec<OffsetQuery>) = queries.into_iter().unzip();
        let answers = async {
            let connection = cluster.connection(self.node, self.shared.purpose).await?;
            let timeout = cluster.config.request_timeout;
            offsets_from(&connection, &queries, self.shared.options.read_committed, timeout).await
        };
        let answers = answers.await.unwrap_or_else(|error| vec![Err(error); asks.len()]);
        let now = cluster.runtime.now();
        let mut cursors = self.shared.cursors.lock();
        cursors.answered(asks.iter().copied(), 0);
        for (ask, answer) in asks.into_iter().zip(answers) {
            cursors.resolved(ask, answer.map(|found| found.offset), now);
        }
        drop(cursors);
        self.shared.announce();
    }

    async fn fetch(&self, plans: Vec<FetchPlan>, budget: usize) {
        let runtime = &self.shared.cluster.runtime;
        let asked_at = runtime.now();
        let answers = self.ask(&plans, budget).await;
        let now = runtime.now();
        if answers.is_ok() {
            self.shared.cursors.lock().counters.answered(now.since(asked_at));
        }
        let pause = self.take_in(&plans, answers, budget, now);
        self.shared.announce();
        // A broker that has nothing waits before it says so. One that does not must not be asked
        // again and again.
        let early = self.shared.options.max_wait.saturating_sub(now.since(asked_at));
        if let Some(pause) = pause.filter(|_| !early.is_zero()) {
            runtime.sleep(pause.min(early)).await;
        }
    }

    /// Takes in what came of a request. How long to wait if it was nothing, and came too early.
    fn take_in(
        &self,
        plans: &[FetchPlan],
        answers: Result<Answers, Error>,
        budget: usize,
        now: Instant,
    ) -> Option<Duration> {
        let mut cursors = self.shared.cursors.lock();
        cursors.answered(plans.iter().map(|plan| plan.ask), budget);
        let mut answers = match answers {
            Ok(answers) => answers,
            Err(error) => {
                cursors.counters.failed(&error);
                plans.iter().for_each(|plan| cursors.failed(plan.ask, error.clone(), now));
                return None;
            }
        };
        let (mut nothing, mut failed) = (true, false);
        for plan in plans {
            match answers.take(plan) {
                Ok(answer) => {
                    nothing &= answer.records.is_empty();
                    cursors.fetched(plan.ask, answer, now);
                }
                Err(error) => {
                    failed = true;
                    cursors.counters.failed(&error);
                    cursors.failed(plan.ask, error, now);
                }
            }
        }
        if nothing && !failed {
            cursors.found_empty(plans.iter().map(|plan| plan.ask));
        }
        nothing.then(|| cursors.limits.backoff.after(1))
    }

    async fn ask(&self, plans: &[FetchPlan], budget: usize) -> Result<Answers, Error> {
        let (cluster, options) = (&self.shared.cluster, &self.shared.options);
        let connection = cluster.connection(self.node, self.shared.purpose).await?;
        let with_ids = plans.iter().all(|plan| plan.topic_id != Uuid::default());
        let newest = if with_ids { i16::MAX } else { BY_ID_SINCE - 1 };
        let version = connection.versions().choose_up_to::<api::Request>(newest)?;
        let request = api::Request {
            max_wait_ms: i32::try_from(options.max_wait.as_millis()).unwrap_or(i32::MAX),
            min_bytes: i32::try_from(options.min_bytes).unwrap_or(i32::MAX),
            max_bytes: i32::try_from(budget).unwrap_or(i32::MAX),
            isolation_level: i8::from(options.read_committed),
            topics: topics(plans),
            ..Default::default()
        };
        let timeout = options.max_wait + cluster.config.request_timeout;
        let response = connection.call_at(version, &request, timeout).await?;
        Error::check(response.error_code, "fetching", None)?;
        trace!(trace, node = self.node, partitions = plans.len(), version, "fetched");
        Ok(Answers::new(response, version >= BY_ID_SINCE, options.read_committed))
    }
}

fn topics(plans: &[FetchPlan]) -> Vec<FetchTopic> {
    let mut topics: BTreeMap<&Arc<str>, FetchTopic> = BTreeMap::new();
    for plan in plans {
        let topic = topics.entry(&plan.topic).or_insert_with(|| FetchTopic {
            topic: plan.topic.clone(),
            topic_id: plan.topic_id,
            partitions: Vec::new(),
        });
        topic.partitions.push(FetchPartition {
            partition: plan.partition,
            fetch_offset: plan.offset,
            partition_max_bytes: i32::try_from(plan.max_bytes).unwrap_or(i32::MAX),
            ..Default::default()
        });
    }
    topics.into_values().collect()
}

/// A response, to be picked apart by partition.
struct Answers {
    topics: Vec<api::TopicResponse>,
    by_id: bool,
    read_committed: bool,
}

impl Answers {
    fn new(response: api::Response, by_id: bool, read_committed: bool) -> Self {
        Self { topics: response.responses, by_id, read_committed }
    }

    fn take(&mut self, plan: &FetchPlan) -> Result<FetchAnswer, Error> {
        let by_id = self.by_id;
        let is_it = |topic: &&mut api::TopicResponse| {
            if by_id { topic.topic_id == plan.topic_id } else { topic.topic == plan.topic }
        };
        let mut topics = self.topics.iter_mut().filter(is_it);
        let found = topics.find_map(|topic| {
            let at = topic.partitions.iter().position(|data| data.partition_index == plan.partition)?;
            Some(topic.partitions.swap_remove(at))
        });
        let data = found.ok_or_else(|| {
            Error::new(ErrorKind::Malformed, "the broker left out a partition it was asked for")
                .or_retry(Retry::After)
        })?;
        Error::check(data.error_code, &format!("reading at offset {}", plan.offset), None)?;
        let aborted = data.aborted_transactions.unwrap_or_default();
        let stable = self.read_committed && data.last_stable_offset >= 0;
        Ok(FetchAnswer {
            high_watermark: data.high_watermark,
            end: if stable { data.last_stable_offset } else { data.high_watermark },
            records: data.records.unwrap_or_default(),
            aborted: aborted.iter().map(|aborted| (aborted.producer_id, aborted.first_offset)).collect(),
        })
    }
}
