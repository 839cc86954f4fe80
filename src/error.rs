//! The one error type of the public API.

use std::{borrow::Cow, error::Error as StdError, fmt, io, sync::Arc};

use crate::{protocol::ErrorCode, record::RecordError, wire::Malformed};

/// What went wrong, sorted by who is to blame.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// A broker answered with an error: see [`Error::code`].
    Broker,
    /// The network, or what stands for it, failed.
    Io,
    /// A peer sent bytes that are not what the protocol says. It may not be a Kafka broker.
    Malformed,
    /// The call or the configuration cannot be carried out as given.
    Misuse,
    /// A record or a request is larger than a limit.
    TooLarge,
    /// The broker is too old or too new for what was asked.
    Unsupported,
    /// The time that the caller or the configuration allows ran out.
    Timeout,
    /// The client, writer, reader or connection was closed.
    Closed,
    /// What it is about belongs to another member of the group by now.
    Fenced,
    /// Everything up to where the reader stops has been read.
    End,
}

/// What helps against an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Retry {
    /// Nothing: the same request fails again.
    Never,
    /// Waiting a little.
    After,
    /// Asking anew who leads the partition.
    RefreshMetadata,
    /// Connecting anew.
    Reconnect,
    /// Asking anew who coordinates the group or the transaction.
    FindCoordinator,
}

type Source = Arc<dyn StdError + Send + Sync>;

/// An error of the client. Cheap to clone, since one failed batch fails many records.
///
/// `Display` tells this level only, and what to do about it where that is known; go down
/// `source()` for the causes.
#[derive(Clone)]
pub struct Error(Arc<Inner>);

#[derive(Clone, Debug)]
struct Inner {
    kind: ErrorKind,
    what: Cow<'static, str>,
    code: Option<ErrorCode>,
    retry: Retry,
    not_sent: bool,
    topic: Option<Arc<str>>,
    partition: Option<i32>,
    broker: Option<Arc<str>>,
    source: Option<Source>,
}

impl Error {
    pub(crate) fn new(kind: ErrorKind, what: impl Into<Cow<'static, str>>) -> Self {
        let retry = match kind {
            ErrorKind::Io | ErrorKind::Timeout => Retry::Reconnect,
            _ => Retry::Never,
        };
        Self(Arc::new(Inner {
            kind,
            what: what.into(),
            code: None,
            retry,
            not_sent: false,
            topic: None,
            partition: None,
            broker: None,
            source: None,
        }))
    }

    pub(crate) fn misuse(what: impl Into<Cow<'static, str>>) -> Self {
        Self::new(ErrorKind::Misuse, what).not_sent()
    }

    pub(crate) fn closed(what: &'static str) -> Self {
        Self::new(ErrorKind::Closed, format!("the {what} is closed"))
    }

    pub(crate) fn timeout(what: impl Into<Cow<'static, str>>) -> Self {
        Self::new(ErrorKind::Timeout, what)
    }

    /// A broker's error code, in answer to what is named `doing`.
    pub(crate) fn broker(code: ErrorCode, doing: &str, message: Option<&str>) -> Self {
        let said = message.map(|said| format!(" (the broker says: {said})")).unwrap_or_default();
        let mut error = Self::new(ErrorKind::Broker, format!("{doing} failed: {code}{said}"));
        let inner = error.edit();
        inner.code = Some(code);
        inner.retry = retry_for(code);
        error
    }

    /// `Err` when `code` is not zero.
    pub(crate) fn check(code: ErrorCode, doing: &str, message: Option<&str>) -> Result<(), Self> {
        if code == ErrorCode::NONE { Ok(()) } else { Err(Self::broker(code, doing, message)) }
    }

    pub(crate) fn io(what: impl Into<Cow<'static, str>>, cause: io::Error) -> Self {
        Self::new(ErrorKind::Io, what).caused_by(cause)
    }

    pub(crate) fn malformed(what: impl Into<Cow<'static, str>>, cause: Malformed) -> Self {
        Self::new(ErrorKind::Malformed, what).caused_by(cause).or_retry(Retry::Reconnect)
    }

    pub(crate) fn caused_by(mut self, cause: impl StdError + Send + Sync + 'static) -> Self {
        self.edit().source = Some(Arc::new(cause));
        self
    }

    /// The request, or the record, has certainly not left this process.
    pub(crate) fn not_sent(mut self) -> Self {
        self.edit().not_sent = true;
        self
    }

    /// An earlier try may have left this process, whatever became of the last.
    pub(crate) fn maybe_sent(mut self) -> Self {
        self.edit().not_sent = false;
        self
    }

    pub(crate) fn or_retry(mut self, retry: Retry) -> Self {
        self.edit().retry = retry;
        self
    }

    pub(crate) fn about(mut self, topic: impl Into<Arc<str>>, partition: Option<i32>) -> Self {
        let inner = self.edit();
        inner.topic = Some(topic.into());
        inner.partition = partition;
        self
    }

    pub(crate) fn at_broker(mut self, broker: &str) -> Self {
        self.edit().broker.get_or_insert_with(|| broker.into());
        self
    }

    fn edit(&mut self) -> &mut Inner {
        Arc::make_mut(&mut self.0)
    }

    /// What went wrong, by whose fault.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// The broker's error code, if a broker answered with one.
    pub fn code(&self) -> Option<ErrorCode> {
        self.0.code
    }

    /// What helps against it. The client has already tried as often as it was allowed to.
    pub fn retry(&self) -> Retry {
        self.0.retry
    }

    /// Whether the request or record has certainly not left this process. When it has, and no
    /// answer came, the broker may or may not have carried it out.
    pub fn is_not_sent(&self) -> bool {
        self.0.not_sent
    }

    /// The topic concerned.
    pub fn topic(&self) -> Option<&str> {
        self.0.topic.as_deref()
    }

    /// The partition concerned.
    pub fn partition(&self) -> Option<i32> {
        self.0.partition
    }

    /// The address of the broker concerned.
    pub fn broker_address(&self) -> Option<&str> {
        self.0.broker.as_deref()
    }
}

/// Where a retry must go, for the codes that ask for more than waiting.
fn retry_for(code: ErrorCode) -> Retry {
    match code {
        ErrorCode::NOT_LEADER_OR_FOLLOWER
        | ErrorCode::LEADER_NOT_AVAILABLE
        | ErrorCode::UNKNOWN_TOPIC_OR_PARTITION
        | ErrorCode::UNKNOWN_TOPIC_ID
        | ErrorCode::INCONSISTENT_TOPIC_ID
        | ErrorCode::FENCED_LEADER_EPOCH
        | ErrorCode::UNKNOWN_LEADER_EPOCH
        | ErrorCode::REPLICA_NOT_AVAILABLE
        | ErrorCode::LISTENER_NOT_FOUND
        | ErrorCode::KAFKA_STORAGE_ERROR
        | ErrorCode::NOT_CONTROLLER => Retry::RefreshMetadata,
        ErrorCode::NOT_COORDINATOR | ErrorCode::COORDINATOR_NOT_AVAILABLE => Retry::FindCoordinator,
        code if code.is_retriable() => Retry::After,
        _ => Retry::Never,
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Inner { what, topic, partition, broker, .. } = &*self.0;
        f.write_str(what)?;
        match (topic, partition) {
            (Some(topic), Some(partition)) => write!(f, " [topic {topic:?}, partition {partition}]")?,
            (Some(topic), None) => write!(f, " [topic {topic:?}]")?,
            _ => {}
        }
        broker.as_ref().map_or(Ok(()), |broker| write!(f, " [broker {broker}]"))
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.source.as_ref().map(|source| &**source as &(dyn StdError + 'static))
    }
}

impl From<RecordError> for Error {
    fn from(cause: RecordError) -> Self {
        let kind = match cause {
            RecordError::TooLarge { .. } | RecordError::BatchFull => ErrorKind::TooLarge,
            RecordError::CodecMissing(_)
            | RecordError::CodecFormat { .. }
            | RecordError::HeadersUnsupported { .. }
            | RecordError::UnsupportedMagic(_) => ErrorKind::Unsupported,
            _ => ErrorKind::Malformed,
        };
        Self::new(kind, cause.to_string())
    }
}
