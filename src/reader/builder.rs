use std::{fmt, sync::Arc, time::Duration};

use super::{
    OutOfRange, Reader, Start, Stop,
    cursors::Limits,
    grouped::Membership,
    wanted::{Choice, Wanted},
};
use crate::{client::Client, error::Error, group::TopicFilter};

/// What a [`Reader`] is set to.
#[derive(Clone, Debug)]
pub(super) struct Options {
    pub(super) wanted: Vec<Wanted>,
    pub(super) min_bytes: usize,
    pub(super) max_wait: Duration,
    pub(super) wait_for_topic: Duration,
    pub(super) max_decompressed_bytes: usize,
    pub(super) read_committed: bool,
    /// A membership in a group.
    pub(super) group: Option<Membership>,
}

/// Sets up a [`Reader`].
#[must_use]
pub struct ReaderBuilder {
    client: Client,
    choice: Choice,
    pub(super) options: Options,
    limits: Limits,
    /// Which topics to read besides those that are named.
    pub(super) filter: Option<Arc<dyn TopicFilter>>,
}

impl ReaderBuilder {
    pub(super) fn new(client: Client) -> Self {
        let wasm_sized = cfg!(target_pointer_width = "32");
        let options = Options {
            wanted: Vec::new(),
            min_bytes: 1,
            max_wait: Duration::from_millis(500),
            wait_for_topic: Duration::from_secs(2),
            max_decompressed_bytes: if wasm_sized { 16 << 20 } else { 64 << 20 },
            read_committed: false,
            group: None,
        };
        let limits = Limits {
            start: Start::First,
            stop: None,
            read_committed: false,
            out_of_range: OutOfRange::Error,
            max_bytes: if wasm_sized { 2 << 20 } else { 4 << 20 },
            partition_bytes: 1 << 20,
            queue_bytes: if wasm_sized { 4 << 20 } else { 16 << 20 },
            max_batch_bytes: client.cluster().config.connection.max_response_bytes,
            patience: Duration::from_secs(60),
            backoff: client.cluster().config.backoff,
        };
        Self { client, choice: Choice::default(), options, limits, filter: None }
    }

    /// A topic to read, with all its partitions, new ones too as they are found. Call it again for
    /// several.
    pub fn topic(mut self, topic: impl Into<Arc<str>>) -> Self {
        self.choice.topics.push(topic.into());
        self
    }

    /// The one partition to read of the one topic. Default: all.
    pub fn partition(mut self, partition: i32) -> Self {
        self.choice.partition = Some(partition);
        self
    }

    /// One partition of a topic to read. Call it again for several, of one topic or of many.
    pub fn topic_partition(mut self, topic: impl Into<Arc<str>>, partition: i32) -> Self {
        self.choice.partitions.push((topic.into(), partition));
        self
    }

    /// Where to begin. Default: [`Start::First`].
    pub fn start(mut self, start: Start) -> Self {
        self.limits.start = start;
        self
    }

    /// Where to stop: once every partition is there, [`Reader::read`] and [`Reader::poll`] give an error
    /// of [`ErrorKind::End`](crate::ErrorKind::End), and [`Reader::stream`] ends. Seek to go on.
    /// Default: nowhere.
    pub fn stop(mut self, stop: Stop) -> Self {
        self.limits.stop = Some(stop);
        self
    }

    /// What to do when the offset that is due is not in the log. Default: [`OutOfRange::Error`].
    pub fn out_of_range(mut self, policy: OutOfRange) -> Self {
        self.limits.out_of_range = policy;
        self
    }

    /// How many bytes a broker collects before it answers, unless [`ReaderBuilder::max_wait`] runs
    /// out. Default: 1, so that it answers at once.
    pub fn min_bytes(mut self, bytes: usize) -> Self {
        self.options.min_bytes = bytes;
        self
    }

    /// The most bytes of one answer, give or take a batch. Default: 4 MiB, on 32-bit targets 2 MiB: larger
    /// ones fall out of the processor's cache before they are decoded.
    pub fn max_bytes(mut self, bytes: usize) -> Self {
        self.limits.max_bytes = bytes;
        self
    }

    /// The most bytes of one partition in an answer, give or take a batch. Default: 1 MiB.
    pub fn partition_bytes(mut self, bytes: usize) -> Self {
        self.limits.partition_bytes = bytes;
        self
    }

    /// How long a broker waits for [`ReaderBuilder::min_bytes`]. Default: 500 ms.
    pub fn max_wait(mut self, wait: Duration) -> Self {
        self.options.max_wait = wait;
        self
    }

    /// The most bytes that are fetched ahead, as they came from the brokers. Default: 16 MiB, on
    /// 32-bit targets 4 MiB.
    pub fn queue_bytes(mut self, bytes: usize) -> Self {
        self.limits.queue_bytes = bytes;
        self
    }

    /// The most bytes that one batch may take decompressed. Default: 64 MiB, on 32-bit targets
    /// 16 MiB.
    pub fn max_decompressed_bytes(mut self, bytes: usize) -> Self {
        self.options.max_decompressed_bytes = bytes;
        self
    }

    /// Whether to leave out records of transactions that are open or aborted (KIP-98). Default: no.
    pub fn read_committed(mut self, read_committed: bool) -> Self {
        self.options.read_committed = read_committed;
        self.limits.read_committed = read_committed;
        self
    }

    /// How long a topic or partition may be missing before that is an error. Default: 2 s, about as
    /// long as brokers take to hear of a new one.
    pub fn wait_for_topic(mut self, wait: Duration) -> Self {
        self.options.wait_for_topic = wait;
        self
    }

    /// How long failures that may pass by themselves, such as a lost broker, are kept from the
    /// caller. Reading is tried on afterwards too. Default: one minute.
    pub fn patience(mut self, patience: Duration) -> Self {
        self.limits.patience = patience;
        self
    }

    /// Makes the Reader and begins to fetch.
    ///
    /// # Errors
    /// A setting makes no sense, or contradicts another.
    pub fn build(self) -> Result<Reader, Error> {
        let Self { client, choice, mut options, limits, filter } = self;
        match &mut options.group {
            None if filter.is_some() => {
                return Err(Error::misuse("topics_matching() is for members of a group: name one"));
            }
            None => options.wanted = choice.resolve()?,
            Some(membership) => {
                if limits.stop.is_some() {
                    return Err(Error::misuse(
                        "a member of a group does not stop: others go on where it stood",
                    ));
                }
                membership.config.topics = choice.whole_topics()?;
                membership.config.filter = filter;
                membership.config.backoff = limits.backoff;
                membership.config.patience = limits.patience;
                membership.config.check()?;
            }
        }
        limits.start.check()?;
        if let OutOfRange::Restart(start) = limits.out_of_range {
            start.check()?;
        }
        if let Some(Stop::Offset(offset @ ..0)) = limits.stop {
            return Err(Error::misuse(format!("the offset to stop at must not be negative: {offset}")));
        }
        for (name, limit) in [
            ("max_bytes", limits.max_bytes),
            ("partition_bytes", limits.partition_bytes),
            ("queue_bytes", limits.queue_bytes),
        ] {
            if limit == 0 {
                return Err(Error::misuse(format!("{name} must be more than 0")));
            }
        }
        if options.min_bytes > limits.max_bytes {
            let (min, max) = (options.min_bytes, limits.max_bytes);
            return Err(Error::misuse(format!("min_bytes ({min}) is greater than max_bytes ({max})")));
        }
        Ok(Reader::start(&client, options, limits))
    }
}

impl fmt::Debug for ReaderBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReaderBuilder").field("options", &self.options).finish_non_exhaustive()
    }
}
