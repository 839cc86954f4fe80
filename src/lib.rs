#![doc = include_str!("../README.md")]
#![cfg_attr(
    target_family = "wasm",
    allow(
        clippy::arc_with_non_send_sync,
        reason = "what is shared between threads natively stays on one in wasm"
    )
)]

mod acks;
mod client;
mod cluster;
mod conn;
mod connection;
mod error;
mod group;
mod message;
mod platform;
pub mod protocol;
mod reader;
pub mod record;
mod sorting;
mod tasks;
mod trace;
pub mod wire;
mod writer;

pub(crate) use trace::trace;

pub use acks::Acks;
pub use client::{Client, ClientBuilder, ListedOffset, NewTopic, OffsetAt, Topic};
pub use cluster::{Broker, Partition};
pub use conn::{Address, ApiVersion, Batch, BatchIter, BatchOptions, Conn, Dialer, Whence, Written};
pub use error::{Error, ErrorKind, Retry};
pub use group::{
    Assignor, AssignorFn, CommittedOffset, ConsumerGroup, CooperativeStickyAssignor, Generation,
    GenerationEnd, Group, GroupDescription, GroupMember, GroupPartition, GroupPlan, GroupProtocol,
    GroupTopic, ListedGroup, MemberDescription, PartitionAssignment, RackAffinityAssignor, RangeAssignor,
    RoundRobinAssignor, StickyAssignor, TopicPartitions,
};
pub use message::Message;
pub use ottla_transport as transport;
pub use protocol::ErrorCode;
pub use reader::{
    Commit, OutOfRange, Reader, ReaderBuilder, ReaderStats, Rebalance, RebalanceKind, Records, Start, Stop,
};
pub use record::{Compression, Header, Record, UserData};
pub use writer::{
    Balancer, BalancerFn, Completion, Crc32, Delivered, Delivery, Hash, LeastBytes, Murmur2, Partitions,
    ReferenceHash, RoundRobin, Sticky, Summary, WriteErrors, Writer, WriterBuilder, WriterStats,
};
