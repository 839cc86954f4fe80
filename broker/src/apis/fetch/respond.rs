use std::collections::BTreeSet;

use bytes::{Buf, Bytes};
use ottla::{
    protocol::{
        ErrorCode,
        fetch::{
            EpochEndOffset, FetchPartition, LeaderIdAndEpoch, NodeEndpoint, PartitionData, Request, Response,
            TopicResponse,
        },
    },
    record::{BatchHeader, Compression, batches, down_convert},
};
use ottla_transport::BrokerAddress;

use super::{WITH_MAX_BYTES, gather::Gathered};
use crate::{
    dispatch::Call,
    incoming::MOST_DECOMPRESSED,
    reading::Found,
    sessions::{Asked, Context},
    topics::{Refusal, refuse},
};

/// The first version that gets messages of format 1.
const WITH_TIMESTAMPS: i16 = 2;
/// The first version that gets batches of format 2.
const WITH_BATCHES: i16 = 4;
/// The first version whose clients know zstd.
const WITH_ZSTD: i16 = 10;
/// `READ_COMMITTED`, as an isolation level.
const READ_COMMITTED: i8 = 1;

pub(super) fn respond(call: &Call<'_>, request: &Request, context: &Context, gathered: Gathered) -> Response {
    let mut leaders = BTreeSet::new();
    let reads = context.asked.iter().zip(gathered.reads);
    let answers = reads.map(|(asked, (name, read))| {
        let index = asked.partition.partition;
        let read = read.and_then(|found| data_of(call.version, &asked.partition, found));
        let mut data = read.unwrap_or_else(|refusal| refused(index, &refusal));
        if data.error_code == ErrorCode::NOT_LEADER_OR_FOLLOWER
            || data.error_code == ErrorCode::FENCED_LEADER_EPOCH
        {
            let (leader_id, leader_epoch) = call.leader(&name, index);
            data.current_leader = LeaderIdAndEpoch { leader_id, leader_epoch };
            leaders.insert(leader_id);
        } else if request.isolation_level == READ_COMMITTED {
            data.aborted_transactions = Some(Vec::new());
        }
        (asked.clone(), data)
    });
    let mut answers = answers.collect();
    call.with(|state| state.sessions(call.seat.node).leave(context, &mut answers));
    Response {
        session_id: context.session_id,
        responses: by_topic(answers),
        node_endpoints: endpoints(call, &leaders),
        ..Response::default()
    }
}

/// Partitions of one topic that follow one another come under one name.
fn by_topic(answers: Vec<(Asked, PartitionData)>) -> Vec<TopicResponse> {
    let mut topics: Vec<TopicResponse> = Vec::new();
    for (Asked { topic, topic_id, .. }, data) in answers {
        match topics.last_mut().filter(|last| last.topic == topic && last.topic_id == topic_id) {
            Some(last) => last.partitions.push(data),
            None => topics.push(TopicResponse { topic, topic_id, partitions: vec![data] }),
        }
    }
    topics
}

fn data_of(version: i16, asked: &FetchPartition, found: Found) -> Result<PartitionData, Refusal> {
    let Found { log_start, log_end, diverging, preferred, batches, .. } = found;
    if version < WITH_ZSTD && batches.iter().any(is_zstd) {
        let why = format!("zstd needs Fetch version {WITH_ZSTD}, not {version}");
        return refuse(ErrorCode::UNSUPPORTED_COMPRESSION_TYPE, why);
    }
    let records = match version {
        WITH_BATCHES.. => match <[_; 1]>::try_from(batches) {
            Ok([batch]) => batch,
            Err(batches) => batches.concat().into(),
        },
        _ => {
            let mut messages = since(asked.fetch_offset, converted(version, &batches)?);
            if version < WITH_MAX_BYTES {
                // A message that does not fit is cut, which tells these clients to ask for more.
                messages.truncate(usize::try_from(asked.partition_max_bytes).unwrap_or(0));
            }
            messages
        }
    };
    Ok(PartitionData {
        partition_index: asked.partition,
        high_watermark: log_end,
        last_stable_offset: log_end,
        log_start_offset: log_start,
        preferred_read_replica: preferred.unwrap_or(-1),
        records: Some(records),
        diverging_epoch: diverging
            .map_or_else(EpochEndOffset::default, |(epoch, end_offset)| EpochEndOffset { epoch, end_offset }),
        ..PartitionData::default()
    })
}

fn is_zstd(batch: &Bytes) -> bool {
    matches!(BatchHeader::parse(batch), Ok(Some(header)) if header.compression() == Ok(Compression::Zstd))
}

/// Batches, for clients that know only messages of formats 0 and 1.
fn converted(version: i16, batches: &[Bytes]) -> Result<Bytes, Refusal> {
    let magic = if version < WITH_TIMESTAMPS { 0 } else { 1 };
    let converted = down_convert(&batches.concat().into(), magic, MOST_DECOMPRESSED);
    converted.or_else(|error| refuse(ErrorCode::UNKNOWN_SERVER_ERROR, error.to_string()))
}

/// What lies at an offset and after it: each message can be had by itself, unless it is in a compressed one.
fn since(offset: i64, messages: Bytes) -> Bytes {
    let mut rest = messages.clone();
    for (header, message) in batches(&messages).map_while(Result::ok) {
        if header.next_offset() > offset {
            break;
        }
        rest.advance(message.len());
    }
    rest
}

fn refused(partition_index: i32, refusal: &Refusal) -> PartitionData {
    PartitionData {
        partition_index,
        error_code: refusal.code,
        high_watermark: -1,
        records: Some(Default::default()),
        ..PartitionData::default()
    }
}

/// Where those are who lead instead (KIP-951).
fn endpoints(call: &Call<'_>, nodes: &BTreeSet<i32>) -> Vec<NodeEndpoint> {
    let endpoint = |(node_id, address): (i32, &BrokerAddress)| NodeEndpoint {
        node_id,
        host: address.host.as_str().into(),
        port: i32::from(address.port),
        rack: call.core.config.rack_of(node_id).map(Into::into),
    };
    call.addresses(nodes).map(endpoint).collect()
}
