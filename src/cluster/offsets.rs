use std::{collections::BTreeMap, sync::Arc, time::Duration};

use ottla_transport::Runtime;

use super::{Cluster, Purpose};
use crate::{
    connection::Connection,
    error::{Error, ErrorKind, Retry},
    protocol::list_offsets::{self as api, RequestPartition, RequestTopic},
    wire::Str,
};

/// A question for ListOffsets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct OffsetQuery {
    pub(crate) topic: Str,
    pub(crate) partition: i32,
    /// Milliseconds since 1970, or one of the constants of [`api`].
    pub(crate) timestamp: i64,
}

/// The answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct OffsetFound {
    /// `None` when no record is that young.
    pub(crate) offset: Option<i64>,
    /// The timestamp of the record found, when one was.
    pub(crate) timestamp: Option<i64>,
}

type Answer = Result<OffsetFound, Error>;

/// Asks one broker for offsets of partitions that it leads: an answer for each query.
pub(crate) async fn offsets_from(
    connection: &Connection,
    queries: &[OffsetQuery],
    read_committed: bool,
    timeout: Duration,
) -> Result<Vec<Answer>, Error> {
    let version = connection.versions().choose::<api::Request>()?;
    if queries.iter().any(|query| query.timestamp == api::MAX_TIMESTAMP) && version < 7 {
        let what = "the broker is too old to find the largest timestamp (it needs 3.0)";
        return Err(Error::new(ErrorKind::Unsupported, what).not_sent());
    }
    let mut topics: BTreeMap<Str, Vec<RequestPartition>> = BTreeMap::new();
    for query in queries {
        topics.entry(query.topic.clone()).or_default().push(RequestPartition {
            partition_index: query.partition,
            timestamp: query.timestamp,
            ..Default::default()
        });
    }
    let topics = topics.into_iter().map(|(name, partitions)| RequestTopic { name, partitions });
    let request = api::Request {
        isolation_level: i8::from(read_committed),
        topics: topics.collect(),
        timeout_ms: i32::try_from(timeout.as_millis()).unwrap_or(i32::MAX),
        ..Default::default()
    };
    let response = connection.call_at(version, &request, timeout).await?;
    Ok(queries.iter().map(|query| answer(&response, query)).collect())
}

impl Cluster {
    /// Asks the leaders for offsets, again where that may help: an answer for each query, in order.
    ///
    /// # Cancel safety
    /// Safe.
    pub(crate) async fn offsets(
        self: &Arc<Self>,
        queries: &[OffsetQuery],
        read_committed: bool,
    ) -> Vec<Answer> {
        let started = self.runtime.now();
        let deadline = started + self.config.call_timeout;
        let mut answers: Vec<Option<Answer>> = vec![None; queries.len()];
        let mut rounds = 0;
        loop {
            self.ask_leaders(queries, read_committed, &mut answers).await;
            rounds += 1;
            let (tried, waited) = (rounds, self.runtime.now().since(started));
            let again = |answer: &Option<Answer>| match answer {
                Some(Err(error)) => !self.is_hopeless(error, tried, waited),
                other => other.is_none(),
            };
            let patient = rounds <= MOST_ROUNDS && answers.iter().any(again);
            if !patient || !self.pause(self.config.backoff.after(rounds), deadline).await {
                let unanswered = || Err(Error::timeout("no answer to a ListOffsets request"));
                return answers.into_iter().map(|answer| answer.unwrap_or_else(unanswered)).collect();
            }
            for (query, answer) in queries.iter().zip(&mut answers).filter(|(_, answer)| again(answer)) {
                *answer = None;
                let _ = self.refresh(&query.topic, self.runtime.now(), false).await;
            }
        }
    }

    /// One round: asks each leader once, for what has no answer yet.
    async fn ask_leaders(
        self: &Arc<Self>,
        queries: &[OffsetQuery],
        read_committed: bool,
        answers: &mut [Option<Answer>],
    ) {
        let mut by_leader: BTreeMap<i32, Vec<usize>> = BTreeMap::new();
        for (at, (query, answer)) in queries.iter().zip(answers.iter_mut()).enumerate() {
            if answer.is_none() {
                match self.leader(&query.topic, query.partition).await {
                    Ok(leader) => by_leader.entry(leader).or_default().push(at),
                    Err(error) => *answer = Some(Err(error)),
                }
            }
        }
        for (leader, places) in by_leader {
            let asked: Vec<_> = places.iter().filter_map(|at| queries.get(*at).cloned()).collect();
            let round = async {
                let connection = self.connection(leader, Purpose::General).await?;
                offsets_from(&connection, &asked, read_committed, self.config.request_timeout).await
            };
            let round = round.await.unwrap_or_else(|error| vec![Err(error); places.len()]);
            for (at, answer) in places.into_iter().zip(round) {
                if let Some(place) = answers.get_mut(at) {
                    *place = Some(answer);
                }
            }
        }
    }
}

/// A leader that is not found in so many rounds is gone for longer than this call waits.
const MOST_ROUNDS: u32 = 8;

fn answer(response: &api::Response, query: &OffsetQuery) -> Answer {
    let about = |error: Error| error.about(query.topic.clone(), Some(query.partition));
    let mut topics = response.topics.iter().filter(|topic| topic.name == query.topic);
    let mut partitions = topics.by_ref().flat_map(|topic| &topic.partitions);
    let found =
        partitions.find(|partition| partition.partition_index == query.partition).ok_or_else(|| {
            let what = "the broker left out a partition it was asked for";
            about(Error::new(ErrorKind::Malformed, what).or_retry(Retry::After))
        })?;
    Error::check(found.error_code, "looking up an offset", None).map_err(about)?;
    // Version 0 answers with a list instead.
    let offset = found.old_style_offsets.first().copied().unwrap_or(found.offset);
    Ok(OffsetFound {
        offset: Some(offset).filter(|offset| *offset >= 0),
        timestamp: Some(found.timestamp).filter(|timestamp| *timestamp >= 0),
    })
}
