use std::sync::Arc;

use bytes::Bytes;
use ottla::protocol::ErrorCode;

use crate::{
    notice::Notice,
    partition::Partition,
    state::State,
    topics::{Refusal, refuse},
};

/// The partition, if the node leads it and the client's idea of its leader is not another's.
///
/// # Errors
/// As Kafka refuses it (KIP-320).
pub(crate) fn led<'a>(
    state: &'a State,
    node: i32,
    topic: &str,
    index: i32,
    leader_epoch: i32,
) -> Result<&'a Partition, Refusal> {
    let partition = known(state, topic, index, leader_epoch)?;
    if partition.leader != node {
        return refuse(ErrorCode::NOT_LEADER_OR_FOLLOWER, format!("node {} leads it", partition.leader));
    }
    Ok(partition)
}

/// The partition, if the client's idea of its leader is not another's.
fn known<'a>(state: &'a State, topic: &str, index: i32, leader_epoch: i32) -> Result<&'a Partition, Refusal> {
    let Some(partition) = state.partition(topic, index) else {
        return refuse(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION, "there is no such partition");
    };
    if leader_epoch >= 0 && leader_epoch < partition.leader_epoch {
        return refuse(ErrorCode::FENCED_LEADER_EPOCH, "the client knows an older leader");
    }
    if leader_epoch > partition.leader_epoch {
        return refuse(ErrorCode::UNKNOWN_LEADER_EPOCH, "the client knows a leader that has not been");
    }
    Ok(partition)
}

/// What one fetch finds in one partition.
#[derive(Debug, Default)]
pub(crate) struct Found {
    pub(crate) log_start: i64,
    /// The high watermark; it is the last stable offset too, without transactions.
    pub(crate) log_end: i64,
    /// The epoch of the client's last record ends here, before where it wants to go on: its log and this
    /// one part (KIP-320). Nothing else is found then.
    pub(crate) diverging: Option<(i32, i64)>,
    /// The replica to fetch from instead (KIP-392). Nothing else is found then.
    pub(crate) preferred: Option<i32>,
    pub(crate) batches: Vec<Bytes>,
    pub(crate) bytes: usize,
}

/// What one fetch asks of one partition.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wanted<'a> {
    pub(crate) node: i32,
    /// Where the client stands, if it may be sent to a follower, and served by one.
    pub(crate) rack: Option<&'a str>,
    pub(crate) topic: &'a str,
    pub(crate) index: i32,
    pub(crate) leader_epoch: i32,
    /// The epoch of the record before `offset`, or −1.
    pub(crate) last_epoch: i32,
    pub(crate) offset: i64,
    /// Bytes of batches at most …
    pub(crate) max_bytes: usize,
    /// … except that the first batch comes whatever its size.
    pub(crate) one_at_least: bool,
}

impl State {
    /// A replica in the client's rack that has the offset, where the leader is in another.
    fn nearer(&self, partition: &Partition, rack: &str, offset: i64) -> Option<i32> {
        let stands_there = |node: i32| !rack.is_empty() && self.config.rack_of(node) == Some(rack);
        if stands_there(partition.leader) {
            return None;
        }
        let nearer =
            partition.replicas.iter().copied().filter(|node| stands_there(*node) && self.is_alive(*node));
        let ends = nearer.filter_map(|node| Some((partition.end_at(node)?, node)));
        // The one that lags least; the first of those that lag the same.
        let best = ends.filter(|(end, _)| *end >= offset).min_by_key(|(end, _)| std::cmp::Reverse(*end));
        best.filter(|_| offset >= partition.log.start()).map(|(_, node)| node)
    }

    /// Collects batches, and leaves a notice for when there are more.
    ///
    /// # Errors
    /// As Kafka refuses it.
    pub(crate) fn read(&mut self, wanted: Wanted<'_>, notice: &Arc<Notice>) -> Result<Found, Refusal> {
        let Wanted { node, topic, index, leader_epoch, offset, .. } = wanted;
        let partition = match wanted.rack {
            Some(_) => known(self, topic, index, leader_epoch)?,
            None => led(self, node, topic, index, leader_epoch)?,
        };
        let Some(end) = partition.end_at(node) else {
            return refuse(ErrorCode::NOT_LEADER_OR_FOLLOWER, format!("node {node} has no replica of it"));
        };
        let log = &partition.log;
        let mut found = Found { log_start: log.start(), log_end: end, ..Found::default() };
        if partition.leader == node {
            found.preferred = wanted.rack.and_then(|rack| self.nearer(partition, rack, offset));
        }
        if wanted.last_epoch >= 0 && offset >= log.start() && found.preferred.is_none() {
            found.diverging = diverging(partition, wanted.last_epoch, offset, end)?;
        }
        if found.preferred.is_some() || found.diverging.is_some() {
            return Ok(found);
        }
        if !(log.start()..=end).contains(&offset) {
            let why = format!("offset {offset} is not within {} to {end}", log.start());
            return refuse(ErrorCode::OFFSET_OUT_OF_RANGE, why);
        }
        for batch in log.from(offset).take_while(|batch| batch.last_offset < end) {
            let size = batch.bytes.len();
            let first = wanted.one_at_least && found.batches.is_empty();
            if found.bytes + size > wanted.max_bytes && !first {
                break;
            }
            found.bytes += size;
            found.batches.push(batch.bytes.clone());
        }
        if let Some(partition) = self.partition_mut(topic, index) {
            partition.watchers.add(notice);
        }
        Ok(found)
    }
}

/// Where the log parts from that of a client whose last record, before `offset`, is of an epoch.
fn diverging(
    partition: &Partition,
    last_epoch: i32,
    offset: i64,
    log_end: i64,
) -> Result<Option<(i32, i64)>, Refusal> {
    match partition.epochs.end_of(last_epoch, log_end) {
        Some((epoch, end)) => Ok((epoch < last_epoch || end < offset).then_some((epoch, end))),
        None => refuse(ErrorCode::OFFSET_OUT_OF_RANGE, format!("nothing is known of epoch {last_epoch}")),
    }
}
