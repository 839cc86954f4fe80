//! An in-memory Kafka broker, for development and for tests.
//!
//! Real clients accept it: it answers each API at each version as Kafka does, checks what producers
//! send, stores batches as they were sent, and keeps its memory bounded. One process plays one node
//! or several, over TCP (feature `tcp`), in process, or over whatever carries bytes. It runs on any
//! runtime, as wasm too. What goes wrong in a cluster goes wrong here on command: see [`faults`].
//!
//! There are no groups, no transactions and no security yet; ApiVersions does not offer them.

mod api_ranges;
mod apis;
mod append;
mod broker;
mod commands;
mod config;
mod connection;
mod core;
mod dispatch;
mod elections;
mod epochs;
mod exchange;
pub mod faults;
mod frame;
mod ids;
mod incoming;
mod lifetime;
#[cfg(all(feature = "tcp", not(target_family = "wasm")))]
mod listen;
mod log;
mod nodes;
mod notice;
mod partition;
mod producers;
mod reading;
mod seat;
mod served;
mod session;
mod sessions;
mod state;
mod topic_config;
mod topic_name;
mod topics;

pub use crate::{
    api_ranges::{ApiRanges, UnknownRelease},
    broker::Broker,
    config::BrokerConfig,
    topics::TopicInfo,
};
