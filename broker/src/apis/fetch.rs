//! Fetch: batches from where the client is, when there are enough of them or its patience ends.

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use bytes::{Buf, Bytes};
use futures::{
    future::{Either, select},
    pin_mut,
};
use ottla::{
    protocol::{
        ErrorCode,
        fetch::{
            EpochEndOffset, FetchPartition, FetchTopic, LeaderIdAndEpoch, NodeEndpoint, PartitionData,
            Request, Response, TopicResponse,
        },
    },
    record::{BatchHeader, Compression, batches, down_convert},
    wire::Str,
};
use ottla_transport::{BrokerAddress, Runtime};

use crate::{
    dispatch::Call,
    incoming::MOST_DECOMPRESSED,
    notice::Notice,
    reading::{Found, Wanted},
    served::WITH_TOPIC_IDS,
    state::State,
    topics::{Refusal, refuse},
};

/// The first version that gets messages of format 1.
const WITH_TIMESTAMPS: i16 = 2;
/// The first version that limits the whole response, and lets its first batch exceed the limits.
const WITH_MAX_BYTES: i16 = 3;
/// The first version that gets batches of format 2.
const WITH_BATCHES: i16 = 4;
/// The first version whose clients know zstd.
const WITH_ZSTD: i16 = 10;
/// `READ_COMMITTED`, as an isolation level.
const READ_COMMITTED: i8 = 1;

pub(crate) async fn answer(call: &Call<'_>, request: &Request, hurry: impl Future) -> Response {
    // Sessions (KIP-227) are never opened: a client that wants one gets id 0, and goes on without.
    if !matches!(request.session_epoch, -1 | 0) {
        let error_code = ErrorCode::FETCH_SESSION_ID_NOT_FOUND;
        return Response { error_code, ..Response::default() };
    }
    let patience = Duration::from_millis(u64::try_from(request.max_wait_ms).unwrap_or(0));
    let give_up_at = call.core.runtime.now() + patience;
    let min_bytes = usize::try_from(request.min_bytes).unwrap_or(0);
    let notice = Arc::new(Notice::default());
    pin_mut!(hurry);
    loop {
        let gathered = call.with(|state| gather(state, call, request, &notice));
        let left = give_up_at.since(call.core.runtime.now());
        if gathered.urgent || gathered.bytes >= min_bytes || left.is_zero() {
            return respond(call, request, gathered);
        }
        let changed = notice.raised();
        let sleep = call.core.runtime.sleep(left);
        pin_mut!(changed, sleep);
        let ends = select(hurry.as_mut(), sleep);
        if let Either::Right((Either::Left(_), _)) = select(changed, ends).await {
            return respond(call, request, gathered);
        }
    }
}

type Read = (i32, Result<Found, Refusal>);

/// What there is to answer with so far.
struct Gathered {
    topics: Vec<(Str, Vec<Read>)>,
    bytes: usize,
    /// Something is to be told at once.
    urgent: bool,
}

fn gather(state: &mut State, call: &Call<'_>, request: &Request, notice: &Arc<Notice>) -> Gathered {
    let limit = usize::try_from(request.max_bytes).unwrap_or(0).min(state.config.max_fetch_bytes);
    let mut gathered = Gathered { topics: Vec::with_capacity(request.topics.len()), bytes: 0, urgent: false };
    for topic in &request.topics {
        let name = name_of(state, call.version, topic);
        let mut partitions = Vec::with_capacity(topic.partitions.len());
        for asked in &topic.partitions {
            let read = match &name {
                Ok(name) => {
                    let one_at_least = call.version < WITH_MAX_BYTES || gathered.bytes == 0;
                    let room = limit.saturating_sub(gathered.bytes);
                    call.unless_struck(name, Some(asked.partition), || {
                        state.read(wanted(call.seat.node, name, asked, room, one_at_least), notice)
                    })
                }
                Err(refusal) => Err(refusal.clone()),
            };
            match &read {
                Ok(found) => {
                    gathered.bytes += found.bytes;
                    gathered.urgent |= found.diverging.is_some();
                }
                Err(_) => gathered.urgent = true,
            }
            partitions.push((asked.partition, read));
        }
        gathered.topics.push((name.unwrap_or_default(), partitions));
    }
    gathered
}

fn name_of(state: &State, version: i16, topic: &FetchTopic) -> Result<Str, Refusal> {
    if version < WITH_TOPIC_IDS {
        return Ok(topic.topic.clone());
    }
    match state.name_of(topic.topic_id) {
        Some(name) => Ok(name),
        None => refuse(ErrorCode::UNKNOWN_TOPIC_ID, "there is no topic with this id"),
    }
}

fn wanted<'a>(
    node: i32,
    topic: &'a str,
    asked: &FetchPartition,
    room: usize,
    one_at_least: bool,
) -> Wanted<'a> {
    Wanted {
        node,
        topic,
        index: asked.partition,
        leader_epoch: asked.current_leader_epoch,
        last_epoch: asked.last_fetched_epoch,
        offset: asked.fetch_offset,
        max_bytes: usize::try_from(asked.partition_max_bytes).unwrap_or(0).min(room),
        one_at_least,
    }
}

fn respond(call: &Call<'_>, request: &Request, gathered: Gathered) -> Response {
    let mut leaders = BTreeSet::new();
    let asked = request.topics.iter().zip(gathered.topics);
    let responses = asked.map(|(asked, (name, reads))| {
        let partitions = reads.into_iter().zip(&asked.partitions).map(|((index, read), asked)| {
            let read = read.and_then(|found| data_of(call.version, asked, found));
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
            data
        });
        TopicResponse { topic: name.clone(), topic_id: asked.topic_id, partitions: partitions.collect() }
    });
    let responses = responses.collect();
    Response { responses, node_endpoints: endpoints(call, &leaders), ..Response::default() }
}

fn data_of(version: i16, asked: &FetchPartition, found: Found) -> Result<PartitionData, Refusal> {
    let Found { log_start, log_end, diverging, batches, .. } = found;
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
        rack: None,
    };
    call.addresses(nodes).map(endpoint).collect()
}
