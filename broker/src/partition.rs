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
            producers: Producers::default(),
            watchers: Watchers::default(),
        }
    }

    /// A new leader, or the same anew.
    pub(crate) fn lead(&mut self, node: i32) {
        self.leader = node;
        self.leader_epoch += 1;
        self.epochs.begin(self.leader_epoch, self.log.end());
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
