//! Kafka's requests and responses, one module an API, each at every version from the oldest broker
//! supported (0.10) to the newest (4.3).
//!
//! A field that the chosen version does not have is not written, whatever it holds, and is at its
//! default after reading: callers choose the version first and fill in what it can say. A null that
//! the version does not allow is written as the empty value (which in `Metadata` version 0 rightly
//! means "all topics"). Tagged fields that are not known are skipped.

#[macro_use]
mod api;

pub mod api_versions;
pub mod consumer_group_describe;
pub mod consumer_group_heartbeat;
pub mod create_partitions;
pub mod create_topics;
pub mod delete_groups;
pub mod delete_topics;
pub mod describe_groups;
mod error_code;
pub mod fetch;
pub mod find_coordinator;
pub mod header;
pub mod heartbeat;
pub mod init_producer_id;
pub mod join_group;
pub mod leave_group;
pub mod list_groups;
pub mod list_offsets;
pub mod metadata;
pub mod offset_commit;
pub mod offset_delete;
pub mod offset_fetch;
pub mod offset_for_leader_epoch;
pub mod produce;
pub mod sasl_authenticate;
pub mod sasl_handshake;
pub mod sync_group;
mod uuid;

pub use self::{
    api::{ALL, Api, Message, Request},
    error_code::ErrorCode,
    uuid::Uuid,
};
