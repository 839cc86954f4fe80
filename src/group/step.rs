use bytes::Bytes;
use ottla_transport::Instant;

use super::TopicPartitions;
use crate::{
    error::Error,
    protocol::{consumer_group_heartbeat, heartbeat, join_group, leave_group, sync_group},
    wire::Str,
};

/// What a membership wants done next.
#[derive(Debug)]
pub(super) enum Step {
    /// Find out who coordinates the group.
    Find,
    /// Send a request to the coordinator.
    Call(Call),
    /// Assign what there is to these members: this one leads.
    Assign { assignor: Str, members: Vec<Joined> },
    /// Find out the ids of the topics to read.
    Name,
    /// Let the holder know, and say when it is done. Heartbeats go on meanwhile.
    Tell(Change),
    /// Let the user know.
    Complain(Error),
    /// Nothing, before that time.
    Wait(Instant),
    /// Nothing more: the membership is over.
    Over,
}

/// A request to the coordinator.
#[derive(Debug)]
pub(super) enum Call {
    Join(join_group::Request),
    Sync(sync_group::Request),
    Beat(heartbeat::Request),
    Leave(leave_group::Request),
    Next(consumer_group_heartbeat::Request),
}

/// What has become of a request to the coordinator.
#[derive(Debug)]
pub(super) enum Heard {
    Joined(Result<join_group::Response, Error>),
    Synced(Result<sync_group::Response, Error>),
    Beat(Result<heartbeat::Response, Error>),
    /// Whatever was answered.
    Left,
    Next(Result<consumer_group_heartbeat::Response, Error>),
}

/// A member as the coordinator names it to the leader.
#[derive(Clone, Debug)]
pub(super) struct Joined {
    pub(super) member_id: Str,
    pub(super) instance_id: Option<Str>,
    pub(super) metadata: Bytes,
}

/// What changes for the holder of a membership.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Change {
    /// These are the member's from now on, besides what it has.
    Assigned(Vec<TopicPartitions>),
    /// These must be given back. Until that is done they are the member's.
    Revoked(Vec<TopicPartitions>),
    /// These are no longer the member's, and may already be another's.
    Lost(Vec<TopicPartitions>),
}

/// Who the member is to the coordinator, for its commits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Identity {
    pub(crate) member_id: Str,
    /// The generation, or in the next-generation protocol the member's epoch.
    pub(crate) generation: i32,
}
