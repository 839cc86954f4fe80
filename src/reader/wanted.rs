use std::sync::Arc;

use crate::error::Error;

/// What a Reader reads of a topic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Wanted {
    pub(super) topic: Arc<str>,
    /// All, new ones too as they are found: `None`.
    pub(super) partitions: Option<Vec<i32>>,
}

/// What was asked for when a Reader is built.
#[derive(Clone, Debug, Default)]
pub(super) struct Choice {
    /// Topics with all their partitions.
    pub(super) topics: Vec<Arc<str>>,
    /// The one partition to read of the one topic.
    pub(super) partition: Option<i32>,
    /// Single partitions.
    pub(super) partitions: Vec<(Arc<str>, i32)>,
}

impl Choice {
    /// The topics, where partitions are not the caller's to choose.
    pub(super) fn whole_topics(self) -> Result<Vec<Arc<str>>, Error> {
        if self.partition.is_some() || !self.partitions.is_empty() {
            let what = "either a partition or a group may be specified, but not both: a group assigns partitions itself";
            return Err(Error::misuse(what));
        }
        if self.topics.iter().any(|topic| topic.is_empty()) {
            return Err(Error::misuse("a Reader needs a topic"));
        }
        Ok(self.topics)
    }

    /// What is to be read, each topic and each partition once.
    pub(super) fn resolve(mut self) -> Result<Vec<Wanted>, Error> {
        if let Some(partition) = self.partition {
            let [topic] = &*self.topics else {
                let what = "partition() names a partition of the one topic of a Reader: use topic_partition() \
                            for several";
                return Err(Error::misuse(what));
            };
            self.partitions.push((topic.clone(), partition));
            self.topics.clear();
        }
        let mut wanted: Vec<Wanted> = Vec::new();
        for topic in self.topics {
            if !wanted.iter().any(|known| known.topic == topic) {
                wanted.push(Wanted { topic, partitions: None });
            }
        }
        for (topic, partition) in self.partitions {
            if partition < 0 {
                let what = format!("the partition must not be negative: {partition}");
                return Err(Error::misuse(what).about(topic, None));
            }
            match wanted.iter_mut().find(|known| known.topic == topic) {
                None => wanted.push(Wanted { topic, partitions: Some(vec![partition]) }),
                Some(Wanted { partitions: Some(ids), .. }) if ids.contains(&partition) => {}
                Some(Wanted { partitions: Some(ids), .. }) => ids.push(partition),
                Some(Wanted { partitions: None, .. }) => {
                    let what =
                        "the topic is to be read as a whole, and one of its partitions too: leave one out";
                    return Err(Error::misuse(what).about(topic, Some(partition)));
                }
            }
        }
        if wanted.is_empty() || wanted.iter().any(|wanted| wanted.topic.is_empty()) {
            return Err(Error::misuse("a Reader needs a topic"));
        }
        Ok(wanted)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn choice(topics: &[&str], partition: Option<i32>, partitions: &[(&str, i32)]) -> Choice {
        Choice {
            topics: topics.iter().map(|topic| Arc::from(*topic)).collect(),
            partition,
            partitions: partitions.iter().map(|(topic, id)| (Arc::from(*topic), *id)).collect(),
        }
    }

    fn resolved(choice: Choice) -> Vec<(String, Option<Vec<i32>>)> {
        choice.resolve().unwrap().into_iter().map(|it| (it.topic.to_string(), it.partitions)).collect()
    }

    #[test]
    fn whole_topics_and_partitions_go_together() {
        let whole = |topic: &str| (topic.to_owned(), None);
        let parts = |topic: &str, ids: &[i32]| (topic.to_owned(), Some(ids.to_vec()));
        assert_eq!(resolved(choice(&["a", "b", "a"], None, &[])), [whole("a"), whole("b")]);
        assert_eq!(resolved(choice(&["a"], Some(3), &[])), [parts("a", &[3])]);
        assert_eq!(resolved(choice(&["a"], Some(3), &[("b", 0)])), [parts("b", &[0]), parts("a", &[3])]);
        let several = choice(&["a"], None, &[("b", 2), ("c", 0), ("b", 1), ("b", 2)]);
        assert_eq!(resolved(several), [whole("a"), parts("b", &[2, 1]), parts("c", &[0])]);
    }

    #[test]
    fn what_cannot_be_meant_is_refused() {
        for (choice, why) in [
            (choice(&[], None, &[]), "needs a topic"),
            (choice(&[""], None, &[]), "needs a topic"),
            (choice(&[], Some(1), &[]), "partition()"),
            (choice(&["a", "b"], Some(1), &[]), "partition()"),
            (choice(&["a"], Some(-1), &[]), "negative"),
            (choice(&[], None, &[("a", -1)]), "negative"),
            (choice(&["a"], None, &[("a", 1)]), "as a whole"),
        ] {
            let error = choice.resolve().unwrap_err();
            assert!(error.to_string().contains(why), "{error}");
        }
    }
}
