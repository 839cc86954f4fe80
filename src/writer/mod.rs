//! Writing records: encoded once into their partition's open batch, sent many at a time.

mod accumulator;
mod balancer;
mod batch;
mod builder;
mod chores;
mod completion;
mod expiry;
mod keeper;
mod lane;
mod ledger;
mod partition;
mod promise;
mod refusal;
#[cfg(test)]
mod simulation;
mod split;
mod stats;
mod topic;
mod write_errors;

use std::{fmt, sync::Arc, time::Duration};

use event_listener::Event;
use futures::future::join_all;
use ottla_transport::Runtime;
use parking_lot::Mutex;

use self::{
    accumulator::{Accumulator, Pushed},
    builder::Options,
    completion::Completed,
    expiry::Lost,
    keeper::Keeper,
};
pub use self::{
    balancer::{
        Balancer, BalancerFn, Crc32, Hash, LeastBytes, Murmur2, Partitions, ReferenceHash, RoundRobin, Sticky,
    },
    builder::WriterBuilder,
    completion::Completion,
    promise::{Delivered, Delivery},
    stats::{Summary, WriterStats},
    write_errors::WriteErrors,
};
use crate::{
    acks::Acks,
    client::Client,
    cluster::Cluster,
    connection::within,
    error::{Error, ErrorKind},
    message::Message,
    protocol::ErrorCode,
    record::Record,
    tasks::Tasks,
    trace,
};

/// Writes records to a topic, or to several.
///
/// Many tasks may write through one Writer at a time: share it behind an `Arc`. Dropping it abandons
/// what is not acknowledged yet: call [`Writer::close`].
pub struct Writer {
    shared: Arc<Shared>,
    tasks: Arc<Tasks>,
}

/// What the handle and its tasks share.
struct Shared {
    cluster: Arc<Cluster>,
    options: Options,
    accumulator: Mutex<Accumulator>,
    /// A batch was opened or closed, an answer came, or a leader changed: lanes look for what is due.
    work: Event,
    /// A lane, a leader or an identity is missing: the keeper sees to it.
    chores: Event,
    /// Something was acknowledged: there may be room in the buffer.
    room: Event,
    closed: std::sync::atomic::AtomicBool,
    /// How often the completion callback has panicked.
    panics: std::sync::atomic::AtomicUsize,
}

impl Writer {
    /// Sets up a Writer.
    pub fn builder(client: &Client) -> WriterBuilder {
        WriterBuilder::new(client.clone())
    }

    fn start(client: &Client, options: Options) -> Self {
        let cluster = Arc::clone(client.cluster());
        let idempotent = options.idempotent.unwrap_or(options.acks == Acks::All);
        let mut accumulator = Accumulator::new(options.limits, idempotent);
        accumulator.lenient = options.idempotent.is_none();
        accumulator.ledger.tells = options.on_completion.is_some();
        let shared = Arc::new(Shared {
            accumulator: Mutex::new(accumulator),
            cluster,
            options,
            work: Event::new(),
            chores: Event::new(),
            room: Event::new(),
            closed: false.into(),
            panics: 0.into(),
        });
        let tasks = Arc::new(Tasks::default());
        let keeper = Keeper::new(Arc::clone(&shared), Arc::downgrade(&tasks));
        tasks.spawn(&shared.cluster.runtime, keeper.run());
        Self { shared, tasks }
    }

    /// Writes messages and waits until all are acknowledged: where each came to lie, in their order.
    /// They need not come to lie next to each other.
    ///
    /// # Errors
    /// At least one message was not delivered: [`WriteErrors`] has the outcome of each.
    ///
    /// # Cancel safety
    /// Messages that were taken into a batch are sent all the same; the others are not.
    pub async fn write(
        &self,
        messages: impl IntoIterator<Item = Message>,
    ) -> Result<Vec<Delivered>, WriteErrors> {
        let (mut deliveries, mut user_data) = (Vec::new(), Vec::new());
        for (at, message) in messages.into_iter().enumerate() {
            deliveries.push(self.send(Record::from(&message)).await);
            user_data.extend(message.user_data.map(|data| (at, data)));
        }
        let mut outcomes = Vec::with_capacity(deliveries.len());
        for delivery in deliveries {
            outcomes.push(match delivery {
                Ok(delivery) => delivery.await,
                Err(error) => Err(error),
            });
        }
        WriteErrors::sort(outcomes, user_data)
    }

    /// Takes a record into its batch and returns at once: the batch leaves soon. Waits only while
    /// the buffer is full, and, for the first record of a topic, for what the cluster says of it.
    ///
    /// # Errors
    /// The record cannot be sent as it is: the topic or partition is missing, named twice or not at
    /// all, the record is too large, the Writer is closed. What happens later is told by the
    /// [`Delivery`].
    ///
    /// # Cancel safety
    /// Safe: a dropped call has not taken the record.
    pub async fn send(&self, record: Record<'_>) -> Result<Delivery, Error> {
        let shared = &*self.shared;
        loop {
            let room = {
                let mut accumulator = shared.accumulator.lock();
                if shared.is_closed() {
                    return Err(Error::closed("writer").not_sent());
                }
                if let Some(topic) = accumulator.topic(shared.topic_of(&record)?) {
                    let runtime = &shared.cluster.runtime;
                    let timestamp = record.timestamp.unwrap_or_else(|| runtime.unix_millis());
                    match accumulator.push(topic, &record, timestamp, || runtime.now())? {
                        Pushed::In { delivery, wake } => {
                            let chores = wake && accumulator.has_chores();
                            drop(accumulator);
                            if wake {
                                shared.work.notify(usize::MAX);
                            }
                            if chores {
                                shared.chores.notify(1);
                            }
                            return Ok(delivery);
                        }
                        Pushed::Full => Some(shared.room.listen()),
                    }
                } else {
                    None
                }
            };
            match room {
                Some(room) => room.await,
                None => shared.learn(shared.topic_of(&record)?).await?,
            }
        }
    }

    /// Waits until everything sent before is acknowledged or has failed. Failures are told by the
    /// deliveries, and by the first error here.
    ///
    /// # Errors
    /// The first failure among what was waited for.
    ///
    /// # Cancel safety
    /// Safe.
    pub async fn flush(&self) -> Result<(), Error> {
        let promises = self.shared.accumulator.lock().flush();
        let _flushing = Flushing(&self.shared);
        self.shared.work.notify(usize::MAX);
        let outcomes = join_all(promises.iter().map(|promise| promise.settled())).await;
        outcomes.into_iter().find_map(Result::err).map_or(Ok(()), Err)
    }

    /// Flushes, for at most `limit`, and ends the Writer's tasks. From the call on nothing more can
    /// be sent. What is not acknowledged by then has failed, and may or may not be in the log.
    ///
    /// # Errors
    /// How many records were lost, and of how many of them it is not known; or the first failure of the flush; or
    /// that the completion callback has panicked.
    ///
    /// # Cancel safety
    /// A dropped call leaves the Writer closed to new records; call it again.
    pub async fn close(&self, limit: Duration) -> Result<(), Error> {
        self.shared.closed.store(true, std::sync::atomic::Ordering::Release);
        self.shared.room.notify(usize::MAX);
        let flushed = within(&self.shared.cluster.runtime, limit, self.flush()).await;
        self.tasks.stop().await;
        let Lost { not_sent, unknown } = self.shared.abandon();
        if not_sent + unknown > 0 {
            let lost = not_sent + unknown;
            return Err(Error::timeout(format!(
                "{lost} records were lost, which were not acknowledged within {limit:?}: {not_sent} were not sent, \
                 {unknown} may or may not be in the log"
            )));
        }
        if let Some(Err(error)) = flushed {
            return Err(error);
        }
        match self.shared.panics.swap(0, std::sync::atomic::Ordering::Relaxed) {
            0 => Ok(()),
            panics => {
                let what =
                    format!("the completion callback panicked, {panics} times: no record was lost by it");
                Err(Error::misuse(what))
            }
        }
    }

    /// What it has done, and what it holds now. Cheap.
    pub fn stats(&self) -> WriterStats {
        self.shared.accumulator.lock().stats()
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.shared.closed.store(true, std::sync::atomic::Ordering::Release);
        self.tasks.abort();
        self.shared.abandon();
    }
}

impl fmt::Debug for Writer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Writer").field("topic", &self.shared.options.topic).finish_non_exhaustive()
    }
}

/// Ends a flush, even one that is dropped.
struct Flushing<'a>(&'a Shared);

impl Drop for Flushing<'_> {
    fn drop(&mut self) {
        self.0.accumulator.lock().flushed();
    }
}

impl Shared {
    fn is_closed(&self) -> bool {
        self.closed.load(std::sync::atomic::Ordering::Acquire)
    }

    /// Tells the callback, in order. Nothing may be locked: it may ask for anything.
    fn tell(&self, completed: &[Completed]) {
        let Some(callback) = &self.options.on_completion else { return };
        for one in completed {
            if !one.tell(&**callback) {
                self.panics.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
                trace!(
                    error,
                    topic = &*one.topic,
                    partition = one.partition,
                    "the completion callback panicked"
                );
            }
        }
    }

    /// Fails all that is left, once no task is.
    fn abandon(&self) -> Lost {
        let (lost, completed) = {
            let mut accumulator = self.accumulator.lock();
            (accumulator.abandon(), accumulator.take_completed())
        };
        self.tell(&completed);
        lost
    }

    /// The topic of a record: its own or the Writer's, never both.
    fn topic_of<'a>(&'a self, record: &Record<'a>) -> Result<&'a str, Error> {
        match (record.topic, self.options.topic.as_deref()) {
            (Some(own), None) => Ok(own),
            (None, Some(writers)) => Ok(writers),
            (None, None) => Err(Error::misuse("Topic must be specified for Writer or Message")),
            (Some(own), Some(_)) => {
                let error = Error::misuse("Topic must not be specified for both Writer and Message");
                Err(error.about(own, None))
            }
        }
    }

    /// Asks the cluster about a topic, for as long as waiting helps.
    async fn learn(&self, name: &str) -> Result<(), Error> {
        let deadline = self.cluster.runtime.now() + self.options.limits.delivery_timeout;
        let create = self.options.create_topics;
        let mut failures = 0;
        loop {
            let error = match self.cluster.topic(name, create).await {
                Ok(topic) if topic.error == ErrorCode::NONE && !topic.partitions.is_empty() => {
                    self.accumulator.lock().learn(&topic, || self.options.balancer.make());
                    self.chores.notify(1);
                    return Ok(());
                }
                Ok(topic) => {
                    let code = if topic.error == ErrorCode::NONE {
                        ErrorCode::LEADER_NOT_AVAILABLE
                    } else {
                        topic.error
                    };
                    let error =
                        Error::broker(code, "looking up the topic", None).about(name, None).not_sent();
                    // Being created, or missing for good.
                    if !create && code == ErrorCode::UNKNOWN_TOPIC_OR_PARTITION || !code.is_retriable() {
                        return Err(error);
                    }
                    error
                }
                Err(error) if error.kind() != ErrorKind::Io || self.cluster.never_reached() => {
                    return Err(error.about(name, None).not_sent());
                }
                Err(error) => error,
            };
            failures += 1;
            if !self.cluster.pause(self.options.limits.backoff.after(failures), deadline).await {
                return Err(error);
            }
        }
    }
}
