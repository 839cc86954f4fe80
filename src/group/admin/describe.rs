use std::sync::Arc;

use super::left_out;
use crate::{
    client::Client,
    cluster::Route,
    error::Error,
    group::{TopicPartitions, subscription::Assignment},
    protocol::{ErrorCode, consumer_group_describe, describe_groups},
    wire::Str,
};

/// A group and its members.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct GroupDescription {
    /// Its name.
    pub group: Arc<str>,
    /// The broker that coordinates it.
    pub coordinator: i32,
    /// `Stable`, `Empty`, `PreparingRebalance` and so on; `Dead` for a group that does not exist.
    pub state: Arc<str>,
    /// The protocol, `classic` or `consumer`.
    pub kind: Arc<str>,
    /// What kind of group: `consumer` for consumers.
    pub protocol_type: Arc<str>,
    /// Who assigns; empty while that is not settled.
    pub assignor: Arc<str>,
    /// The members.
    pub members: Vec<MemberDescription>,
}

/// A member of a group.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct MemberDescription {
    /// The id that the coordinator gave it.
    pub id: Arc<str>,
    /// The name of a static member.
    pub instance_id: Option<Arc<str>>,
    /// What the client calls itself.
    pub client_id: Arc<str>,
    /// Where it comes from.
    pub host: Arc<str>,
    /// What it reads.
    pub partitions: Vec<TopicPartitions>,
}

impl Client {
    /// A group and its members, by either protocol. A group that does not exist is described as `Dead`,
    /// or is an error (`GROUP_ID_NOT_FOUND`), as the broker has it.
    ///
    /// # Errors
    /// The coordinator refuses or cannot be reached.
    ///
    /// # Cancel safety
    /// Safe.
    pub async fn describe_group(&self, group: &str) -> Result<GroupDescription, Error> {
        let group = Str::from(group);
        match self.describe_classic(&group).await {
            // A group of the next-generation protocol is not there for those who ask by the classic one.
            Ok(found) if &*found.state != "Dead" => Ok(found),
            Err(error) if error.code() != Some(ErrorCode::GROUP_ID_NOT_FOUND) => Err(error),
            missing => self.describe_consumer(&group).await.or(missing),
        }
    }

    async fn describe_classic(&self, group: &Str) -> Result<GroupDescription, Error> {
        let request = describe_groups::Request { groups: vec![group.clone()], ..Default::default() };
        let check = |response: &describe_groups::Response| {
            let found = response.groups.first().ok_or_else(left_out)?;
            Error::check(found.error_code, DOING, found.error_message.as_deref())
        };
        let response = self.cluster().call(&Route::coordinator(group.clone()), &request, check).await?;
        let found = response.groups.into_iter().next().ok_or_else(left_out)?;
        let member = |member: describe_groups::Member| MemberDescription {
            id: member.member_id,
            instance_id: member.group_instance_id,
            client_id: member.client_id,
            host: member.client_host,
            // What other kinds of groups assign is theirs to read.
            partitions: Assignment::decode(member.member_assignment).unwrap_or_default().partitions,
        };
        Ok(GroupDescription {
            group: group.clone(),
            coordinator: self.cluster().coordinator(group).await?,
            state: found.group_state,
            kind: "classic".into(),
            protocol_type: found.protocol_type,
            assignor: found.protocol_data,
            members: found.members.into_iter().map(member).collect(),
        })
    }

    async fn describe_consumer(&self, group: &Str) -> Result<GroupDescription, Error> {
        let request =
            consumer_group_describe::Request { group_ids: vec![group.clone()], ..Default::default() };
        let check = |response: &consumer_group_describe::Response| {
            let found = response.groups.first().ok_or_else(left_out)?;
            Error::check(found.error_code, DOING, found.error_message.as_deref())
        };
        let response = self.cluster().call(&Route::coordinator(group.clone()), &request, check).await?;
        let found = response.groups.into_iter().next().ok_or_else(left_out)?;
        let member = |member: consumer_group_describe::Member| MemberDescription {
            id: member.member_id,
            instance_id: member.instance_id,
            client_id: member.client_id,
            host: member.client_host,
            partitions: member
                .assignment
                .topic_partitions
                .into_iter()
                .map(|topic| TopicPartitions::new(topic.topic_name, topic.partitions))
                .collect(),
        };
        Ok(GroupDescription {
            group: group.clone(),
            coordinator: self.cluster().coordinator(group).await?,
            state: found.group_state,
            kind: "consumer".into(),
            protocol_type: "consumer".into(),
            assignor: found.assignor_name,
            members: found.members.into_iter().map(member).collect(),
        })
    }
}

const DOING: &str = "describing the group";
