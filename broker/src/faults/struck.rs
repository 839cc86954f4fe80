use std::{sync::Arc, time::Duration};

use ottla::protocol::ErrorCode;

use super::{
    Change, Place,
    action::{Action, Ending, When},
    fault::Entry,
};

/// What goes wrong with one request.
#[derive(Clone, Debug, Default)]
pub(crate) struct Struck(Vec<Arc<Entry>>);

impl Struck {
    pub(super) fn new(entries: Vec<Arc<Entry>>) -> Self {
        Self(entries)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The error of a partition, or of a topic as a whole.
    pub(crate) fn error(&self, topic: &str, partition: Option<i32>, when: When) -> Option<ErrorCode> {
        self.errors(when).find(|(entry, _)| entry.scope.covers(topic, partition)).map(|(_, code)| code)
    }

    /// The error of a key, or of a response that has one for all.
    pub(crate) fn error_without_topic(&self, when: When) -> Option<ErrorCode> {
        self.errors(when).map(|(_, code)| code).next()
    }

    /// The error of the response as a whole.
    pub(crate) fn whole_error(&self) -> Option<ErrorCode> {
        self.0.iter().find_map(|entry| match entry.action {
            Action::WholeError(code) => Some(code),
            _ => None,
        })
    }

    /// How long to wait: delays add up.
    pub(crate) fn delay(&self, side: When) -> Duration {
        let delays = self.0.iter().filter_map(|entry| match entry.action {
            Action::Delay { how_long, when } if when == side => Some(how_long),
            _ => None,
        });
        delays.sum()
    }

    /// How long the client is throttled by what it is told, and by the broker in fact.
    pub(crate) fn throttle(&self) -> (Duration, Duration) {
        let mut longest = (Duration::ZERO, Duration::ZERO);
        for entry in &self.0 {
            if let Action::Throttle { how_long, mute } = entry.action {
                longest.0 = longest.0.max(how_long);
                longest.1 = longest.1.max(if mute { how_long } else { Duration::ZERO });
            }
        }
        longest
    }

    /// How the exchange ends, if not by its answer.
    pub(crate) fn ending(&self) -> Option<Ending> {
        self.0.iter().find_map(|entry| match entry.action {
            Action::End(ending) => Some(ending),
            _ => None,
        })
    }

    /// What changes, and where.
    pub(crate) fn changes<'a>(
        &'a self,
        places: &'a [Place],
        side: When,
    ) -> impl Iterator<Item = (&'a Change, impl Iterator<Item = &'a Place>)> {
        self.0.iter().filter_map(move |entry| match &entry.action {
            Action::Change { change, when } if *when == side => {
                Some((change, places.iter().filter(|place| entry.scope.touches(place))))
            }
            _ => None,
        })
    }

    fn errors(&self, side: When) -> impl Iterator<Item = (&Arc<Entry>, ErrorCode)> {
        self.0.iter().filter_map(move |entry| match entry.action {
            Action::Error { code, when } if when == side => Some((entry, code)),
            _ => None,
        })
    }
}
