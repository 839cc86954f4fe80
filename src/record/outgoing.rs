//! What is to be written: a record, borrowed, and its headers.

use bytes::Bytes;

use super::UserData;
use crate::wire::Str;

/// A header of a record. Keys may repeat, and their order is kept; a null value is not an empty one.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Header {
    /// Name; may repeat.
    pub key: Str,
    /// Value; `None` is null.
    pub value: Option<Bytes>,
}

impl Header {
    /// A header with a value.
    pub fn new(key: impl Into<Str>, value: impl Into<Bytes>) -> Self {
        Self { key: key.into(), value: Some(value.into()) }
    }

    /// A header whose value is null.
    pub fn null(key: impl Into<Str>) -> Self {
        Self { key: key.into(), value: None }
    }
}

/// A record to be written, borrowed: its bytes are copied once, into the open batch.
///
/// Without a topic it goes to the writer's; without a partition the balancer picks one; without a timestamp (ms since
/// 1970) it gets the time of the call.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Record<'a> {
    /// Topic; `None` for the writer's own.
    pub topic: Option<&'a str>,
    /// Partition; `None` lets the balancer choose.
    pub partition: Option<i32>,
    /// Key; `None` is null, which is not an empty one.
    pub key: Option<&'a [u8]>,
    /// Value; `None` is null: a tombstone on a compacted topic.
    pub value: Option<&'a [u8]>,
    /// Headers (brokers of 0.11 and later).
    pub headers: &'a [Header],
    /// Time in ms since 1970; `None` for now.
    pub timestamp: Option<i64>,
    /// What goes with it to its outcome; never sent.
    pub user_data: Option<&'a UserData>,
}

impl<'a> Record<'a> {
    /// A record with a value and no key.
    #[must_use]
    pub const fn new(value: &'a [u8]) -> Self {
        Self {
            topic: None,
            partition: None,
            key: None,
            value: Some(value),
            headers: &[],
            timestamp: None,
            user_data: None,
        }
    }

    /// A record with a key and a null value: on a compacted topic it deletes the key.
    #[must_use]
    pub const fn tombstone(key: &'a [u8]) -> Self {
        Self {
            topic: None,
            partition: None,
            key: Some(key),
            value: None,
            headers: &[],
            timestamp: None,
            user_data: None,
        }
    }

    /// The same with a topic.
    #[must_use]
    pub const fn topic(self, topic: &'a str) -> Self {
        Self { topic: Some(topic), ..self }
    }

    /// The same with a partition.
    #[must_use]
    pub const fn partition(self, partition: i32) -> Self {
        Self { partition: Some(partition), ..self }
    }

    /// The same with a key.
    #[must_use]
    pub const fn key(self, key: &'a [u8]) -> Self {
        Self { key: Some(key), ..self }
    }

    /// The same with headers.
    #[must_use]
    pub const fn headers(self, headers: &'a [Header]) -> Self {
        Self { headers, ..self }
    }

    /// The same with what goes along to its outcome.
    #[must_use]
    pub const fn user_data(self, user_data: &'a UserData) -> Self {
        Self { user_data: Some(user_data), ..self }
    }

    /// The same with a timestamp, in ms since 1970.
    #[must_use]
    pub const fn timestamp(self, timestamp: i64) -> Self {
        Self { timestamp: Some(timestamp), ..self }
    }
}
