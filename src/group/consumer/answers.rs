use std::time::Duration;

use ottla_transport::Instant;

use super::{Consumer, api};
use crate::{
    error::{Error, Retry},
    protocol::ErrorCode,
    trace,
};

impl Consumer {
    /// The coordinator has answered, or not.
    pub(in crate::group) fn heard(&mut self, answer: Result<api::Response, Error>, now: Instant) {
        if self.over {
            return;
        }
        let response = match answer {
            Ok(response) => response,
            Err(error) => return self.unreachable(error, now),
        };
        match response.error_code {
            ErrorCode::NONE => self.goes_on(response, now),
            ErrorCode::UNKNOWN_MEMBER_ID | ErrorCode::FENCED_MEMBER_EPOCH => {
                trace!(warn, group = &*self.config.group, "thrown out of the group");
                self.lost = true;
                self.trouble.pause(now);
            }
            code @ (ErrorCode::FENCED_INSTANCE_ID | ErrorCode::UNRELEASED_INSTANCE_ID) => {
                // The two would take it from each other for ever.
                self.lost = true;
                self.dead = true;
                let said =
                    response.error_message.as_deref().unwrap_or("another member has the same instance id");
                self.trouble.complaint = Some(Error::broker(code, "joining the group", Some(said)));
            }
            code => {
                let said = response.error_message.as_deref();
                self.unreachable(Error::broker(code, "keeping the membership alive", said), now);
            }
        }
    }

    fn goes_on(&mut self, response: api::Response, now: Instant) {
        self.trouble.over(now);
        self.alive_until = now + self.config.session_timeout;
        if let Some(member_id) = response.member_id {
            self.member_id = member_id;
        }
        self.epoch = response.member_epoch;
        let interval = u64::try_from(response.heartbeat_interval_ms).unwrap_or(0);
        let interval =
            if interval == 0 { self.config.heartbeat_interval } else { Duration::from_millis(interval) };
        self.beat_at = now + interval;
        if let Some(assignment) = response.assignment {
            self.target = Some(assignment.topic_partitions);
        }
    }

    /// The coordinator may be another broker now, and has perhaps not read what was written.
    fn unreachable(&mut self, error: Error, now: Instant) {
        if !matches!(error.retry(), Retry::After | Retry::Never) {
            self.found = false;
        }
        self.tell_all = true;
        self.trouble.failed(error, now);
        self.beat_at = self.trouble.not_before;
    }
}
