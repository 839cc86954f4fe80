use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use futures::{
    FutureExt, StreamExt,
    stream::{FuturesOrdered, FuturesUnordered},
};
use ottla_transport::{BoxFuture, Instant, Runtime};

use super::{
    Shared,
    accumulator::{Due, Fate, Job, Key},
    batch::{Batch, Identity, Outcome},
    promise::Placed,
};
use crate::{
    acks::Acks,
    cluster::{Purpose, produce_bytes},
    connection::{Answer, Connection, LONGEST_WAIT},
    error::{Error, ErrorKind, Retry},
    protocol::produce,
    record::{Compression, RecordError},
    trace,
    wire::Str,
};

/// How much longer than the broker the client waits for an answer, so that the broker's own word comes first: a
/// sixth of the time it has, and so much at most.
const MOST_SLACK: Duration = Duration::from_secs(5);

/// Sends the batches of the partitions that one broker leads: takes what is due, compresses it off
/// this task, writes it in the order of taking, and settles the answers as they come.
pub(super) struct Lane {
    node: i32,
    shared: Arc<Shared>,
    /// In the order of taking: requests must be written in it.
    compressing: FuturesOrdered<BoxFuture<'static, (Job, Option<RecordError>)>>,
    answers: FuturesUnordered<BoxFuture<'static, Answered>>,
}

impl Lane {
    pub(super) fn new(node: i32, shared: Arc<Shared>) -> Self {
        Self { node, shared, compressing: FuturesOrdered::new(), answers: FuturesUnordered::new() }
    }

    pub(super) async fn run(mut self) {
        loop {
            let shared = Arc::clone(&self.shared);
            let mut work = shared.work.listen().fuse();
            let now = shared.cluster.runtime.now();
            let next = self.take_due(now);
            let alarm = next.map_or(LONGEST_WAIT, |next| next.since(now));
            let mut timer = shared.cluster.runtime.sleep(alarm).fuse();
            futures::select_biased! {
                settled = self.answers.select_next_some() => self.settle(settled),
                (job, failed) = self.compressing.select_next_some() => self.submit(job, failed).await,
                _ = work => {}
                _ = timer => {}
            }
        }
    }

    /// Takes every request's worth that is due. When more will be.
    fn take_due(&mut self, now: Instant) -> Option<Instant> {
        loop {
            match self.shared.accumulator.lock().drain(self.node, now) {
                Due::Job(job) => self.compressing.push_back(self.compress(job)),
                Due::Nothing(next) => return next,
            }
        }
    }

    /// Compresses what is not compressed yet.
    fn compress(&self, mut job: Job) -> BoxFuture<'static, (Job, Option<RecordError>)> {
        let (codec, level) = (self.shared.options.compression, self.shared.options.level);
        if codec == Compression::None || job.iter().all(|(_, batch)| batch.compressed) {
            return Box::pin(std::future::ready((job, None)));
        }
        let runtime = self.shared.cluster.runtime.clone();
        Box::pin(async move {
            let work = move || {
                let mut failed = None;
                for (_, batch) in job.iter_mut().filter(|(_, batch)| !batch.compressed) {
                    match batch.sealed.compress_in_place(codec, level) {
                        Ok(()) => batch.compressed = true,
                        Err(error) => failed = Some(error),
                    }
                }
                (job, failed)
            };
            runtime.offload(work).await
        })
    }

    /// Writes a request, unless something stands against it.
    async fn submit(&mut self, mut job: Job, failed: Option<RecordError>) {
        let connection = connect(&self.shared, self.node).await;
        // Answers that wait to be looked at may tell of failures: these must come first. Nothing is
        // waited for between this and the sending, or a batch could overtake, on a new connection,
        // one that was lost with the old.
        while let Some(Some(settled)) = self.answers.next().now_or_never() {
            self.settle(settled);
        }
        self.shared.accumulator.lock().hold_back(&mut job);
        if job.is_empty() {
            self.request_over();
            return;
        }
        let names = {
            let accumulator = self.shared.accumulator.lock();
            job.iter().filter_map(|(key, _)| accumulator.name(*key)).collect::<Vec<_>>()
        };
        let sent_at = self.shared.cluster.runtime.now();
        let sent = match (connection, failed) {
            (_, Some(error)) => Err(Error::from(error).not_sent()),
            (Err(error), None) => Err(error.not_sent()),
            (Ok(connection), None) => send(&self.shared, &connection, &mut job, &names),
        };
        match sent {
            Ok(Sent::Answer(answer)) => self.answers.push(Box::pin(settle_by(answer, job, names, sent_at))),
            Ok(Sent::Posted(written)) => {
                self.answers.push(Box::pin(settle_posted(written, job, names, sent_at)))
            }
            Err(error) => {
                let batches = job.into_iter().map(|(key, batch)| (key, batch, Err(error.clone())));
                self.settle(Answered { batches: batches.collect(), sent_at: None });
            }
        }
    }

    fn settle(&self, answered: Answered) {
        let now = self.shared.cluster.runtime.now();
        let took = answered.sent_at.map(|sent_at| now.since(sent_at));
        let mut fates = Vec::with_capacity(answered.batches.len());
        let (chores, completed) = {
            let mut accumulator = self.shared.accumulator.lock();
            accumulator.request_over(self.node, took);
            for (key, batch, outcome) in answered.batches {
                let (records, error) = (batch.records, outcome.as_ref().err().cloned());
                let fate = accumulator.settle(key, batch, outcome, now);
                fates.push((key, records, fate, error));
            }
            (accumulator.has_chores(), accumulator.take_completed())
        };
        self.report(fates);
        self.shared.tell(&completed);
        if chores {
            self.shared.chores.notify(1);
        }
        self.shared.room.notify(usize::MAX);
        self.shared.work.notify(usize::MAX);
    }

    /// Says what became of batches. Not while anything is locked: who listens may write it to Kafka.
    #[cfg(feature = "tracing")]
    fn report(&self, fates: Vec<(Key, u32, Fate, Option<Error>)>) {
        for (key, records, fate, error) in fates {
            let Some((topic, partition)) = self.shared.accumulator.lock().name(key) else { continue };
            let (node, topic) = (self.node, &*topic);
            match (fate, error) {
                (Fate::Failed, Some(error)) => {
                    trace!(warn, node, topic, partition, records, error = %error, "batch failed");
                }
                (Fate::Plain, _) => {
                    trace!(
                        warn,
                        topic, partition, "no idempotence in this topic's format: a retry may write twice"
                    );
                }
                (Fate::Split, _) => {
                    trace!(info, topic, partition, records, "batch too large: sent in two pieces")
                }
                (_, Some(error)) => {
                    trace!(debug, node, topic, partition, records, error = %error, "batch sent again");
                }
                (_, None) => trace!(trace, node, topic, partition, records, "batch acknowledged"),
            }
        }
    }

    #[cfg(not(feature = "tracing"))]
    fn report(&self, fates: Vec<(Key, u32, Fate, Option<Error>)>) {
        drop(fates);
    }

    fn request_over(&self) {
        self.shared.accumulator.lock().request_over(self.node, None);
        self.shared.work.notify(usize::MAX);
    }
}

/// What came of the batches of a request, and when it was sent, if it was.
struct Answered {
    batches: Vec<(Key, Batch, Outcome)>,
    sent_at: Option<Instant>,
}

enum Sent {
    Answer(Answer<produce::Request>),
    /// Without an answer to come: done with once it is written.
    Posted(BoxFuture<'static, Result<(), Error>>),
}

/// A connection with room for another request.
async fn connect(shared: &Shared, node: i32) -> Result<Arc<Connection>, Error> {
    let connection = shared.cluster.connection(node, Purpose::Produce).await?;
    connection.room().await?;
    Ok(connection)
}

/// Writes one Produce request to the connection.
fn send(
    shared: &Shared,
    connection: &Connection,
    job: &mut Job,
    names: &[(Str, i32)],
) -> Result<Sent, Error> {
    let options = &shared.options;
    let version = connection.versions().choose::<produce::Request>().map_err(Error::not_sent)?;
    let timeout = shared.cluster.config.request_timeout;
    let request = produce::Request {
        acks: options.acks.wire(),
        timeout_ms: i32::try_from(timeout.as_millis()).unwrap_or(i32::MAX),
        topic_data: topics(shared, job, names, version)?,
        transactional_id: None,
    };
    trace!(trace, batches = job.len(), version, "produce");
    if options.acks == Acks::None {
        let written = connection.post(version, &request, timeout)?;
        return Ok(Sent::Posted(Box::pin(written)));
    }
    connection.send(version, &request, timeout + MOST_SLACK.min(timeout / 6)).map(Sent::Answer)
}

fn topics(
    shared: &Shared,
    job: &mut Job,
    names: &[(Str, i32)],
    version: i16,
) -> Result<Vec<produce::TopicData>, Error> {
    let mut topics: Vec<produce::TopicData> = Vec::new();
    for ((_, batch), (name, index)) in job.iter_mut().zip(names) {
        let records = Some(records(shared, batch, version)?);
        let partition = produce::PartitionData { index: *index, records };
        match topics.iter_mut().find(|topic| topic.name == *name) {
            Some(topic) => topic.partition_data.push(partition),
            None => topics.push(produce::TopicData { name: name.clone(), partition_data: vec![partition] }),
        }
    }
    Ok(topics)
}

fn records(shared: &Shared, batch: &mut Batch, version: i16) -> Result<Bytes, Error> {
    let identity = batch.stamp.map_or(Identity::NONE, |stamp| stamp.identity);
    let sequence = batch.stamp.map_or(-1, |stamp| stamp.sequence);
    let stamp = (identity.producer_id, identity.epoch, sequence);
    produce_bytes(&mut batch.sealed, shared.options.compression, version, stamp)
}

/// Waits for the answer to a request and sorts it by batch.
async fn settle_by(
    answer: Answer<produce::Request>,
    batches: Vec<(Key, Batch)>,
    names: Vec<(Str, i32)>,
    sent_at: Instant,
) -> Answered {
    let answered = answer.wait().await;
    let outcome = |name: &(Str, i32)| match &answered {
        Ok(response) => outcome(response, name),
        Err(error) => Err(error.clone()),
    };
    let batches = batches.into_iter().zip(&names).map(|((key, batch), name)| (key, batch, outcome(name)));
    Answered { batches: batches.collect(), sent_at: Some(sent_at) }
}

/// Waits until a request without an answer is written, and tells its batches so.
async fn settle_posted(
    written: BoxFuture<'static, Result<(), Error>>,
    batches: Vec<(Key, Batch)>,
    names: Vec<(Str, i32)>,
    sent_at: Instant,
) -> Answered {
    let written = written.await;
    let outcome = |(topic, partition)| {
        written.clone().map(|()| Placed { topic, partition, base_offset: None, log_append_time: None })
    };
    let batches = batches.into_iter().zip(names).map(|((key, batch), name)| (key, batch, outcome(name)));
    Answered { batches: batches.collect(), sent_at: Some(sent_at) }
}

/// What a broker answered about one partition.
fn outcome(response: &produce::Response, (topic, index): &(Str, i32)) -> Outcome {
    let mut topics = response.responses.iter().filter(|candidate| candidate.name == *topic);
    let found =
        topics.find_map(|topic| topic.partition_responses.iter().find(|partition| partition.index == *index));
    let partition = found.ok_or_else(|| {
        Error::new(ErrorKind::Malformed, "the broker did not say what became of a batch")
            .or_retry(Retry::After)
    })?;
    Error::check(partition.error_code, "writing", partition.error_message.as_deref())?;
    Ok(Placed {
        topic: topic.clone(),
        partition: *index,
        base_offset: Some(partition.base_offset).filter(|offset| *offset >= 0),
        log_append_time: Some(partition.log_append_time_ms).filter(|time| *time >= 0),
    })
}
