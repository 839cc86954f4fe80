use std::sync::Arc;

use ottla_transport::Instant;

use super::{
    GroupConfig, GroupProtocol, TopicPartitions,
    classic::Classic,
    consumer::Consumer,
    step::{Heard, Identity, Step},
};
use crate::{cluster::random, error::Error, protocol::Uuid, wire::Str};

/// A membership by either protocol.
#[derive(Debug)]
pub(super) enum Machine {
    Classic(Box<Classic>),
    Consumer(Box<Consumer>),
}

/// The same for both.
macro_rules! either {
    ($this:expr, $machine:ident => $what:expr) => {
        match $this {
            Self::Classic($machine) => $what,
            Self::Consumer($machine) => $what,
        }
    };
}

impl Machine {
    pub(super) fn new(config: Arc<GroupConfig>, now: Instant) -> Self {
        match config.protocol {
            GroupProtocol::Classic => Self::Classic(Box::new(Classic::new(config, now))),
            GroupProtocol::Consumer => Self::Consumer(Box::new(Consumer::new(config, new_id(), now))),
        }
    }

    pub(super) fn next(&mut self, now: Instant) -> Step {
        either!(self, machine => machine.next(now))
    }

    pub(super) fn told(&mut self) {
        either!(self, machine => machine.told());
    }

    pub(super) fn is_telling(&self) -> bool {
        either!(self, machine => machine.is_telling())
    }

    pub(super) fn is_overtaken(&self) -> bool {
        either!(self, machine => machine.is_overtaken())
    }

    pub(super) fn found(&mut self, outcome: Result<(), Error>, now: Instant) {
        either!(self, machine => machine.found(outcome, now));
    }

    pub(super) fn heard(&mut self, heard: Heard, now: Instant) {
        match (self, heard) {
            (Self::Consumer(machine), Heard::Next(answer)) => machine.heard(answer, now),
            (Self::Classic(machine), heard) => machine.heard(heard, now),
            (Self::Consumer(_), _) => {}
        }
    }

    pub(super) fn assigned(
        &mut self,
        outcome: Result<Vec<(Str, Vec<TopicPartitions>)>, Error>,
        now: Instant,
    ) {
        if let Self::Classic(machine) = self {
            machine.assigned(outcome, now);
        }
    }

    pub(super) fn named(&mut self, outcome: Result<Vec<(Uuid, Str)>, Error>, now: Instant) {
        if let Self::Consumer(machine) = self {
            machine.named(outcome, now);
        }
    }

    pub(super) fn subscribe(&mut self, topics: Vec<Str>) {
        either!(self, machine => machine.subscribe(topics));
    }

    pub(super) fn rebalance(&mut self) {
        if let Self::Classic(machine) = self {
            machine.rebalance();
        }
    }

    pub(super) fn topics(&self) -> Vec<Str> {
        either!(self, machine => machine.topics.clone())
    }

    pub(super) fn doubt(&mut self, now: Instant) {
        either!(self, machine => machine.doubt(now));
    }

    pub(super) fn end(&mut self) {
        either!(self, machine => machine.end());
    }

    pub(super) fn identity(&self) -> Option<Identity> {
        either!(self, machine => machine.identity())
    }

    pub(super) fn leads(&self) -> bool {
        matches!(self, Self::Classic(machine) if machine.leads())
    }
}

/// An id that no other member has.
fn new_id() -> Str {
    let mut id = [0; 16];
    for part in id.chunks_mut(4) {
        part.copy_from_slice(&random().to_be_bytes());
    }
    Uuid(id).to_string().into()
}
