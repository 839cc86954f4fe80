//! OffsetForLeaderEpoch: where a leader's records end.

use ottla::protocol::{
    ErrorCode,
    offset_for_leader_epoch::{EpochEndOffset, Request, RequestPartition, Response, Topic},
};

use crate::{
    dispatch::Call,
    reading,
    topics::{Refusal, refuse},
};

/// A client asks as itself, not as a replica.
const CLIENTS: [i32; 2] = [-1, -2];

pub(crate) fn answer(call: &Call<'_>, request: Request) -> Response {
    let is_client = CLIENTS.contains(&request.replica_id);
    let topics = request.topics.into_iter().map(|asked| {
        let partitions = asked.partitions.iter().map(|partition| {
            let work = || if is_client { look_up(call, &asked.topic, partition) } else { not_a_replica() };
            let found = call.unless_struck(&asked.topic, Some(partition.partition), work);
            answer_one(partition.partition, found)
        });
        Topic { partitions: partitions.collect(), topic: asked.topic.clone() }
    });
    Response { topics: topics.collect(), ..Response::default() }
}

fn not_a_replica<T>() -> Result<T, Refusal> {
    refuse(ErrorCode::INVALID_REQUEST, "replicas of this broker do not ask")
}

/// The epoch and where it ends, −1 for both where nothing is known of it.
fn look_up(call: &Call<'_>, topic: &str, asked: &RequestPartition) -> Result<(i32, i64), Refusal> {
    let RequestPartition { partition, current_leader_epoch, leader_epoch } = *asked;
    call.with(|state| {
        let found = reading::led(state, call.seat.node, topic, partition, current_leader_epoch)?;
        Ok(found.epochs.end_of(leader_epoch, found.log.end()).unwrap_or((-1, -1)))
    })
}

fn answer_one(partition: i32, found: Result<(i32, i64), Refusal>) -> EpochEndOffset {
    match found {
        Ok((leader_epoch, end_offset)) => {
            EpochEndOffset { error_code: ErrorCode::NONE, partition, leader_epoch, end_offset }
        }
        Err(Refusal { code, .. }) => {
            EpochEndOffset { error_code: code, partition, ..EpochEndOffset::default() }
        }
    }
}
