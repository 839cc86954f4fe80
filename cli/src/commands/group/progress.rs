use std::{collections::BTreeMap, sync::Arc};

use anyhow::Result;
use ottla::{Client, GroupDescription, OffsetAt};
use serde::Serialize;

/// How far a group has come in a partition.
#[derive(Debug, Serialize)]
pub(super) struct Progress<'a> {
    pub(super) topic: Arc<str>,
    pub(super) partition: i32,
    pub(super) committed: Option<i64>,
    /// Not known of a partition that is gone.
    pub(super) end: Option<i64>,
    pub(super) lag: Option<i64>,
    pub(super) member: Option<&'a str>,
}

impl<'a> Progress<'a> {
    /// Of all partitions that the group has an offset of, or a member.
    pub(super) async fn of(client: &Client, group: &'a GroupDescription) -> Result<Vec<Self>> {
        let mut known: BTreeMap<_, (Option<i64>, Option<&str>)> = BTreeMap::new();
        for committed in client.committed_offsets(&group.group).await? {
            known.entry((committed.topic, committed.partition)).or_default().0 = Some(committed.offset);
        }
        for member in &group.members {
            for topic in &member.partitions {
                for partition in &topic.partitions {
                    known.entry((Arc::clone(&topic.topic), *partition)).or_default().1 = Some(&member.id);
                }
            }
        }
        let partitions: Vec<_> = known.keys().cloned().collect();
        let ends = client.list_offsets(&partitions, OffsetAt::Last).await;
        let progress = known.into_iter().zip(ends).map(|(((topic, partition), (committed, member)), end)| {
            let end = match end {
                Ok(listed) => listed.offset,
                Err(error) => {
                    crate::ending::say("warning", &error);
                    None
                }
            };
            let lag = end.zip(committed).map(|(end, committed)| (end - committed).max(0));
            Self { topic, partition, committed, end, lag, member }
        });
        Ok(progress.collect())
    }
}
