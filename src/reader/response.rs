use super::{answer::FetchAnswer, plan::FetchPlan};
use crate::{
    error::{Error, ErrorKind, Retry},
    protocol::fetch::{PartitionData, Response},
};

/// What a broker answered, by the place of the plan that it answers.
#[derive(Debug)]
pub(super) struct Answers {
    data: Vec<Answered>,
    /// The broker held something back for a quota: what is not there need not be nothing.
    pub(super) throttled: bool,
}

/// What a broker said of one plan.
#[derive(Debug)]
pub(super) enum Answered {
    /// This.
    Data(Box<PartitionData>),
    /// Nothing, which means that there is nothing new.
    NoNews,
    /// Nothing, but it had to.
    LeftOut,
}

impl Answers {
    /// `incremental`: what has not changed is left out (KIP-227).
    pub(super) fn new(response: Response, plans: &[FetchPlan], by_id: bool, incremental: bool) -> Self {
        let mut data = Vec::new();
        data.resize_with(plans.len(), || if incremental { Answered::NoNews } else { Answered::LeftOut });
        let mut next = 0;
        for topic in response.responses {
            for partition in topic.partitions {
                let is_it = |plan: &FetchPlan| {
                    plan.partition == partition.partition_index
                        && if by_id { plan.topic_id == topic.topic_id } else { plan.topic == topic.topic }
                };
                // Brokers keep the order of asking, so that the next plan is nearly always the one.
                let mut places = (next..plans.len()).chain(0..next);
                if let Some(at) = places.find(|at| plans.get(*at).is_some_and(is_it))
                    && let Some(place) = data.get_mut(at)
                {
                    next = at + 1;
                    *place = Answered::Data(Box::new(partition));
                }
            }
        }
        Self { data, throttled: response.throttle_time_ms > 0 }
    }

    /// Whether a partition is missing that had to be there.
    pub(super) fn left_out(&self) -> bool {
        self.data.iter().any(|answered| matches!(answered, Answered::LeftOut))
    }

    /// Each plan with what came of it.
    pub(super) fn of(self, plans: &[FetchPlan]) -> impl Iterator<Item = (&FetchPlan, Answered)> {
        plans.iter().zip(self.data)
    }
}

/// What a broker answered about one partition, unless there is nothing new.
pub(super) fn read(
    answered: Answered,
    plan: &FetchPlan,
    read_committed: bool,
) -> Result<Option<FetchAnswer>, Error> {
    let data = match answered {
        Answered::Data(data) => data,
        Answered::NoNews => return Ok(None),
        Answered::LeftOut => {
            let what = "the broker left out a partition it was asked for";
            return Err(Error::new(ErrorKind::Malformed, what).or_retry(Retry::After));
        }
    };
    Error::check(data.error_code, &format!("reading at offset {}", plan.offset), None)?;
    let aborted = data.aborted_transactions.unwrap_or_default();
    let stable = read_committed && data.last_stable_offset >= 0;
    Ok(Some(FetchAnswer {
        high_watermark: data.high_watermark,
        end: if stable { data.last_stable_offset } else { data.high_watermark },
        records: data.records.unwrap_or_default(),
        aborted: aborted.iter().map(|aborted| (aborted.producer_id, aborted.first_offset)).collect(),
    }))
}
