use std::sync::Arc;

use ottla::{
    protocol::{
        ErrorCode,
        fetch::{FetchPartition, Request},
    },
    wire::Str,
};

use super::WITH_MAX_BYTES;
use crate::{
    dispatch::Call,
    notice::Notice,
    reading::{Found, Wanted},
    served::WITH_TOPIC_IDS,
    sessions::Asked,
    state::State,
    topics::{Refusal, refuse},
};

/// The first version whose clients are sent to followers (KIP-392).
const WITH_RACKS: i16 = 11;

/// What there is to answer with so far: for each partition asked for, in order, the topic's name and what
/// was found.
pub(super) struct Gathered {
    pub(super) reads: Vec<(Str, Result<Found, Refusal>)>,
    pub(super) bytes: usize,
    /// Something is to be told at once.
    pub(super) urgent: bool,
}

pub(super) fn gather(
    state: &mut State,
    call: &Call<'_>,
    request: &Request,
    asked: &[Asked],
    notice: &Arc<Notice>,
) -> Gathered {
    let limit = usize::try_from(request.max_bytes).unwrap_or(0).min(state.config.max_fetch_bytes);
    let rack = (call.version >= WITH_RACKS).then_some(&*request.rack_id);
    let mut gathered = Gathered { reads: Vec::with_capacity(asked.len()), bytes: 0, urgent: false };
    for asked in asked {
        let name = name_of(state, call.version, asked);
        let read = name.clone().and_then(|name| {
            let one_at_least = call.version < WITH_MAX_BYTES || gathered.bytes == 0;
            let room = limit.saturating_sub(gathered.bytes);
            let wanted = wanted(call.seat.node, rack, &name, &asked.partition, room, one_at_least);
            call.unless_struck(&name, Some(asked.partition.partition), || state.read(wanted, notice))
        });
        match &read {
            Ok(found) => {
                gathered.bytes += found.bytes;
                gathered.urgent |= found.diverging.is_some() || found.preferred.is_some();
            }
            Err(_) => gathered.urgent = true,
        }
        gathered.reads.push((name.unwrap_or_default(), read));
    }
    gathered
}

fn name_of(state: &State, version: i16, asked: &Asked) -> Result<Str, Refusal> {
    if version < WITH_TOPIC_IDS {
        return Ok(asked.topic.clone());
    }
    match state.name_of(asked.topic_id) {
        Some(name) => Ok(name),
        None => refuse(ErrorCode::UNKNOWN_TOPIC_ID, "there is no topic with this id"),
    }
}

fn wanted<'a>(
    node: i32,
    rack: Option<&'a str>,
    topic: &'a str,
    asked: &FetchPartition,
    room: usize,
    one_at_least: bool,
) -> Wanted<'a> {
    Wanted {
        node,
        rack,
        topic,
        index: asked.partition,
        leader_epoch: asked.current_leader_epoch,
        last_epoch: asked.last_fetched_epoch,
        offset: asked.fetch_offset,
        max_bytes: usize::try_from(asked.partition_max_bytes).unwrap_or(0).min(room),
        one_at_least,
    }
}
