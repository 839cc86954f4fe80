//! ListOffsets: the ends of a log, and offsets by time.

use ottla::{
    protocol::{
        ErrorCode,
        list_offsets::{
            EARLIEST, LATEST, MAX_TIMESTAMP, Partition, Request, RequestPartition, Response, Topic,
        },
    },
    record::{DecodeOptions, RecordSet},
};

use crate::{
    dispatch::Call,
    log::Batch,
    reading,
    topics::{Refusal, refuse},
};

/// The first offset on the leader's own disk (KIP-405): of the whole log here.
const EARLIEST_LOCAL: i64 = -4;

/// The last offset in tiered storage (KIP-1005), which is not here.
const LATEST_TIERED: i64 = -5;

/// Records looked at in one go.
const STRIDE: usize = 4096;

pub(crate) fn answer(call: &Call<'_>, request: Request) -> Response {
    let topics = request.topics.into_iter().map(|topic| {
        let partitions = topic.partitions.iter().map(|asked| answer_one(call, &topic.name, asked)).collect();
        Topic { name: topic.name, partitions }
    });
    Response { topics: topics.collect(), ..Response::default() }
}

fn answer_one(call: &Call<'_>, topic: &str, asked: &RequestPartition) -> Partition {
    let partition_index = asked.partition_index;
    let found = match call.unless_struck(topic, Some(partition_index), || sought(call, topic, asked)) {
        Ok(sought) if call.version == 0 => {
            let old_style_offsets = old_style(&sought, asked);
            return Partition { partition_index, old_style_offsets, ..Partition::default() };
        }
        Ok(sought) => {
            let leader_epoch = sought.batch.as_ref().map_or(sought.leader_epoch, |batch| batch.leader_epoch);
            by_time(&sought, asked.timestamp).map(|found| (found, leader_epoch))
        }
        Err(refusal) => Err(refusal),
    };
    match found {
        Ok((Some((offset, timestamp)), leader_epoch)) => {
            Partition { partition_index, timestamp, offset, leader_epoch, ..Partition::default() }
        }
        Ok((None, _)) => Partition { partition_index, ..Partition::default() },
        Err(Refusal { code, .. }) => Partition { partition_index, error_code: code, ..Partition::default() },
    }
}

/// What the log tells, copied out so that batches are opened without holding anyone up.
struct Sought {
    start: i64,
    end: i64,
    leader_epoch: i32,
    /// The batch with the record that is looked for by its time.
    batch: Option<Batch>,
}

fn sought(call: &Call<'_>, topic: &str, asked: &RequestPartition) -> Result<Sought, Refusal> {
    call.with(|state| {
        let partition =
            reading::led(state, call.seat.node, topic, asked.partition_index, asked.current_leader_epoch)?;
        let log = &partition.log;
        let batch = match asked.timestamp {
            MAX_TIMESTAMP => log.latest(),
            0.. => log.since(asked.timestamp),
            _ => None,
        };
        let (start, end) = (log.start(), log.end());
        Ok(Sought { start, end, leader_epoch: partition.leader_epoch, batch: batch.cloned() })
    })
}

/// The offset and time that answer, if any do.
fn by_time(sought: &Sought, timestamp: i64) -> Result<Option<(i64, i64)>, Refusal> {
    match (timestamp, &sought.batch) {
        (LATEST, _) => Ok(Some((sought.end, -1))),
        (EARLIEST | EARLIEST_LOCAL, _) => Ok(Some((sought.start, -1))),
        (LATEST_TIERED, _) | (MAX_TIMESTAMP | 0.., None) => Ok(None),
        (MAX_TIMESTAMP, Some(batch)) => first_since(batch, batch.max_timestamp),
        (0.., Some(batch)) => first_since(batch, timestamp),
        _ => refuse(ErrorCode::UNSUPPORTED_VERSION, format!("{timestamp} is not a time to ask for")),
    }
}

/// The first record of a batch with this time or a later one.
fn first_since(batch: &Batch, timestamp: i64) -> Result<Option<(i64, i64)>, Refusal> {
    let mut set = RecordSet::new(batch.bytes.clone(), DecodeOptions::default());
    let unreadable =
        |error: ottla::record::RecordError| refuse(ErrorCode::UNKNOWN_SERVER_ERROR, error.to_string());
    while let Some(records) = set.next_records(STRIDE).or_else(unreadable)? {
        if let Some(record) = records.iter().find(|record| record.timestamp >= timestamp) {
            return Ok(Some((record.offset, record.timestamp)));
        }
    }
    Ok(None)
}

/// Version 0 tells where segments begin, newest first, and the end of the log. A log here is one
/// segment, which is as old as its first batch.
fn old_style(sought: &Sought, asked: &RequestPartition) -> Vec<i64> {
    let mut offsets = match asked.timestamp {
        LATEST if sought.end > sought.start => vec![sought.end, sought.start],
        LATEST => vec![sought.end],
        EARLIEST => vec![sought.start],
        0.. if sought.batch.as_ref().is_none_or(|batch| batch.base_offset > sought.start) => {
            vec![sought.start]
        }
        _ => vec![],
    };
    offsets.truncate(usize::try_from(asked.max_num_offsets).unwrap_or(0));
    offsets
}
