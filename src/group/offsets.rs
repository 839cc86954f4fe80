//! What a group remembers of how far it has read.

use std::sync::Arc;

use super::{TopicPartitions, step::Identity, topic_partitions::each};
use crate::{
    cluster::{Cluster, Purpose},
    connection::Connection,
    error::{Error, ErrorKind, Retry},
    protocol::{
        ErrorCode,
        offset_commit::{self, RequestPartition, RequestTopic},
        offset_fetch::{self, GroupRequestTopic, RequestGroup},
    },
    wire::Str,
};

/// From this version on OffsetFetch asks for several groups (KIP-709).
const GROUPS_SINCE: i16 = 8;
/// Up to this version topics have names in both.
const NAMES_UNTIL: i16 = 9;

/// How far a group has come in a partition.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct CommittedOffset {
    /// The topic.
    pub topic: Arc<str>,
    /// The partition.
    pub partition: i32,
    /// The offset of the next record to be read.
    pub offset: i64,
    /// Epoch of the leader that wrote the last record read, where it is known (KIP-320).
    pub leader_epoch: Option<i32>,
    /// What was noted with it.
    pub metadata: Arc<str>,
}

impl CommittedOffset {
    /// An offset to be committed: that of the next record to be read.
    pub fn new(topic: impl Into<Arc<str>>, partition: i32, offset: i64) -> Self {
        Self { topic: topic.into(), partition, offset, leader_epoch: None, metadata: "".into() }
    }

    /// The same with a note, which is given back with it.
    #[must_use]
    pub fn with_metadata(mut self, metadata: impl Into<Arc<str>>) -> Self {
        self.metadata = metadata.into();
        self
    }
}

/// Asks the coordinator how far the group has come in some partitions, or in all (`None`). Partitions
/// without a committed offset are left out.
///
/// # Cancel safety
/// Safe.
pub(crate) async fn committed(
    cluster: &Arc<Cluster>,
    group: &Str,
    identity: Option<&Identity>,
    partitions: Option<&[TopicPartitions]>,
) -> Result<Vec<CommittedOffset>, Error> {
    let connection = coordinator(cluster, group).await?;
    let version = connection.versions().choose_up_to::<offset_fetch::Request>(NAMES_UNTIL)?;
    if partitions.is_none() && version < 2 {
        let what =
            "the broker is too old to name all partitions that a group has offsets of (it needs 0.10.2)";
        return Err(Error::new(ErrorKind::Unsupported, what).not_sent());
    }
    let request = fetch_request(group, identity, partitions, version);
    let response = connection.call_at(version, &request, cluster.config.request_timeout).await?;
    let doing = "looking up the group's offsets";
    Error::check(response.error_code, doing, None)?;
    let mut found = Vec::new();
    let mut take = |topic: &Str, partition: offset_fetch::Partition| {
        let about = |error: Error| error.about(topic.clone(), Some(partition.partition_index));
        Error::check(partition.error_code, doing, None).map_err(about)?;
        if partition.committed_offset >= 0 {
            found.push(CommittedOffset {
                topic: topic.clone(),
                partition: partition.partition_index,
                offset: partition.committed_offset,
                leader_epoch: Some(partition.committed_leader_epoch).filter(|epoch| *epoch >= 0),
                metadata: partition.metadata.unwrap_or_else(|| "".into()),
            });
        }
        Ok::<(), Error>(())
    };
    for topic in response.topics {
        topic.partitions.into_iter().try_for_each(|partition| take(&topic.name, partition))?;
    }
    for answer in response.groups {
        Error::check(answer.error_code, doing, None)?;
        for topic in answer.topics {
            topic.partitions.into_iter().try_for_each(|partition| take(&topic.name, partition))?;
        }
    }
    Ok(found)
}

fn fetch_request(
    group: &Str,
    identity: Option<&Identity>,
    partitions: Option<&[TopicPartitions]>,
    version: i16,
) -> offset_fetch::Request {
    // Offsets that open transactions may still change are waited for (KIP-447).
    let mut request = offset_fetch::Request { require_stable: true, ..Default::default() };
    if version < GROUPS_SINCE {
        request.group_id = group.clone();
        request.topics = partitions.map(|topics| {
            let topic = |topic: &TopicPartitions| offset_fetch::RequestTopic {
                name: topic.topic.clone(),
                partition_indexes: topic.partitions.clone(),
            };
            topics.iter().map(topic).collect()
        });
        return request;
    }
    let topics = partitions.map(|topics| {
        let topic = |topic: &TopicPartitions| GroupRequestTopic {
            name: topic.topic.clone(),
            partition_indexes: topic.partitions.clone(),
            ..Default::default()
        };
        topics.iter().map(topic).collect()
    });
    request.groups = vec![RequestGroup {
        group_id: group.clone(),
        member_id: identity.map(|identity| identity.member_id.clone()),
        member_epoch: identity.map_or(-1, |identity| identity.generation),
        topics,
    }];
    request
}

/// Lets the coordinator remember how far the group has come. Without an identity it does so for
/// whoever asks, as long as the group has no members.
///
/// # Errors
/// With [`Error::code`] where the coordinator refuses: the member is none any more, or the group
/// rebalances.
///
/// # Cancel safety
/// A dropped call may have been carried out.
pub(crate) async fn commit(
    cluster: &Arc<Cluster>,
    group: &Str,
    identity: Option<(&Identity, Option<&Str>)>,
    offsets: &[CommittedOffset],
) -> Result<(), Error> {
    if offsets.is_empty() {
        return Ok(());
    }
    let connection = coordinator(cluster, group).await?;
    let version = connection.versions().choose_up_to::<offset_commit::Request>(NAMES_UNTIL)?;
    let mut topics: Vec<RequestTopic> = Vec::new();
    for offset in offsets {
        let partition = RequestPartition {
            partition_index: offset.partition,
            committed_offset: offset.offset,
            committed_leader_epoch: offset.leader_epoch.unwrap_or(-1),
            committed_metadata: Some(offset.metadata.clone()),
            ..Default::default()
        };
        match topics.iter_mut().find(|topic| topic.name == offset.topic) {
            Some(topic) => topic.partitions.push(partition),
            None => topics.push(RequestTopic {
                name: offset.topic.clone(),
                partitions: vec![partition],
                ..Default::default()
            }),
        }
    }
    let request = offset_commit::Request {
        group_id: group.clone(),
        generation_id_or_member_epoch: identity.map_or(-1, |(identity, _)| identity.generation),
        member_id: identity.map_or_else(|| "".into(), |(identity, _)| identity.member_id.clone()),
        group_instance_id: identity.and_then(|(_, instance)| instance.cloned()),
        topics,
        ..Default::default()
    };
    let response = connection.call_at(version, &request, cluster.config.request_timeout).await?;
    for topic in &response.topics {
        for partition in &topic.partitions {
            Error::check(partition.error_code, "committing an offset", None)
                .map_err(|error| error.about(topic.name.clone(), Some(partition.partition_index)))?;
        }
    }
    Ok(())
}

/// A connection to the coordinator, which is asked for anew when it is not known.
async fn coordinator(cluster: &Arc<Cluster>, group: &Str) -> Result<Arc<Connection>, Error> {
    let node = cluster.coordinator(group).await?;
    cluster.connection(node, Purpose::General).await
}

/// Those of `partitions` that are in `offsets`, and how far each has come.
pub(crate) fn matched<'a>(
    partitions: &'a [TopicPartitions],
    offsets: &'a [CommittedOffset],
) -> impl Iterator<Item = (&'a Arc<str>, i32, Option<&'a CommittedOffset>)> {
    each(partitions).map(move |(topic, partition)| {
        let found = offsets.iter().find(|found| found.partition == partition && found.topic == *topic);
        (topic, partition, found)
    })
}

/// Whether another coordinator, or the same one a little later, may answer otherwise.
pub(crate) fn may_pass(error: &Error) -> bool {
    error.retry() != Retry::Never
        || error.code() == Some(ErrorCode::REBALANCE_IN_PROGRESS)
        || error.code() == Some(ErrorCode::STALE_MEMBER_EPOCH)
}
