use std::{fmt, sync::Arc, time::Duration};

use super::{
    Writer,
    accumulator::Limits,
    balancer::{Balancer, Sticky},
    completion::{Completes, Completion},
};
use crate::{
    acks::Acks,
    client::Client,
    error::Error,
    record::{Compression, RecordError},
};

type MakeBalancer = Arc<dyn MakesBalancers>;

/// A closure that makes a balancer for each topic; a trait, so that it is `Send` where it must be.
pub(super) trait MakesBalancers: ottla_transport::MaybeSend + ottla_transport::MaybeSync {
    fn make(&self) -> Box<dyn Balancer>;
}

impl<B: Balancer, F: Fn() -> B + ottla_transport::MaybeSend + ottla_transport::MaybeSync> MakesBalancers
    for F
{
    fn make(&self) -> Box<dyn Balancer> {
        Box::new(self())
    }
}

/// What a [`Writer`] is set to.
#[derive(Clone)]
pub(super) struct Options {
    pub(super) topic: Option<Arc<str>>,
    pub(super) acks: Acks,
    pub(super) compression: Compression,
    pub(super) level: Option<i32>,
    /// `None`: where the broker can.
    pub(super) idempotent: Option<bool>,
    pub(super) create_topics: bool,
    pub(super) limits: Limits,
    pub(super) balancer: MakeBalancer,
    pub(super) on_completion: Option<Arc<dyn Completes>>,
}

/// Sets up a [`Writer`].
#[must_use]
pub struct WriterBuilder {
    client: Client,
    options: Options,
}

impl WriterBuilder {
    pub(super) fn new(client: Client) -> Self {
        let limits = Limits {
            batch_bytes: 1 << 20,
            batch_records: 1 << 20,
            buffer_bytes: 4 << 20,
            buffer_records: 1 << 20,
            request_bytes: 8 << 20,
            requests_in_flight: 5,
            linger: Duration::from_millis(5),
            delivery_timeout: Duration::from_secs(120),
            backoff: client.cluster().config.backoff,
        };
        let options = Options {
            topic: None,
            acks: Acks::All,
            compression: Compression::None,
            level: None,
            idempotent: None,
            create_topics: false,
            limits,
            balancer: Arc::new(Sticky::default),
            on_completion: None,
        };
        Self { client, options }
    }

    /// The topic of every record. Without it, each record names its own.
    pub fn topic(mut self, topic: impl Into<Arc<str>>) -> Self {
        self.options.topic = Some(topic.into());
        self
    }

    /// How many copies must exist before a record counts as delivered. Default: [`Acks::All`].
    pub fn acks(mut self, acks: Acks) -> Self {
        self.options.acks = acks;
        self
    }

    /// How batches are compressed. Default: not at all.
    pub fn compression(mut self, compression: Compression) -> Self {
        self.options.compression = compression;
        self
    }

    /// The codec's level, where it has levels: gzip 0 to 9; zstd −131 072 to 22, with the feature `zstd-c`. Default: the
    /// codec's own.
    pub fn compression_level(mut self, level: i32) -> Self {
        self.options.level = Some(level);
        self
    }

    /// Whether batches are numbered, so that the broker drops what a retry repeats (KIP-98). By
    /// default they are where the broker can (0.11 and later) and with [`Acks::All`]. Asking for it
    /// makes its lack an error.
    pub fn idempotent(mut self, idempotent: bool) -> Self {
        self.options.idempotent = Some(idempotent);
        self
    }

    /// Whether a topic that does not exist is created, if the broker allows it. Default: no.
    pub fn create_topics(mut self, create: bool) -> Self {
        self.options.create_topics = create;
        self
    }

    /// How long a batch may wait for more records while another request to its broker is under way.
    /// With none under way it leaves at once, so that a lone write never waits. Default: 5 ms.
    pub fn linger(mut self, linger: Duration) -> Self {
        self.options.limits.linger = linger;
        self
    }

    /// The most bytes of a batch, before compression. Default: 1 MiB, which is just under what
    /// brokers take by default.
    pub fn batch_bytes(mut self, bytes: usize) -> Self {
        self.options.limits.batch_bytes = bytes;
        self
    }

    /// The most records of a batch. Default: 1 048 576, so that bytes decide.
    pub fn batch_records(mut self, records: u32) -> Self {
        self.options.limits.batch_records = records;
        self
    }

    /// The most bytes that may wait to be acknowledged; `send` waits for room beyond that. Default:
    /// 4 MiB, enough to keep brokers near by busy, and small enough to stay in the processor's cache,
    /// which saves a fifth of the cost of large records. Raise it for brokers that are far away: no
    /// more than this is written in the time that an answer takes.
    pub fn buffer_bytes(mut self, bytes: usize) -> Self {
        self.options.limits.buffer_bytes = bytes;
        self
    }

    /// The most records that may wait to be acknowledged; `send` waits for room beyond that. Default: 1 048 576, so
    /// that bytes decide.
    pub fn buffer_records(mut self, records: usize) -> Self {
        self.options.limits.buffer_records = records;
        self
    }

    /// Called once for every batch, when it is delivered or has failed; for each of its pieces, if it was too large and
    /// had to be split. Deliveries know by then. [`Writer::close`] waits for it.
    ///
    /// It is called in the Writer's own tasks, and holds up what they send: hand on what takes long. If it panics, the
    /// Writer goes on, and `close` tells of it.
    pub fn on_completion(
        mut self,
        callback: impl Fn(&Completion<'_>) + ottla_transport::MaybeSend + ottla_transport::MaybeSync + 'static,
    ) -> Self {
        self.options.on_completion = Some(Arc::new(callback));
        self
    }

    /// How long a record may take from `send` to its acknowledgement, with all retries. Default: two
    /// minutes.
    pub fn delivery_timeout(mut self, timeout: Duration) -> Self {
        self.options.limits.delivery_timeout = timeout;
        self
    }

    /// Who chooses partitions: called once a topic. Default: [`Sticky`].
    pub fn balancer<B: Balancer>(
        mut self,
        make: impl Fn() -> B + ottla_transport::MaybeSend + ottla_transport::MaybeSync + 'static,
    ) -> Self {
        self.options.balancer = Arc::new(make);
        self
    }

    /// Makes the Writer. It dials nobody before the first record.
    ///
    /// # Errors
    /// A setting makes no sense, or contradicts another.
    pub fn build(self) -> Result<Writer, Error> {
        let Options { acks, idempotent, limits, topic, .. } = &self.options;
        if *idempotent == Some(true) && *acks != Acks::All {
            return Err(Error::misuse("an idempotent Writer needs acks from all replicas: set Acks::All"));
        }
        for (name, limit) in [
            ("batch_bytes", limits.batch_bytes),
            ("batch_records", limits.batch_records as usize),
            ("buffer_bytes", limits.buffer_bytes),
            ("buffer_records", limits.buffer_records),
        ] {
            if limit == 0 {
                return Err(Error::misuse(format!("{name} must be more than 0")));
            }
        }
        if topic.as_deref() == Some("") {
            return Err(Error::misuse(
                "the topic of a Writer must not be empty: leave it out to name one a record",
            ));
        }
        if !self.options.compression.is_built_in() {
            return Err(Error::from(RecordError::CodecMissing(self.options.compression)).not_sent());
        }
        check_level(self.options.compression, self.options.level)?;
        Ok(Writer::start(&self.client, self.options))
    }
}

fn check_level(codec: Compression, level: Option<i32>) -> Result<(), Error> {
    let Some(level) = level else { return Ok(()) };
    let Some(levels) = codec.levels() else {
        let zstd = if codec == Compression::Zstd { ": the feature `zstd-c` gives it some" } else { "" };
        return Err(Error::misuse(format!("{codec} has no levels in this build, and so not {level}{zstd}")));
    };
    if !levels.contains(&level) {
        let (least, most) = levels.into_inner();
        return Err(Error::misuse(format!(
            "the level of {codec} goes from {least} to {most}: it cannot be {level}"
        )));
    }
    Ok(())
}

impl fmt::Debug for WriterBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WriterBuilder").field("topic", &self.options.topic).finish_non_exhaustive()
    }
}
