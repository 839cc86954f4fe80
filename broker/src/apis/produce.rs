//! Produce: appends one batch to each partition.

use std::collections::BTreeSet;

use ottla::protocol::{
    ErrorCode,
    produce::{
        LeaderIdAndEpoch, NodeEndpoint, PartitionData, PartitionResponse, Request, Response, TopicResponse,
    },
};
use ottla_transport::BrokerAddress;

use crate::{
    api_ranges::PRODUCE,
    append::Landed,
    dispatch::Call,
    incoming::Incoming,
    topics::{Refusal, refuse},
};

/// The first version of brokers that tell a record they do not take from a damaged one (KIP-467).
const TELLS_INVALID_RECORDS: i16 = 8;

pub(crate) fn answer(call: &Call<'_>, request: Request) -> Response {
    let whole = check_request(&request);
    let invalid_record = match call.core.config.apis.newest(PRODUCE) {
        TELLS_INVALID_RECORDS.. => ErrorCode::INVALID_RECORD,
        _ => ErrorCode::CORRUPT_MESSAGE,
    };
    let mut leaders = BTreeSet::new();
    let mut responses = Vec::with_capacity(request.topic_data.len());
    for topic in request.topic_data {
        let mut partition_responses = Vec::with_capacity(topic.partition_data.len());
        for partition in topic.partition_data {
            let index = partition.index;
            let landed = whole.clone().and_then(|()| {
                let work = || write(call, &topic.name, request.acks, partition);
                call.unless_struck(&topic.name, Some(index), work)
            });
            let mut response = response_of(index, landed, invalid_record);
            if response.error_code == ErrorCode::NOT_LEADER_OR_FOLLOWER {
                let (leader_id, leader_epoch) = call.leader(&topic.name, index);
                response.current_leader = LeaderIdAndEpoch { leader_id, leader_epoch };
                leaders.insert(leader_id);
            }
            partition_responses.push(response);
        }
        responses.push(TopicResponse { name: topic.name, partition_responses });
    }
    Response { responses, node_endpoints: endpoints(call, &leaders), ..Response::default() }
}

fn check_request(request: &Request) -> Result<(), Refusal> {
    if !(-1..=1).contains(&request.acks) {
        let why = format!("acks is 0, 1 or -1 for all, not {}", request.acks);
        return refuse(ErrorCode::INVALID_REQUIRED_ACKS, why);
    }
    if request.transactional_id.is_some() {
        return refuse(ErrorCode::INVALID_TXN_STATE, "this broker has no transactions");
    }
    Ok(())
}

fn write(call: &Call<'_>, topic: &str, acks: i16, partition: PartitionData) -> Result<Landed, Refusal> {
    // Checksums and records are looked at before the state is locked.
    let incoming = Incoming::check(call.version, partition.records)?;
    let now_ms = call.now_ms();
    call.with(|state| {
        if acks == -1 {
            state.check_in_sync(topic, partition.index)?;
        }
        state.land(call.seat.node, topic, partition.index, &incoming, now_ms)
    })
}

fn response_of(index: i32, landed: Result<Landed, Refusal>, invalid_record: ErrorCode) -> PartitionResponse {
    match landed {
        Ok(Landed { base_offset, append_time, log_start }) => PartitionResponse {
            index,
            base_offset,
            log_append_time_ms: append_time,
            log_start_offset: log_start,
            ..PartitionResponse::default()
        },
        Err(Refusal { code, why }) => PartitionResponse {
            index,
            error_code: if code == ErrorCode::INVALID_RECORD { invalid_record } else { code },
            base_offset: -1,
            error_message: Some(why.into()),
            ..PartitionResponse::default()
        },
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
