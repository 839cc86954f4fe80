use std::collections::BTreeMap;

use crate::{epochs::Epochs, log::Log, notice::Watchers, producers::Producers};

/// A partition. Its log is there once, whatever the number of replicas: they are names of nodes.
#[derive(Debug)]
pub(crate) struct Partition {
    /// The node that takes its records and hands them out; one of `replicas`, or −1.
    pub(crate) leader: i32,
    /// How often the leader has changed.
    pub(crate) leader_epoch: i32,
    /// Where each leader's records begin.
    pub(crate) epochs: Epochs,
    /// The nodes that hold it, all of them in sync while they are alive.
    pub(crate) replicas: Vec<i32>,
    pub(crate) log: Log,
    /// Followers that do not have all of the log, on command, and where theirs ends.
    lagging: BTreeMap<i32, i64>,
    pub(crate) producers: Producers,
    pub(crate) watchers: Watchers,
}

impl Partition {
    /// An empty one, led by the first of its replicas.
    pub(crate) fn new(replicas: Vec<i32>) -> Self {
        Self {
            leader: replicas.first().copied().unwrap_or(-1),
            leader_epoch: 0,
            epochs: Epochs::default(),
            replicas,
            log: Log::default(),
            lagging: BTreeMap::new(),
            producers: Producers::default(),
            watchers: Watchers::default(),
        }
    }

    /// A new leader, or the same anew.
    pub(crate) fn lead(&mut self, node: i32) {
        self.leader = node;
        self.lagging.remove(&node);
        self.leader_epoch += 1;
        self.epochs.begin(self.leader_epoch, self.log.end());
    }

    /// Where the log ends at a node, or `None` if it has no replica.
    pub(crate) fn end_at(&self, node: i32) -> Option<i64> {
        let end = self.log.end();
        self.replicas.contains(&node).then(|| self.lagging.get(&node).map_or(end, |lags| end.min(*lags)))
    }

    /// Lets a follower have the log up to an offset only, or (`None`) all of it again.
    pub(crate) fn lag(&mut self, node: i32, end: Option<i64>) {
        match end {
            Some(end) => self.lagging.insert(node, end),
            None => self.lagging.remove(&node),
        };
    }

    /// Loses the log from an offset on, from the start of the batch that holds it. Gives its end.
    pub(crate) fn truncate(&mut self, end: i64) -> i64 {
        self.log.truncate(end);
        let end = self.log.end();
        self.epochs.truncate(end);
        self.producers.truncate(end);
        end
    }
}
