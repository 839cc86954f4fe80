use std::{collections::BTreeMap, sync::Arc};

use anyhow::{Result, bail};
use ottla::{Client, OffsetAt, Reader, Start};

/// Where the partitions of a topic ended at the start.
#[derive(Debug)]
pub(super) struct Ends {
    topic: Arc<str>,
    ends: BTreeMap<i32, i64>,
    /// Those that are not reached yet.
    ahead: Vec<i32>,
}

impl Ends {
    /// Asks for them. A start beyond one of them is an error here: the reader could not tell it from the end.
    pub(super) async fn look_up(
        client: &Client,
        topic: &str,
        only: Option<i32>,
        start: Start,
    ) -> Result<Self> {
        let topic: Arc<str> = topic.into();
        let ids: Vec<i32> = match only {
            Some(partition) => vec![partition],
            None => client.topic(&topic).await?.partitions.iter().map(|partition| partition.id).collect(),
        };
        let partitions: Vec<_> = ids.iter().map(|id| (Arc::clone(&topic), *id)).collect();
        let listed = client.list_offsets(&partitions, OffsetAt::Last).await;
        let mut ends = BTreeMap::new();
        for (id, listed) in ids.iter().zip(listed) {
            let end = listed?.offset.unwrap_or(0);
            match start {
                Start::Offset(offset) if offset > end => {
                    bail!(
                        "the offset {offset} lies beyond the end of partition {id} of {topic:?}, which is {end}"
                    )
                }
                _ => ends.insert(*id, end),
            };
        }
        Ok(Self { topic, ends, ahead: ids })
    }

    /// Whether a record was not there at the start.
    pub(super) fn is_beyond(&self, partition: i32, offset: i64) -> bool {
        self.ends.get(&partition).is_none_or(|end| offset >= *end)
    }

    /// Whether everything that was there at the start has been read.
    pub(super) fn are_reached(&mut self, reader: &Reader) -> bool {
        let (topic, ends) = (&self.topic, &self.ends);
        // An error says that the reader does not know the partition yet.
        let reached = |id: &i32| {
            let next = reader.offset(topic, *id).ok().flatten();
            next.is_some_and(|next| ends.get(id).is_none_or(|end| next >= *end))
        };
        self.ahead.retain(|id| !reached(id));
        self.ahead.is_empty()
    }
}
