use ottla_transport::Instant;

use super::{Classic, State};
use crate::{
    error::{Error, ErrorKind, Retry},
    group::{
        TopicPartitions,
        step::{Heard, Joined, Step},
        subscription::Assignment,
    },
    protocol::{ErrorCode, join_group, sync_group},
    trace,
    wire::Str,
};

impl Classic {
    /// The coordinator has answered, or not.
    pub(in crate::group) fn heard(&mut self, heard: Heard, now: Instant) {
        match heard {
            Heard::Joined(Ok(response)) => self.joined(response, now),
            Heard::Synced(Ok(response)) => self.synced(response, now),
            Heard::Beat(Ok(response)) => self.beaten(response.error_code, now),
            Heard::Joined(Err(error)) | Heard::Synced(Err(error)) => {
                self.state = State::Out;
                self.unreachable(error, now);
            }
            Heard::Beat(Err(error)) => self.unreachable(error, now),
            Heard::Left => self.state = State::Over,
            Heard::Next(_) => {}
        }
    }

    /// The leader has decided what each member gets, or cannot.
    pub(in crate::group) fn assigned(
        &mut self,
        outcome: Result<Vec<(Str, Vec<TopicPartitions>)>, Error>,
        now: Instant,
    ) {
        let encoded = outcome.and_then(|assigned| {
            let encode = |(member_id, partitions)| {
                let assignment = Assignment { partitions, user_data: None }.encode();
                let assignment =
                    assignment.map_err(|cause| Error::malformed("the assignment is too large", cause))?;
                Ok(sync_group::Assignment { member_id, assignment })
            };
            assigned.into_iter().map(encode).collect::<Result<Vec<_>, Error>>()
        });
        match encoded {
            Ok(assignments) => self.turn = Some(self.sync(assignments)),
            Err(error) => {
                self.state = State::Out;
                self.trouble.failed(error, now);
            }
        }
    }

    fn joined(&mut self, response: join_group::Response, now: Instant) {
        self.state = State::Out;
        let code = response.error_code;
        if code == ErrorCode::MEMBER_ID_REQUIRED {
            // KIP-394: the coordinator keeps no member that may never hear its id.
            self.member_id = response.member_id;
            return;
        }
        if code != ErrorCode::NONE {
            return self.refused(code, "joining the group", now);
        }
        self.recovered(now);
        self.rejoin = false;
        self.member_id = response.member_id;
        self.generation = response.generation_id;
        self.leads = response.leader == self.member_id;
        self.assignor = response.protocol_name.unwrap_or_else(|| "".into());
        if !self.config.assignors.iter().any(|assignor| *assignor.name() == *self.assignor) {
            let what = format!("unable to find the assignor {:?} that the group has chosen", self.assignor);
            self.lost = true;
            return self.trouble.failed(Error::new(ErrorKind::Unsupported, what), now);
        }
        trace!(
            debug,
            group = &*self.config.group,
            generation = self.generation,
            leads = self.leads,
            "joined"
        );
        self.state = State::Syncing;
        let members = response.members.into_iter().map(|member| Joined {
            member_id: member.member_id,
            instance_id: member.group_instance_id,
            metadata: member.metadata,
        });
        self.turn = Some(if self.leads && !response.skip_assignment {
            Step::Assign { assignor: self.assignor.clone(), members: members.collect() }
        } else {
            self.sync(Vec::new())
        });
    }

    fn synced(&mut self, response: sync_group::Response, now: Instant) {
        if response.error_code != ErrorCode::NONE {
            self.state = State::Out;
            return self.refused(response.error_code, "hearing the assignment", now);
        }
        let new = match Assignment::decode(response.assignment) {
            Ok(assignment) => assignment.partitions,
            Err(cause) => {
                self.state = State::Out;
                let error = Error::malformed("the leader's assignment cannot be read", cause);
                return self.trouble.failed(error.or_retry(Retry::After), now);
            }
        };
        self.recovered(now);
        self.state = State::In;
        self.beat_at = now + self.config.heartbeat_interval;
        // Others wait for what it gives back: the group rebalances once more when that is free (KIP-429).
        self.rejoin |= self.holdings.aim_at(&new);
        self.had = (new, self.generation);
    }

    fn beaten(&mut self, code: ErrorCode, now: Instant) {
        match code {
            ErrorCode::NONE => self.recovered(now),
            ErrorCode::REBALANCE_IN_PROGRESS => {
                self.recovered(now);
                self.rejoin = true;
            }
            code => self.refused(code, "keeping the membership alive", now),
        }
    }

    fn refused(&mut self, code: ErrorCode, doing: &str, now: Instant) {
        match code {
            ErrorCode::UNKNOWN_MEMBER_ID => {
                self.member_id = "".into();
                self.lost = true;
                self.trouble.pause(now);
            }
            ErrorCode::ILLEGAL_GENERATION => {
                self.lost = true;
                self.trouble.pause(now);
            }
            // The group has gone on to another generation: nothing is wrong.
            ErrorCode::REBALANCE_IN_PROGRESS => self.trouble.pause(now),
            ErrorCode::FENCED_INSTANCE_ID => {
                // The two would take it from each other for ever.
                self.lost = true;
                self.dead = true;
                let what = "another member has the same instance id";
                self.trouble.complaint = Some(Error::broker(code, doing, Some(what)));
            }
            code => self.unreachable(Error::broker(code, doing, None), now),
        }
    }

    /// The coordinator may be another broker now.
    fn unreachable(&mut self, error: Error, now: Instant) {
        if !matches!(error.retry(), Retry::After | Retry::Never) {
            self.found = false;
        }
        self.trouble.failed(error, now);
    }
}
