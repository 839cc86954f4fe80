//! ConsumerGroupDescribe: the state and the members of groups of the next-generation protocol
//! (KIP-848).

use super::{ErrorCode, Uuid};
use crate::wire::Str;

api! {
    ConsumerGroupDescribe = 69, versions 0..=1, flexible 0;

    /// Asks about groups, which the broker must coordinate.
    request {
        /// Their ids.
        group_ids: Vec<Str> [0..],
        /// Whether to say what the client may do.
        include_authorized_operations: bool [0..],
    }

    /// The groups.
    response {
        /// How long the broker held the answer back for a quota, in milliseconds.
        throttle_time_ms: i32 [0..],
        /// The groups.
        groups: Vec<Group> [0..],
    }

    /// A group.
    struct Group {
        /// Whether it could be looked at.
        error_code: ErrorCode [0..],
        /// What was wrong, in the broker's words.
        error_message: Option<Str> [0..],
        /// Its id.
        group_id: Str [0..],
        /// `Empty`, `Assigning`, `Reconciling`, `Stable` or `Dead`.
        group_state: Str [0..],
        /// Grows with every change of members or subscriptions.
        group_epoch: i32 [0..],
        /// The group epoch that the assignment was made for.
        assignment_epoch: i32 [0..],
        /// The assignor.
        assignor_name: Str [0..],
        /// The members.
        members: Vec<Member> [0..],
        /// What the client may do, a bit for each operation; the lowest number if not asked for.
        authorized_operations: i32 [0..] = i32::MIN,
    }

    /// A member of a group.
    struct Member {
        /// Its id.
        member_id: Str [0..],
        /// The name of a static member (KIP-345).
        instance_id: Option<Str> [0..],
        /// The rack that it stands in.
        rack_id: Option<Str> [0..],
        /// The epoch that it is in.
        member_epoch: i32 [0..],
        /// The client id of its connection.
        client_id: Str [0..],
        /// The address that it comes from.
        client_host: Str [0..],
        /// The topics that it wants.
        subscribed_topic_names: Vec<Str> [0..],
        /// The pattern of topics that it wants.
        subscribed_topic_regex: Option<Str> [0..],
        /// What it has.
        assignment: Assignment [0..],
        /// What it is to have.
        target_assignment: Assignment [0..],
        /// 0 for a member by the classic protocol, 1 by the next-generation one, −1 if unknown.
        member_type: i8 [1..] = -1,
    }

    /// Partitions of a member.
    struct Assignment {
        /// The partitions by topic.
        topic_partitions: Vec<TopicPartitions> [0..],
    }

    /// Partitions of a topic.
    struct TopicPartitions {
        /// The topic's id.
        topic_id: Uuid [0..],
        /// The topic's name.
        topic_name: Str [0..],
        /// The partitions.
        partitions: Vec<i32> [0..],
    }
}
