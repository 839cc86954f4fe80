use std::sync::Arc;

use anyhow::{Result, anyhow};
use ottla::{Client, ListedOffset, OffsetAt, Topic};
use serde::Serialize;

use crate::{connection::Connection, ending, output::Output};

/// List the topics: NAME, a tab and the number of partitions a line
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Example:
  ottla topics -b kafka.example:9092

With --json a topic is a line of
  {\"name\",\"partitions\":[{\"id\",\"leader\",\"replicas\",\"isr\",\"first\",\"last\"}]}
where first is the offset of the first record that is still there, last the one that the next record gets, and
leader, first and last are null while nobody leads the partition.")]
pub(crate) struct Topics {
    #[command(flatten)]
    connection: Connection,
    /// As JSON, with leaders, replicas and offsets
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct TopicJson<'a> {
    name: &'a str,
    partitions: Vec<PartitionJson<'a>>,
}

#[derive(Serialize)]
struct PartitionJson<'a> {
    id: i32,
    leader: Option<i32>,
    replicas: &'a [i32],
    isr: &'a [i32],
    first: Option<i64>,
    last: Option<i64>,
}

impl Topics {
    pub(crate) async fn run(self, before: Connection) -> Result<()> {
        let client = before.and(self.connection).client()?;
        let topics = client.topics().await?;
        let mut output = Output::new();
        let mut unknown = 0;
        if self.json {
            let offsets = Offsets::of(&client, &topics).await;
            unknown = offsets.unknown;
            let mut offsets = offsets.found.into_iter();
            for topic in &topics {
                output.json(&describe(topic, &mut offsets))?;
            }
        } else {
            for topic in &topics {
                output.line(format!("{}\t{}", topic.name, topic.partitions.len()).as_bytes())?;
            }
        }
        output.flush()?;
        client.close().await;
        match unknown {
            0 => Ok(()),
            unknown => Err(anyhow!("the offsets of {unknown} partitions could not be looked up")),
        }
    }
}

fn describe<'a>(
    topic: &'a Topic,
    offsets: &mut impl Iterator<Item = (Option<i64>, Option<i64>)>,
) -> TopicJson<'a> {
    let partitions = topic.partitions.iter().zip(offsets).map(|(partition, (first, last))| PartitionJson {
        id: partition.id,
        leader: partition.leader,
        replicas: &partition.replicas,
        isr: &partition.isr,
        first,
        last,
    });
    TopicJson { name: &topic.name, partitions: partitions.collect() }
}

/// The first and last offset of every partition, in the order of the topics.
struct Offsets {
    found: Vec<(Option<i64>, Option<i64>)>,
    unknown: usize,
}

impl Offsets {
    async fn of(client: &Client, topics: &[Topic]) -> Self {
        let named = |topic: &Topic| {
            let name = Arc::clone(&topic.name);
            let ids: Vec<_> = topic.partitions.iter().map(|partition| partition.id).collect();
            ids.into_iter().map(move |id| (Arc::clone(&name), id))
        };
        let partitions: Vec<_> = topics.iter().flat_map(named).collect();
        let firsts = client.list_offsets(&partitions, OffsetAt::First).await;
        let lasts = client.list_offsets(&partitions, OffsetAt::Last).await;
        let mut unknown = 0;
        let offset = |listed: &Result<ListedOffset, ottla::Error>| match listed {
            Ok(listed) => listed.offset,
            Err(error) => {
                ending::say("warning", error);
                None
            }
        };
        let mut found = Vec::with_capacity(partitions.len());
        for (first, last) in firsts.iter().zip(&lasts) {
            unknown += usize::from(first.is_err() || last.is_err());
            // One complaint a partition is enough.
            let last = if first.is_err() { None } else { offset(last) };
            found.push((offset(first), last));
        }
        Self { found, unknown }
    }
}
