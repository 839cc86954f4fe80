//! What the member that leads a classic group does: assign.

use std::sync::Arc;

use super::{
    GroupMember, GroupPartition, GroupPlan, GroupTopic, TopicPartitions, config::GroupConfig, step::Joined,
    subscription::Subscription,
};
use crate::{
    cluster::Cluster,
    error::{Error, ErrorKind},
    protocol::{ErrorCode, Uuid},
    sorting::{sort_by, sort_by_key},
    wire::Str,
};

/// How many partitions topics had when they were assigned.
pub(super) type Seen = Vec<(Str, usize)>;

/// Assigns what there is to the members of the group.
///
/// # Cancel safety
/// Safe.
pub(super) async fn assign(
    cluster: &Arc<Cluster>,
    config: &GroupConfig,
    assignor: &str,
    members: Vec<Joined>,
) -> Result<(Vec<(Str, Vec<TopicPartitions>)>, Seen), Error> {
    let assignor = config.assignors.iter().find(|known| known.name() == assignor).ok_or_else(|| {
        Error::new(ErrorKind::Unsupported, format!("unable to find the assignor {assignor:?}"))
    })?;
    let members = members.into_iter().map(read).collect::<Result<Vec<_>, _>>()?;
    let mut wanted: Vec<Str> = members.iter().flat_map(|member| member.topics.iter().cloned()).collect();
    sort_by(&mut wanted, Ord::cmp);
    wanted.dedup();
    let topics = topics(cluster, &wanted).await?;
    let seen = seen(&wanted, &topics);
    let plan = GroupPlan::new(members, topics);
    let assigned = assignor.assign(&plan);
    let ids = plan.members.into_iter().map(|member| member.id);
    Ok((ids.zip(assigned).collect(), seen))
}

/// A topic that is missing is looked out for like one whose partitions become more.
pub(super) fn seen(names: &[Str], topics: &[GroupTopic]) -> Seen {
    let count =
        |name: &Str| topics.iter().find(|topic| topic.name == *name).map_or(0, |it| it.partitions.len());
    names.iter().map(|name| (name.clone(), count(name))).collect()
}

/// The names of the topics that the filter wants, besides those that are named anyway.
pub(super) async fn filtered(cluster: &Arc<Cluster>, config: &GroupConfig) -> Result<Vec<Str>, Error> {
    let response = cluster.ask_again(None, false).await?;
    let there =
        response.topics.into_iter().filter(|topic| topic.error_code == ErrorCode::NONE && !topic.is_internal);
    let wanted = there.filter_map(|topic| topic.name).filter(|name| config.wants(name));
    let mut topics: Vec<_> = config.topics.iter().cloned().chain(wanted).collect();
    sort_by(&mut topics, Ord::cmp);
    topics.dedup();
    Ok(topics)
}

/// The ids of topics, as far as these exist.
pub(super) async fn names(cluster: &Arc<Cluster>, names: &[Str]) -> Result<Vec<(Uuid, Str)>, Error> {
    let response = cluster.ask_again(Some(names), false).await?;
    Ok(response.topics.into_iter().filter_map(|topic| Some((topic.topic_id, topic.name?))).collect())
}

/// The topics as they are now; those that do not exist are left out.
pub(super) async fn topics(cluster: &Arc<Cluster>, names: &[Str]) -> Result<Vec<GroupTopic>, Error> {
    let response = cluster.ask_again(Some(names), false).await?;
    let rack = |leader: i32| {
        let broker = response.brokers.iter().find(|broker| broker.node_id == leader)?;
        broker.rack.clone()
    };
    let topic = |topic: &crate::protocol::metadata::Topic| {
        let name = topic.name.clone()?;
        if topic.error_code != ErrorCode::NONE || !names.contains(&name) {
            return None;
        }
        let partitions = topic.partitions.iter().map(|partition| GroupPartition {
            id: partition.partition_index,
            leader_rack: rack(partition.leader_id),
        });
        let mut partitions: Vec<_> = partitions.collect();
        sort_by_key(&mut partitions, |partition| partition.id);
        Some(GroupTopic { name, partitions })
    };
    Ok(response.topics.iter().filter_map(topic).collect())
}

fn read(joined: Joined) -> Result<GroupMember, Error> {
    let subscription = Subscription::decode(joined.metadata).map_err(|cause| {
        let what = format!("the subscription of the member {:?} cannot be read", joined.member_id);
        Error::malformed(what, cause)
    })?;
    Ok(GroupMember {
        id: joined.member_id,
        instance_id: joined.instance_id,
        topics: subscription.topics,
        owned: subscription.owned,
        generation: subscription.generation,
        rack: subscription.rack,
        user_data: subscription.user_data,
    })
}
