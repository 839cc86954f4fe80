use std::sync::Arc;

/// Partitions of one topic.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct TopicPartitions {
    /// The topic.
    pub topic: Arc<str>,
    /// Their numbers, in order.
    pub partitions: Vec<i32>,
}

impl TopicPartitions {
    /// Partitions of a topic, by their numbers.
    pub fn new(topic: impl Into<Arc<str>>, mut partitions: Vec<i32>) -> Self {
        crate::sorting::sort_by(&mut partitions, Ord::cmp);
        Self { topic: topic.into(), partitions }
    }
}

/// What is in `these` and not in `those`.
pub(crate) fn minus(these: &[TopicPartitions], those: &[TopicPartitions]) -> Vec<TopicPartitions> {
    let rest = these.iter().map(|topic| {
        let partitions = topic.partitions.iter().copied();
        let rest = partitions.filter(|partition| !contains(those, &topic.topic, *partition)).collect();
        TopicPartitions { topic: topic.topic.clone(), partitions: rest }
    });
    rest.filter(|topic| !topic.partitions.is_empty()).collect()
}

/// Adds a partition to a list of them.
pub(crate) fn add(to: &mut Vec<TopicPartitions>, topic: &Arc<str>, partition: i32) {
    match to.iter_mut().find(|known| known.topic == *topic) {
        Some(known) => known.partitions.push(partition),
        None => to.push(TopicPartitions { topic: topic.clone(), partitions: vec![partition] }),
    }
}

/// Whether a partition is in a list of them.
pub(crate) fn contains(list: &[TopicPartitions], topic: &str, partition: i32) -> bool {
    list.iter().any(|known| &*known.topic == topic && known.partitions.contains(&partition))
}

/// Each of them.
pub(crate) fn each(list: &[TopicPartitions]) -> impl Iterator<Item = (&Arc<str>, i32)> {
    list.iter().flat_map(|topic| topic.partitions.iter().map(|partition| (&topic.topic, *partition)))
}

/// Adds partitions to a list of them.
pub(crate) fn merge(to: &mut Vec<TopicPartitions>, new: &[TopicPartitions]) {
    for (topic, partition) in each(new) {
        if !contains(to, topic, partition) {
            add(to, topic, partition);
        }
    }
}
