use crate::{log::Log, notice::Watchers, producers::Producers};

/// A partition. Its log is there once, whatever the number of replicas: they are names of nodes.
#[derive(Debug)]
pub(crate) struct Partition {
    /// The node that takes its records and hands them out; one of `replicas`.
    pub(crate) leader: i32,
    /// How often the leader has changed.
    pub(crate) leader_epoch: i32,
    /// The nodes that hold it, all of them in sync.
    pub(crate) replicas: Vec<i32>,
    pub(crate) log: Log,
    pub(crate) producers: Producers,
    pub(crate) watchers: Watchers,
}

impl Partition {
    /// An empty one, led by the first of its replicas.
    pub(crate) fn new(replicas: Vec<i32>) -> Self {
        Self {
            leader: replicas.first().copied().unwrap_or(-1),
            leader_epoch: 0,
            replicas,
            log: Log::default(),
            producers: Producers::default(),
            watchers: Watchers::default(),
        }
    }
}
