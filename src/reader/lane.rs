use std::{sync::Arc, time::Duration};

use ottla_transport::{Instant, Runtime};

use super::{
    Shared,
    fetch_session::{BY_ID_SINCE, FetchSession},
    plan::{Ask, FetchPlan, Plan},
    response::{self, Answers},
};
use crate::{
    cluster::{OffsetQuery, offsets_from},
    connection::{LONGEST_WAIT, within},
    error::Error,
    protocol::{Uuid, fetch as api},
    trace,
};

/// Asks one broker for the records of the partitions that it leads: all of them in one request, and
/// again as soon as the answer is here, while the caller decodes it.
pub(super) struct Lane {
    node: i32,
    shared: Arc<Shared>,
    session: FetchSession,
}

impl Lane {
    pub(super) fn new(node: i32, shared: Arc<Shared>) -> Self {
        Self { node, shared, session: FetchSession::default() }
    }

    pub(super) async fn run(mut self) {
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

    async fn fetch(&mut self, plans: Vec<FetchPlan>, budget: usize) {
        let asked_at = self.shared.cluster.runtime.now();
        let answers = self.ask(&plans, budget).await;
        let now = self.shared.cluster.runtime.now();
        if answers.is_ok() {
            self.shared.cursors.lock().counters.answered(now.since(asked_at));
        }
        let pause = self.take_in(&plans, answers, budget, now);
        self.shared.announce();
        // A broker that has nothing waits before it says so. One that does not must not be asked
        // again and again.
        let early = self.shared.options.max_wait.saturating_sub(now.since(asked_at));
        if let Some(pause) = pause.filter(|_| !early.is_zero()) {
            self.shared.cluster.runtime.sleep(pause.min(early)).await;
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
        let answers = match answers {
            Ok(answers) => answers,
            Err(error) => {
                cursors.counters.failed(&error);
                plans.iter().for_each(|plan| cursors.failed(plan.ask, error.clone(), now));
                return None;
            }
        };
        let (mut nothing, mut failed) = (true, answers.throttled);
        for (plan, data) in answers.of(plans) {
            match response::read(data, plan, self.shared.options.read_committed) {
                Ok(None) => cursors.nothing_new(plan.ask),
                Ok(Some(answer)) => {
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

    async fn ask(&mut self, plans: &[FetchPlan], budget: usize) -> Result<Answers, Error> {
        let cluster = &self.shared.cluster;
        let connection = cluster.connection(self.node, self.shared.purpose).await?;
        let with_ids = plans.iter().all(|plan| plan.topic_id != Uuid::default());
        let newest = if with_ids { i16::MAX } else { BY_ID_SINCE - 1 };
        let version = connection.versions().choose_up_to::<api::Request>(newest)?;
        loop {
            let request = self.request(plans, budget, version);
            let timeout = self.shared.options.max_wait + self.shared.cluster.config.request_timeout;
            let response = connection.call_at(version, &request, timeout).await;
            let response = response.inspect_err(|_| self.session.begin_anew())?;
            if self.session.answered(&response) {
                trace!(debug, node = self.node, error = %response.error_code, "fetch session lost");
                continue;
            }
            Error::check(response.error_code, "fetching", None)?;
            trace!(trace, node = self.node, partitions = plans.len(), version, "fetched");
            let incremental = request.session_epoch > 0;
            let answers = Answers::new(response, plans, version >= BY_ID_SINCE, incremental);
            if answers.left_out() {
                // Leaving it out again would pass for nothing new.
                self.session.begin_anew();
            }
            return Ok(answers);
        }
    }

    fn request(&mut self, plans: &[FetchPlan], budget: usize, version: i16) -> api::Request {
        let options = &self.shared.options;
        api::Request {
            max_wait_ms: i32::try_from(options.max_wait.as_millis()).unwrap_or(i32::MAX),
            min_bytes: i32::try_from(options.min_bytes).unwrap_or(i32::MAX),
            max_bytes: i32::try_from(budget).unwrap_or(i32::MAX),
            isolation_level: i8::from(options.read_committed),
            ..self.session.request(plans, version)
        }
    }
}
