//! Consumer groups: members that share the partitions of topics, and remember together how far they
//! have read.

mod admin;
mod assignor;
mod classic;
mod config;
mod consumer;
mod consumer_group;
mod driver;
mod generation;
mod holdings;
mod leader;
mod machine;
mod member;
mod offsets;
mod settings;
mod step;
mod subscription;
mod topic_partitions;
mod trouble;

pub use self::{
    admin::{GroupDescription, ListedGroup, MemberDescription},
    assignor::{
        Assignor, AssignorFn, CooperativeStickyAssignor, GroupMember, GroupPartition, GroupPlan, GroupTopic,
        RackAffinityAssignor, RangeAssignor, RoundRobinAssignor, StickyAssignor,
    },
    config::GroupProtocol,
    consumer_group::ConsumerGroup,
    generation::{Generation, GenerationEnd, PartitionAssignment},
    offsets::CommittedOffset,
    settings::Group,
    topic_partitions::TopicPartitions,
};
pub(crate) use self::{
    config::{GroupConfig, TopicFilter},
    member::{Assigned, Change, Holder, Member},
    topic_partitions::add,
};
