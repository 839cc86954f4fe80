use std::sync::Arc;

use bytes::Bytes;

use crate::record::{Header, Record, UserData};

/// A record as an owned value: what [`Reader::read`](crate::Reader::read) hands out, and what
/// [`Writer::write`](crate::Writer::write) takes.
///
/// Keys, values and header values share the buffer they arrived in: keeping one small message alive
/// keeps its whole batch alive. Copy out what you keep for long.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Message {
    /// The topic. Empty for a message to be written to the [`Writer`](crate::Writer)'s own topic.
    pub topic: Arc<str>,
    /// The partition it was read from, or is to be written to. `None` lets the balancer choose.
    pub partition: Option<i32>,
    /// Its place in the partition. Ignored on writing.
    pub offset: i64,
    /// Milliseconds since 1970. `None` on writing means now; on reading, that the record has none
    /// (format 0).
    pub timestamp: Option<i64>,
    /// The key. Empty and null are different things.
    pub key: Option<Bytes>,
    /// The value. Null is a tombstone in a compacted topic.
    pub value: Option<Bytes>,
    /// The headers, in order, duplicates kept.
    pub headers: Vec<Header>,
    /// Under which claim a member of a group has read it; 0 outside of groups.
    pub(crate) claim: u64,
    /// What goes with it to its outcome, on this side only: it is never sent, and a message that was read has none.
    pub user_data: Option<UserData>,
}

impl Message {
    /// A message with a value, for the Writer's topic.
    pub fn new(value: impl Into<Bytes>) -> Self {
        Self { value: Some(value.into()), ..Self::default() }
    }

    /// The same with a key.
    #[must_use]
    pub fn with_key(mut self, key: impl Into<Bytes>) -> Self {
        self.key = Some(key.into());
        self
    }

    /// The same for a topic.
    #[must_use]
    pub fn with_topic(mut self, topic: impl Into<Arc<str>>) -> Self {
        self.topic = topic.into();
        self
    }

    /// The same for a partition.
    #[must_use]
    pub fn with_partition(mut self, partition: i32) -> Self {
        self.partition = Some(partition);
        self
    }

    /// The same with a header added.
    #[must_use]
    pub fn with_header(mut self, key: impl Into<Arc<str>>, value: impl Into<Bytes>) -> Self {
        self.headers.push(Header { key: key.into(), value: Some(value.into()) });
        self
    }

    /// The same with a value that comes back with its outcome, and is never sent.
    #[must_use]
    pub fn with_user_data(mut self, value: impl std::any::Any + Send + Sync) -> Self {
        self.user_data = Some(UserData::new(value));
        self
    }

    /// The same with a timestamp, in milliseconds since 1970.
    #[must_use]
    pub fn with_timestamp(mut self, millis: i64) -> Self {
        self.timestamp = Some(millis);
        self
    }
}

impl<'a> From<&'a Message> for Record<'a> {
    fn from(message: &'a Message) -> Self {
        Record {
            topic: Some(&*message.topic).filter(|topic| !topic.is_empty()),
            partition: message.partition,
            key: message.key.as_deref(),
            value: message.value.as_deref(),
            headers: &message.headers,
            timestamp: message.timestamp,
            user_data: message.user_data.as_ref(),
        }
    }
}
