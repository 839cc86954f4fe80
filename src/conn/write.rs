use ottla_transport::{Instant, Runtime};

use super::{Bound, Conn};
use crate::{
    acks::Acks,
    cluster::produce_bytes,
    error::Error,
    message::Message,
    protocol::{
        Request,
        produce::{self, PartitionData, TopicData},
    },
    record::{BatchBuilder, Compression, Record, SealedBatch},
};

/// What became of messages that were written. They lie next to each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Written {
    /// The partition.
    pub partition: i32,
    /// The offset of the first, or `None` without acknowledgement, or when nothing was written.
    pub offset: Option<i64>,
    /// The time that the broker gave them, in milliseconds since 1970, or `None` where the topic
    /// keeps the writer's.
    pub append_time: Option<i64>,
    /// The bytes of their keys and values.
    pub bytes: usize,
}

impl Conn {
    /// Who must have what is written before the broker acknowledges it. Default: [`Acks::All`].
    ///
    /// With [`Acks::None`] a write returns once it is queued, and whatever the broker has against it
    /// shows only in that it closes the connection.
    pub fn set_required_acks(&mut self, acks: Acks) {
        self.acks = acks;
    }

    /// Writes a message of this value, and no key, to the partition.
    ///
    /// # Errors
    /// As [`Conn::write_messages`].
    ///
    /// # Cancel safety
    /// As [`Conn::write_messages`].
    pub async fn write(&self, value: &[u8]) -> Result<Written, Error> {
        let sealed = self.encode([Record::new(value)].into_iter());
        self.produce(sealed?, Compression::None, value.len()).await
    }

    /// Writes messages to the partition, as one batch. A message without a timestamp gets the present
    /// time.
    ///
    /// # Errors
    /// [`ErrorCode::MESSAGE_TOO_LARGE`](crate::ErrorCode::MESSAGE_TOO_LARGE) when the batch is more
    /// than the broker takes. A message names another topic or partition, or has headers where the
    /// broker is older than 0.11; the connection is bound to no partition, or broken; the broker does
    /// not lead the partition, or does not answer by the deadline. [`Error::is_not_sent`] tells
    /// whether the messages have certainly not been written.
    ///
    /// # Cancel safety
    /// A dropped call may have written them, all or none.
    pub async fn write_messages(&self, messages: &[Message]) -> Result<Written, Error> {
        self.write_compressed(Compression::None, messages).await
    }

    /// [`Conn::write_messages`], compressed.
    ///
    /// # Errors
    /// As [`Conn::write_messages`]; the codec was not built in, or it is zstd and the broker older
    /// than 2.1.
    ///
    /// # Cancel safety
    /// As [`Conn::write_messages`].
    pub async fn write_compressed(
        &self,
        compression: Compression,
        messages: &[Message],
    ) -> Result<Written, Error> {
        let bound = self.bound()?;
        messages.iter().try_for_each(|message| bound.takes(message))?;
        let length = |bytes: &Option<bytes::Bytes>| bytes.as_ref().map_or(0, bytes::Bytes::len);
        let bytes = messages.iter().map(|message| length(&message.key) + length(&message.value)).sum();
        if messages.is_empty() {
            return Ok(Written { partition: bound.partition, offset: None, append_time: None, bytes });
        }
        let sealed = self.encode(messages.iter().map(Record::from))?;
        self.produce(sealed, compression, bytes).await
    }

    fn encode<'r>(&self, records: impl Iterator<Item = Record<'r>>) -> Result<SealedBatch, Error> {
        let now = self.runtime.unix_millis();
        let mut batch = BatchBuilder::new(0);
        for Record { key, value, headers, timestamp, .. } in records {
            let pushed = batch.push(key, value, headers, timestamp.unwrap_or(now));
            pushed.map_err(|cause| Error::from(cause).not_sent())?;
        }
        Ok(batch.seal())
    }

    async fn produce(
        &self,
        mut sealed: SealedBatch,
        compression: Compression,
        bytes: usize,
    ) -> Result<Written, Error> {
        let bound = self.bound()?;
        let version = self.version::<produce::Request>(i16::MAX)?;
        if compression != Compression::None {
            let compress = move || sealed.compress(compression, None);
            let compressed = self.runtime.offload(compress).await;
            sealed = compressed.map_err(|cause| Error::from(cause).not_sent())?;
        }
        let records = produce_bytes(&mut sealed, compression, version, (-1, -1, -1))?;
        let partition = PartitionData { index: bound.partition, records: Some(records) };
        let request = produce::Request {
            transactional_id: None,
            acks: self.acks.wire(),
            timeout_ms: self.broker_timeout(self.write_deadline),
            topic_data: vec![TopicData { name: bound.topic.clone(), partition_data: vec![partition] }],
        };
        let mut written = Written { partition: bound.partition, offset: None, append_time: None, bytes };
        if self.acks == Acks::None {
            self.post(self.write_deadline, version, &request).await?;
            return Ok(written);
        }
        let response = self.call_at(self.write_deadline, version, &request).await?;
        let partition = self.outcome(&response, bound)?;
        written.offset = Some(partition.base_offset).filter(|offset| *offset >= 0);
        written.append_time = Some(partition.log_append_time_ms).filter(|time| *time >= 0);
        Ok(written)
    }

    async fn post(
        &self,
        deadline: Option<Instant>,
        version: i16,
        request: &produce::Request,
    ) -> Result<(), Error> {
        self.in_time(deadline, produce::Request::NAME, self.connection.room()).await?;
        let posted = self.connection.post(version, request, self.patience())?;
        self.in_time(deadline, produce::Request::NAME, posted).await
    }

    fn outcome<'r>(
        &self,
        response: &'r produce::Response,
        bound: &Bound,
    ) -> Result<&'r produce::PartitionResponse, Error> {
        let topics = response.responses.iter().filter(|topic| topic.name == bound.topic);
        let mut partitions = topics.flat_map(|topic| &topic.partition_responses);
        let partition = partitions
            .find(|partition| partition.index == bound.partition)
            .ok_or_else(|| self.malformed("the broker did not say what became of the messages"))?;
        let refused = Error::check(partition.error_code, "writing", partition.error_message.as_deref());
        refused.map_err(|error| bound.about(error).at_broker(self.connection.address()))?;
        Ok(partition)
    }
}

impl Bound {
    /// Whether a message may go here.
    fn takes(&self, message: &Message) -> Result<(), Error> {
        let elsewhere = (!message.topic.is_empty() && message.topic != self.topic)
            || message.partition.is_some_and(|partition| partition != self.partition);
        if !elsewhere {
            return Ok(());
        }
        let what = format!(
            "a message for another topic or partition: the connection writes to partition {} of {:?} only",
            self.partition, self.topic
        );
        Err(Error::misuse(what).about(message.topic.clone(), message.partition))
    }
}
