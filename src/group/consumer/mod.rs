//! Membership by the next-generation protocol (KIP-848), without input and output: one request, the
//! heartbeat, does it all. The coordinator says what the member is to have; the member gives back what
//! it must not have any more, and says so; then it gets the rest.

mod answers;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use ottla_transport::Instant;

use super::{
    GroupConfig, TopicPartitions,
    config::millis,
    holdings::Holdings,
    step::{Call, Identity, Step},
    trouble::Trouble,
};
use crate::{
    error::Error,
    protocol::{
        Uuid,
        consumer_group_heartbeat::{self as api, JOIN, LEAVE, LEAVE_FOR_NOW},
    },
    trace,
    wire::Str,
};

/// A membership.
#[derive(Debug)]
pub(super) struct Consumer {
    config: Arc<GroupConfig>,
    /// Made up by the member, and its own for as long as it lives.
    member_id: Str,
    /// The epoch that the coordinator has given; [`JOIN`] outside of the group.
    epoch: i32,
    pub(super) topics: Vec<Str>,
    /// Whether somebody is known to coordinate.
    found: bool,
    /// The coordinator may not know what the last heartbeat said, or has never been told: say all.
    tell_all: bool,
    /// What the member has is not what the coordinator was last told.
    moved: bool,
    holdings: Holdings,
    trouble: Trouble,
    /// What the member is to have, until it has it.
    target: Option<Vec<api::TopicPartitions>>,
    /// Topics by their ids, as far as they are known.
    names: Vec<(Uuid, Str)>,
    /// The coordinator has thrown the member out, or must be taken to have.
    lost: bool,
    /// There is no coming back.
    dead: bool,
    leaving: bool,
    over: bool,
    beat_at: Instant,
    /// Without a sign of the coordinator's until then it has thrown the member out.
    alive_until: Instant,
}

impl Consumer {
    pub(super) fn new(config: Arc<GroupConfig>, member_id: Str, now: Instant) -> Self {
        Self {
            member_id,
            epoch: JOIN,
            topics: config.topics.clone(),
            found: false,
            tell_all: true,
            moved: false,
            holdings: Holdings::default(),
            trouble: Trouble::new(config.backoff, config.patience, now),
            target: None,
            names: Vec::new(),
            lost: false,
            dead: false,
            leaving: false,
            over: false,
            beat_at: now,
            alive_until: now,
            config,
        }
    }

    /// What to do now. Whatever it is, the membership is to be told what came of it.
    pub(super) fn next(&mut self, now: Instant) -> Step {
        if let Some(error) = self.trouble.complaint.take() {
            return Step::Complain(error);
        }
        if self.epoch > 0 && now >= self.alive_until && !self.lost {
            trace!(warn, group = &*self.config.group, "the coordinator gave no sign for a session timeout");
            self.lost = true;
        }
        if self.holdings.is_telling() {
            return self.beat_or_wait(now);
        }
        if self.over || self.leaving {
            return self.leave();
        }
        if self.lost {
            self.lose();
        }
        if let Some(change) = self.holdings.tell() {
            return Step::Tell(change);
        }
        if self.dead {
            self.over = true;
            return Step::Over;
        }
        // The names could not be asked for a moment ago: not at once again.
        let step = if now < self.trouble.not_before { None } else { self.reconcile() };
        step.unwrap_or_else(|| self.beat_or_wait(now))
    }

    /// The holder knows what it was to be told, or need not be waited for any more.
    pub(super) fn told(&mut self) {
        self.holdings.told();
        self.moved = true;
    }

    /// Whether the holder is being told something.
    pub(super) fn is_telling(&self) -> bool {
        self.holdings.is_telling()
    }

    /// Whether what the holder is being told is true no more, so that it must not be waited for.
    pub(super) fn is_overtaken(&self) -> bool {
        self.lost && self.holdings.is_assigning()
    }

    /// Who coordinates is known, or cannot be found out.
    pub(super) fn found(&mut self, outcome: Result<(), Error>, now: Instant) {
        match outcome {
            Ok(()) => self.found = true,
            Err(error) => self.trouble.failed(error, now),
        }
    }

    /// Names of topics that were asked for, or why there are none. Those that are missing do not exist
    /// any more.
    pub(super) fn named(&mut self, outcome: Result<Vec<(Uuid, Str)>, Error>, now: Instant) {
        match outcome {
            Ok(names) => self.names = names,
            Err(error) => return self.trouble.failed(error, now),
        }
        let names = &self.names;
        if let Some(target) = &mut self.target {
            target.retain(|topic| names.iter().any(|(id, _)| *id == topic.topic_id));
        }
    }

    /// The topics to read are others now.
    pub(super) fn subscribe(&mut self, topics: Vec<Str>) {
        if self.topics != topics {
            self.topics = topics;
            self.tell_all = true;
            self.moved = true;
        }
    }

    /// A request of the member's was refused: better ask how things stand.
    pub(super) fn doubt(&mut self, now: Instant) {
        self.beat_at = now;
    }

    /// Ends the membership. What it has must have been given back.
    pub(super) fn end(&mut self) {
        self.leaving = true;
    }

    /// Who the member is, while it is one.
    pub(super) fn identity(&self) -> Option<Identity> {
        let member = self.epoch > 0 && !self.lost && !self.over;
        member.then(|| Identity { member_id: self.member_id.clone(), generation: self.epoch })
    }

    /// Towards what the coordinator wants the member to have.
    fn reconcile(&mut self) -> Option<Step> {
        let target = self.target.take()?;
        let known = |id: Uuid| self.names.iter().find(|(known, _)| *known == id);
        if target.iter().any(|topic| known(topic.topic_id).is_none()) {
            self.target = Some(target);
            return Some(Step::Name);
        }
        let named = target.into_iter().filter_map(|topic| {
            let (_, name) = known(topic.topic_id)?;
            Some(TopicPartitions::new(name.clone(), topic.partitions))
        });
        let new: Vec<_> = named.collect();
        self.holdings.aim_at(&new);
        self.holdings.tell().map(Step::Tell)
    }

    fn beat_or_wait(&mut self, now: Instant) -> Step {
        let speaks = self.moved && !self.holdings.is_telling();
        let due = if !self.found {
            self.trouble.not_before
        } else if speaks {
            self.trouble.not_before.min(self.beat_at)
        } else {
            self.beat_at.max(self.trouble.not_before)
        };
        if self.lost || now < due {
            let until = if self.lost { now + self.config.heartbeat_interval } else { due };
            return Step::Wait(if self.epoch > 0 && !self.lost {
                until.min(self.alive_until)
            } else {
                until
            });
        }
        if !self.found {
            return Step::Find;
        }
        self.beat_at = now + self.config.heartbeat_interval;
        Step::Call(Call::Next(self.heartbeat()))
    }

    fn heartbeat(&mut self) -> api::Request {
        let config = &self.config;
        let mut request = api::Request {
            group_id: config.group.clone(),
            member_id: self.member_id.clone(),
            member_epoch: self.epoch,
            ..Default::default()
        };
        if self.tell_all {
            request.instance_id = config.instance_id.clone();
            request.rack_id = config.rack.clone();
            request.rebalance_timeout_ms = millis(config.rebalance_timeout);
            request.subscribed_topic_names = Some(self.topics.clone());
            request.server_assignor = config.server_assignor.clone();
        }
        if self.tell_all || self.moved {
            request.topic_partitions = Some(self.owned_by_id());
        }
        self.moved = false;
        self.tell_all = false;
        request
    }

    fn owned_by_id(&self) -> Vec<api::TopicPartitions> {
        let by_id = self.holdings.owned.iter().filter_map(|topic| {
            let (topic_id, _) = self.names.iter().find(|(_, name)| *name == topic.topic)?;
            Some(api::TopicPartitions { topic_id: *topic_id, partitions: topic.partitions.clone() })
        });
        by_id.collect()
    }

    fn lose(&mut self) {
        self.lost = false;
        self.epoch = JOIN;
        self.tell_all = true;
        self.target = None;
        self.beat_at = self.trouble.not_before;
        self.holdings.lose();
    }

    fn leave(&mut self) -> Step {
        if self.over || self.epoch == JOIN || self.lost || !self.found {
            self.over = true;
            return Step::Over;
        }
        self.over = true;
        // A static member is expected back, until its session times out.
        let member_epoch = if self.config.instance_id.is_some() { LEAVE_FOR_NOW } else { LEAVE };
        Step::Call(Call::Next(api::Request {
            group_id: self.config.group.clone(),
            member_id: self.member_id.clone(),
            member_epoch,
            instance_id: self.config.instance_id.clone(),
            ..Default::default()
        }))
    }
}
