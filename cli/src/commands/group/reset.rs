use std::{collections::BTreeMap, sync::Arc};

use anyhow::{Context, Result, anyhow, bail};
use ottla::{Client, CommittedOffset, Error, ErrorCode, ListedOffset, OffsetAt};
use serde::Serialize;

use super::{Output, Target, show::or_dash};
use crate::ending::Misuse;

type Place = (Arc<str>, i32);

/// A topic, or one partition of it.
pub(super) type Chosen = (Arc<str>, Option<i32>);

/// Reads `TOPIC` or `TOPIC:PARTITION`.
pub(super) fn chosen(text: &str) -> Result<Chosen, String> {
    let (topic, partition) = match text.split_once(':') {
        None => (text, None),
        Some((topic, partition)) => {
            let number = partition.parse().ok().filter(|number| *number >= 0);
            (topic, Some(number.ok_or_else(|| format!("{partition:?} is no partition: write TOPIC:0"))?))
        }
    };
    if topic.is_empty() {
        Err("write TOPIC or TOPIC:PARTITION".to_owned())
    } else {
        Ok((topic.into(), partition))
    }
}

/// Sets how far a group has come.
pub(super) struct Reset<'a> {
    pub(super) client: &'a Client,
    pub(super) group: &'a str,
    /// All that the group has an offset of, if empty.
    pub(super) chosen: &'a [Chosen],
    pub(super) to: Target,
}

#[derive(Serialize)]
struct Moved {
    topic: Arc<str>,
    partition: i32,
    from: Option<i64>,
    to: i64,
}

impl Reset<'_> {
    pub(super) async fn run(&self, dry: bool, json: bool, output: &mut Output) -> Result<()> {
        let moved = self.plan().await?;
        if !dry {
            let offset = |moved: &Moved| CommittedOffset::new(moved.topic.clone(), moved.partition, moved.to);
            let offsets: Vec<_> = moved.iter().map(offset).collect();
            self.client.commit_offsets(self.group, &offsets).await.map_err(|error| self.why(error))?;
        }
        for moved in moved {
            if json {
                output.json(&moved)?;
            } else {
                let Moved { topic, partition, from, to } = moved;
                output.line(format!("{topic}\t{partition}\t{}\t{to}", or_dash(from)).as_bytes())?;
            }
        }
        Ok(())
    }

    async fn plan(&self) -> Result<Vec<Moved>> {
        let committed = self.client.committed_offsets(self.group).await?;
        let before: BTreeMap<Place, i64> =
            committed.into_iter().map(|it| ((it.topic, it.partition), it.offset)).collect();
        let places = match self.chosen {
            [] => before.keys().cloned().collect(),
            chosen => self.places(chosen).await?,
        };
        if places.is_empty() {
            let group = self.group;
            return Err(Misuse::new(format!(
                "the group {group:?} has no offsets yet: say of what by --topic"
            )));
        }
        let targets = self.targets(&places).await?;
        let moved = places.into_iter().zip(targets).map(|(place, to)| {
            let from = before.get(&place).copied();
            Moved { topic: place.0, partition: place.1, from, to }
        });
        Ok(moved.collect())
    }

    /// The partitions that were chosen, each once.
    async fn places(&self, chosen: &[Chosen]) -> Result<Vec<Place>> {
        let mut places = Vec::new();
        for (topic, partition) in chosen {
            match partition {
                Some(partition) => places.push((Arc::clone(topic), *partition)),
                None => {
                    let partitions = self.client.topic(topic).await?.partitions;
                    places.extend(partitions.iter().map(|partition| (Arc::clone(topic), partition.id)));
                }
            }
        }
        places.sort_unstable();
        places.dedup();
        Ok(places)
    }

    async fn targets(&self, places: &[Place]) -> Result<Vec<i64>> {
        let lasts = self.list(places, OffsetAt::Last).await?;
        let offset = match self.to {
            Target::At(at) => {
                let found = self.list(places, at).await?;
                // Nothing is that young: only what comes.
                return Ok(found
                    .iter()
                    .zip(lasts)
                    .map(|(found, last)| found.or(last).unwrap_or(0))
                    .collect());
            }
            Target::Offset(offset) => offset,
        };
        let firsts = self.list(places, OffsetAt::First).await?;
        for ((topic, partition), (first, last)) in places.iter().zip(firsts.into_iter().zip(lasts)) {
            let (first, last) = (first.unwrap_or(0), last.unwrap_or(0));
            if !(first..=last).contains(&offset) {
                bail!(
                    "there is no offset {offset} in partition {partition} of {topic:?}: it has {first} to {last}"
                );
            }
        }
        Ok(vec![offset; places.len()])
    }

    async fn list(&self, places: &[Place], at: OffsetAt) -> Result<Vec<Option<i64>>> {
        let listed = self.client.list_offsets(places, at).await.into_iter();
        let offsets: Result<Vec<_>, Error> = listed.map(|it| it.map(|it: ListedOffset| it.offset)).collect();
        offsets.context("the group is left as it was")
    }

    /// Coordinators take who sets offsets for a member, and say that it is none.
    fn why(&self, error: Error) -> anyhow::Error {
        match error.code() {
            Some(ErrorCode::UNKNOWN_MEMBER_ID | ErrorCode::STALE_MEMBER_EPOCH) => {
                anyhow!(error).context(format!("the group {:?} has members: stop them first", self.group))
            }
            _ => error.into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::chosen;

    #[test]
    fn reads_topics_and_partitions() {
        assert_eq!(chosen("t"), Ok(("t".into(), None)));
        assert_eq!(chosen("t:3"), Ok(("t".into(), Some(3))));
        for text in ["", ":", ":1", "t:", "t:x", "t:-1", "t:1:2"] {
            assert!(chosen(text).is_err(), "{text}");
        }
    }
}
