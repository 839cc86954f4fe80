use bytes::BytesMut;
use ottla::{protocol::ErrorCode, record::BatchMut};

use crate::{
    api_ranges::INIT_PRODUCER_ID,
    elections::NOBODY,
    incoming::Incoming,
    log::Batch,
    partition::Partition,
    producers::{Stamp, Verdict, last_of},
    state::State,
    topic_config::TopicConfig,
    topics::{Refusal, refuse},
};

/// The first InitProducerId version of brokers that let a producer go on of whom they have
/// forgotten everything (KIP-360).
const FORGIVING: i16 = 3;

/// Where a batch is now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Landed {
    pub(crate) base_offset: i64,
    /// The time of the append, in ms, where the topic says it counts; else −1.
    pub(crate) append_time: i64,
    pub(crate) log_start: i64,
}

impl State {
    /// Whether as many replicas are in sync as a write to all of them needs.
    ///
    /// # Errors
    /// There are fewer than `min.insync.replicas`.
    pub(crate) fn check_in_sync(&self, topic: &str, index: i32) -> Result<(), Refusal> {
        let least = self.topic(topic).and_then(|topic| topic.config.min_insync_replicas).unwrap_or(1);
        // Where nobody leads, that is what the client has to hear.
        let led = self.partition(topic, index).filter(|partition| partition.leader != NOBODY);
        let in_sync = led.map_or(usize::MAX, |partition| {
            partition.replicas.iter().filter(|node| self.is_alive(**node)).count()
        });
        if usize::try_from(least).is_ok_and(|least| in_sync < least) {
            let why = format!("{in_sync} replicas in sync, where min.insync.replicas is {least}");
            return refuse(ErrorCode::NOT_ENOUGH_REPLICAS, why);
        }
        Ok(())
    }

    /// Appends a batch to a partition, unless it is a repetition of one that is there.
    ///
    /// # Errors
    /// As Kafka refuses it.
    pub(crate) fn land(
        &mut self,
        node: i32,
        topic: &str,
        index: i32,
        incoming: &Incoming,
        now_ms: i64,
    ) -> Result<Landed, Refusal> {
        let strangers = self.config.apis.newest(INIT_PRODUCER_ID) >= FORGIVING;
        let default_max = self.config.max_message_bytes;
        let Some(config) = self.topic(topic).map(|topic| topic.config.clone()) else {
            return refuse(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION, "there is no such topic");
        };
        let Some(partition) = self.partition_mut(topic, index) else {
            return refuse(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION, "the topic has no such partition");
        };
        accept(partition, &config, node, incoming, config.max_message_bytes.unwrap_or(default_max))?;
        let append_time = if config.log_append_time { now_ms } else { -1 };
        let log_start = partition.log.start();
        let stamp = stamp_of(incoming);
        match stamp.map_or(Verdict::New, |stamp| partition.producers.judge(stamp, strangers)) {
            Verdict::New => {}
            Verdict::Duplicate { base_offset, append_time } => {
                return Ok(Landed { base_offset, append_time, log_start });
            }
            Verdict::StaleEpoch => {
                return refuse(
                    ErrorCode::INVALID_PRODUCER_EPOCH,
                    "a newer epoch of the producer has written",
                );
            }
            Verdict::OutOfOrder => {
                return refuse(ErrorCode::OUT_OF_ORDER_SEQUENCE_NUMBER, "a batch before this one is missing");
            }
            Verdict::Unknown => {
                return refuse(ErrorCode::UNKNOWN_PRODUCER_ID, "the producer has not written here");
            }
        }
        let batch = placed(incoming, partition, config.log_append_time.then_some(now_ms))?;
        let base_offset = batch.base_offset;
        if let Some(stamp) = stamp {
            partition.producers.wrote(stamp, base_offset, append_time);
        }
        self.append(topic, index, batch);
        Ok(Landed { base_offset, append_time, log_start })
    }
}

fn accept(
    partition: &Partition,
    config: &TopicConfig,
    node: i32,
    incoming: &Incoming,
    max_bytes: usize,
) -> Result<(), Refusal> {
    if partition.leader != node {
        let why = format!("node {} leads the partition", partition.leader);
        return refuse(ErrorCode::NOT_LEADER_OR_FOLLOWER, why);
    }
    if incoming.largest > max_bytes {
        let why = format!("a batch of {} bytes, where max.message.bytes is {max_bytes}", incoming.largest);
        return refuse(ErrorCode::MESSAGE_TOO_LARGE, why);
    }
    if config.compacted && incoming.keyless {
        return refuse(ErrorCode::INVALID_RECORD, "records of a compacted topic need keys");
    }
    Ok(())
}

fn stamp_of(incoming: &Incoming) -> Option<Stamp> {
    let header = &incoming.header;
    (header.producer_id >= 0).then(|| Stamp {
        producer_id: header.producer_id,
        epoch: header.producer_epoch,
        first_sequence: header.base_sequence,
        last_sequence: last_of(header.base_sequence, header.count),
    })
}

/// The batch as the log keeps it: a copy, so that it holds no request in memory.
fn placed(incoming: &Incoming, partition: &Partition, append_time: Option<i64>) -> Result<Batch, Refusal> {
    let base_offset = partition.log.end();
    let mut bytes = BytesMut::from(&incoming.bytes[..]);
    let mut batch =
        BatchMut::new(&mut bytes).or_else(|error| refuse(ErrorCode::CORRUPT_MESSAGE, error.to_string()))?;
    batch.set_base_offset(base_offset);
    batch.set_leader_epoch(partition.leader_epoch);
    if let Some(time) = append_time {
        batch.set_log_append_time(time);
    }
    Ok(Batch {
        bytes: bytes.freeze(),
        base_offset,
        last_offset: base_offset + i64::from(incoming.header.last_offset_delta),
        max_timestamp: append_time.unwrap_or(incoming.header.max_timestamp),
        leader_epoch: partition.leader_epoch,
    })
}
