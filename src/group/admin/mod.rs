//! Groups, seen and managed from outside.

mod describe;
mod list;

use std::sync::Arc;

pub use self::{
    describe::{GroupDescription, MemberDescription},
    list::ListedGroup,
};
use super::{CommittedOffset, TopicPartitions, offsets};
use crate::{
    client::Client,
    cluster::Route,
    error::{Error, ErrorKind, Retry},
    protocol::{delete_groups, offset_delete},
    wire::Str,
};

impl Client {
    /// How far a group has come, in all partitions that it has committed an offset of.
    ///
    /// # Errors
    /// The coordinator cannot be reached, refuses, or is older than 0.10.2.
    ///
    /// # Cancel safety
    /// Safe.
    pub async fn committed_offsets(&self, group: &str) -> Result<Vec<CommittedOffset>, Error> {
        let group = Str::from(group);
        let cluster = self.cluster();
        let ask = || offsets::committed(cluster, &group, None, None);
        cluster.persist(&Route::coordinator(group.clone()), "OffsetFetch", ask).await
    }

    /// Sets how far a group has come: its members go on from there. The group must have none at the time,
    /// since they would not hear of it.
    ///
    /// # Errors
    /// The group has members (`UNKNOWN_MEMBER_ID`), or the coordinator refuses or cannot be reached.
    ///
    /// # Cancel safety
    /// A dropped call may have been carried out.
    pub async fn commit_offsets(&self, group: &str, offsets: &[CommittedOffset]) -> Result<(), Error> {
        let group = Str::from(group);
        let cluster = self.cluster();
        let ask = || offsets::commit(cluster, &group, None, offsets);
        cluster.persist(&Route::coordinator(group.clone()), "OffsetCommit", ask).await
    }

    /// Forgets a group with all its offsets. It must have no members.
    ///
    /// # Errors
    /// The group has members (`NON_EMPTY_GROUP`), does not exist (`GROUP_ID_NOT_FOUND`), or the coordinator
    /// refuses, cannot be reached, or is older than 1.1.
    ///
    /// # Cancel safety
    /// A dropped call may have been carried out.
    pub async fn delete_group(&self, group: &str) -> Result<(), Error> {
        let request = delete_groups::Request { groups_names: vec![group.into()] };
        let check = |response: &delete_groups::Response| {
            let outcome = response.results.iter().find(|outcome| &*outcome.group_id == group);
            Error::check(outcome.ok_or_else(left_out)?.error_code, "deleting the group", None)
        };
        self.cluster().call(&Route::coordinator(group), &request, check).await.map(drop)
    }

    /// Forgets how far a group has come in some partitions (KIP-496). No member may read their topics.
    ///
    /// # Errors
    /// A topic is read by members (`GROUP_SUBSCRIBED_TO_TOPIC`), the group does not exist, or the
    /// coordinator refuses, cannot be reached, or is older than 2.4.
    ///
    /// # Cancel safety
    /// A dropped call may have been carried out.
    pub async fn delete_offsets(&self, group: &str, partitions: &[TopicPartitions]) -> Result<(), Error> {
        let topic = |topic: &TopicPartitions| offset_delete::RequestTopic {
            name: topic.topic.clone(),
            partitions: topic
                .partitions
                .iter()
                .map(|partition_index| offset_delete::RequestPartition { partition_index: *partition_index })
                .collect(),
        };
        let request =
            offset_delete::Request { group_id: group.into(), topics: partitions.iter().map(topic).collect() };
        let check = |response: &offset_delete::Response| {
            let doing = "deleting the group's offsets";
            Error::check(response.error_code, doing, None)?;
            for topic in &response.topics {
                for partition in &topic.partitions {
                    Error::check(partition.error_code, doing, None).map_err(|error| {
                        error.about(Arc::clone(&topic.name), Some(partition.partition_index))
                    })?;
                }
            }
            Ok(())
        };
        self.cluster().call(&Route::coordinator(group), &request, check).await.map(drop)
    }
}

fn left_out() -> Error {
    Error::new(ErrorKind::Malformed, "the broker left out the group it was asked for").or_retry(Retry::After)
}
