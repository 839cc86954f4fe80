use std::sync::Arc;

use anyhow::{Context, Result, bail};
use ottla::{Client, ErrorCode, NewTopic, OffsetAt, Topic};

use super::{Bench, Operation};

const PARTITIONS: i32 = 4;

impl Bench {
    /// Sees to it, before the clocks start and through a client of its own, that the topic is fit for the measurement.
    pub(super) async fn prepare(&self) -> Result<()> {
        let client = self.connection.client()?;
        match (client.topic(&self.topic).await, self.op) {
            (Ok(topic), _) => self.check(&client, &topic).await?,
            (Err(error), Operation::Produce | Operation::Latency)
                if error.code() == Some(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION) =>
            {
                let partitions = self.partitions.unwrap_or(PARTITIONS);
                client.create_topics(&[NewTopic::new(self.topic.as_str(), partitions)]).await?;
            }
            (Err(error), _) => return Err(error.into()),
        }
        client.close().await;
        Ok(())
    }

    async fn check(&self, client: &Client, topic: &Topic) -> Result<()> {
        let there = topic.partitions.len();
        if let Some(wanted) = self.partitions
            && usize::try_from(wanted).ok() != Some(there)
        {
            bail!("the topic {:?} has {there} partitions, not {wanted}", self.topic);
        }
        if self.op != Operation::Consume {
            return Ok(());
        }
        let partitions: Vec<_> =
            topic.partitions.iter().map(|partition| (Arc::clone(&topic.name), partition.id)).collect();
        let firsts = client.list_offsets(&partitions, OffsetAt::First).await;
        let lasts = client.list_offsets(&partitions, OffsetAt::Last).await;
        let mut records = 0;
        for (first, last) in firsts.into_iter().zip(lasts) {
            let (first, last) =
                first.and_then(|first| Ok((first, last?))).context("counting the records failed")?;
            records += last.offset.unwrap_or(0).abs_diff(first.offset.unwrap_or(0));
        }
        if records < self.records {
            bail!("the topic {:?} holds {records} records, fewer than {}", self.topic, self.records);
        }
        Ok(())
    }
}
