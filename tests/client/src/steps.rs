//! Steps that many cases take.

use std::time::Duration;

use ottla::{Delivered, Message, Reader, Start, Writer};

use crate::Cluster;

/// Longer than any write of a test takes.
pub(crate) const LIMIT: Duration = Duration::from_secs(60);

impl Cluster {
    /// Writes to a topic as a Writer does by default.
    pub(crate) async fn write(&self, topic: &str, messages: Vec<Message>) -> Vec<Delivered> {
        let writer = self.writer(topic);
        let delivered = writer.write(messages).await.unwrap();
        writer.close(LIMIT).await.unwrap();
        delivered
    }

    pub(crate) fn writer(&self, topic: &str) -> Writer {
        Writer::builder(&self.client).topic(topic).build().unwrap()
    }

    /// A Reader of partition 0.
    pub(crate) fn reader(&self, topic: &str, start: Start) -> Reader {
        Reader::builder(&self.client).topic(topic).partition(0).start(start).build().unwrap()
    }

    /// The first messages of partition 0.
    pub(crate) async fn read(&self, topic: &str, count: usize) -> Vec<Message> {
        let reader = self.reader(topic, Start::First);
        let read = take(&reader, count).await;
        reader.close().await;
        read
    }
}

pub(crate) async fn take(reader: &Reader, count: usize) -> Vec<Message> {
    let mut read = Vec::new();
    while read.len() < count {
        read.push(reader.read().await.unwrap());
    }
    read
}

/// A message for partition 0.
pub(crate) fn message(value: impl Into<String>) -> Message {
    Message::new(value.into()).with_partition(0)
}

/// Messages for partition 0 whose values are numbers.
pub(crate) fn numbers(range: std::ops::Range<usize>) -> Vec<Message> {
    range.map(|number| message(number.to_string())).collect()
}

/// The values as text.
pub(crate) fn texts(messages: &[Message]) -> Vec<&str> {
    messages.iter().map(text).collect()
}

pub(crate) fn text(message: &Message) -> &str {
    std::str::from_utf8(message.value.as_deref().unwrap()).unwrap()
}

pub(crate) fn offsets(delivered: &[Delivered]) -> Vec<i64> {
    delivered.iter().map(|one| one.offset.unwrap()).collect()
}

/// Holds what was read against what was written, but for what writing leaves open.
pub(crate) fn assert_same(read: &[Message], written: &[Message]) {
    assert_eq!(read.len(), written.len());
    for (read, written) in read.iter().zip(written) {
        assert_eq!((&read.key, &read.value), (&written.key, &written.value));
        assert_eq!(read.headers, written.headers);
        if written.timestamp.is_some() {
            assert_eq!(read.timestamp, written.timestamp);
        }
    }
}
