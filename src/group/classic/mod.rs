//! Membership by the classic protocol, without input and output: it is told what the coordinator
//! answered and what time it is, and says what to do next.

mod answers;
mod requests;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use ottla_transport::Instant;

use super::{
    GroupConfig, TopicPartitions,
    holdings::Holdings,
    step::{Call, Identity, Step},
    trouble::Trouble,
};
use crate::{error::Error, trace, wire::Str};

/// A membership.
#[derive(Debug)]
pub(super) struct Classic {
    config: Arc<GroupConfig>,
    state: State,
    /// Whether somebody is known to coordinate.
    found: bool,
    member_id: Str,
    /// −1 outside of any.
    generation: i32,
    pub(super) topics: Vec<Str>,
    /// The assignor that the coordinator has chosen.
    assignor: Str,
    /// Whether this member assigns.
    leads: bool,
    /// What comes next, where an answer has settled that.
    turn: Option<Step>,
    holdings: Holdings,
    trouble: Trouble,
    /// The last assignment and its generation, for assignors that build on it.
    had: (Vec<TopicPartitions>, i32),
    /// The group rebalances, or ought to: join again.
    rejoin: bool,
    /// The coordinator has thrown the member out, or must be taken to have.
    lost: bool,
    /// There is no coming back.
    dead: bool,
    leaving: bool,
    beat_at: Instant,
    /// Without a sign of the coordinator's until then it has thrown the member out.
    alive_until: Instant,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// To join.
    Out,
    /// A JoinGroup is under way.
    Joining,
    /// Between joining and hearing what is assigned.
    Syncing,
    /// In a generation.
    In,
    /// A LeaveGroup is under way.
    Leaving,
    /// No member any more, for good.
    Over,
}

impl Classic {
    pub(super) fn new(config: Arc<GroupConfig>, now: Instant) -> Self {
        Self {
            state: State::Out,
            found: false,
            member_id: "".into(),
            generation: -1,
            topics: config.topics.clone(),
            assignor: "".into(),
            leads: false,
            turn: None,
            holdings: Holdings::default(),
            trouble: Trouble::new(config.backoff, config.patience, now),
            had: (Vec::new(), -1),
            rejoin: false,
            lost: false,
            dead: false,
            leaving: false,
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
        let member = self.generation >= 0 && self.state != State::Joining;
        if member && now >= self.alive_until && !self.lost {
            trace!(warn, group = &*self.config.group, "the coordinator gave no sign for a session timeout");
            self.lost = true;
        }
        if self.holdings.is_telling() {
            return self.beat_or_wait(now);
        }
        if self.leaving {
            return self.leave();
        }
        if self.lost {
            self.lose();
        } else if self.rejoin && self.state == State::In && self.holdings.is_settled() {
            self.give_back();
        }
        if let Some(change) = self.holdings.tell() {
            return Step::Tell(change);
        }
        if self.dead || self.state == State::Over {
            self.state = State::Over;
            return Step::Over;
        }
        if let Some(turn) = self.turn.take() {
            return turn;
        }
        match self.state {
            State::Out if now < self.trouble.not_before => Step::Wait(self.trouble.not_before),
            State::Out if !self.found => Step::Find,
            State::Out => {
                self.state = State::Joining;
                self.join()
            }
            _ => self.beat_or_wait(now),
        }
    }

    /// The holder knows what it was to be told, or need not be waited for any more.
    pub(super) fn told(&mut self) {
        self.holdings.told();
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

    /// The topics to read are these now.
    pub(super) fn subscribe(&mut self, topics: Vec<Str>) {
        if self.topics != topics {
            self.topics = topics;
            self.rejoin = true;
        }
    }

    /// Topics have other partitions than when they were assigned: the group must rebalance.
    pub(super) fn rebalance(&mut self) {
        self.rejoin = true;
    }

    /// A request of the member's was refused: better ask whether it still is one.
    pub(super) fn doubt(&mut self, now: Instant) {
        self.beat_at = now;
    }

    /// Ends the membership. What it has must have been given back.
    pub(super) fn end(&mut self) {
        self.leaving = true;
    }

    /// Who the member is, while it is one.
    pub(super) fn identity(&self) -> Option<Identity> {
        let member = self.generation >= 0 && !self.lost && self.state != State::Over;
        member.then(|| Identity { member_id: self.member_id.clone(), generation: self.generation })
    }

    /// Whether it has to look after changes of topics, for all.
    pub(super) fn leads(&self) -> bool {
        self.state == State::In && self.leads
    }

    fn beat_or_wait(&mut self, now: Instant) -> Step {
        if self.state != State::In || self.lost {
            return Step::Wait(now + self.config.heartbeat_interval);
        }
        let due = if self.found { self.beat_at } else { self.trouble.not_before };
        if now < due {
            return Step::Wait(due.min(self.alive_until));
        }
        if !self.found {
            return Step::Find;
        }
        self.beat_at = now + self.config.heartbeat_interval;
        Step::Call(Call::Beat(self.heartbeat()))
    }

    /// Before joining again: all that it has, unless members keep that while the group rebalances.
    fn give_back(&mut self) {
        if self.holdings.owned.is_empty() || self.config.is_cooperative() {
            self.rejoin = false;
            self.state = State::Out;
        } else {
            self.holdings.give_back();
        }
    }

    fn lose(&mut self) {
        self.lost = false;
        self.rejoin = false;
        self.turn = None;
        self.generation = -1;
        self.had = (Vec::new(), -1);
        self.state = State::Out;
        self.holdings.lose();
    }

    fn leave(&mut self) -> Step {
        let known = !self.member_id.is_empty() && self.found && !self.lost;
        let says_so = known && self.config.instance_id.is_none();
        match self.state {
            State::Over => Step::Over,
            State::Leaving => Step::Wait(self.alive_until),
            // A static member is expected back, until its session times out (KIP-345).
            _ if !says_so => {
                self.state = State::Over;
                Step::Over
            }
            _ => {
                self.state = State::Leaving;
                Step::Call(Call::Leave(self.goodbye()))
            }
        }
    }

    /// Something worked.
    fn recovered(&mut self, now: Instant) {
        self.trouble.over(now);
        self.alive_until = now + self.config.session_timeout;
    }
}
