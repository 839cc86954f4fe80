//! Real Kafka brokers, of any version from 0.10.1, started from their published jars on loopback.
//!
//! ```no_run
//! # fn main() -> std::io::Result<()> {
//! let mut kafka = ottla_kafka::KafkaCluster::start("4.3.0", 3)?;
//! println!("{}", kafka.bootstrap());
//! kafka.kill9(0)?;
//! kafka.restart(0)?;
//! # Ok(()) }
//! ```
//!
//! Needs `java` (17) and, for a version not yet fetched, `mvn`: `cargo xtask kafka` and `cargo xtask test`
//! install both. Jars are kept in `target/kafka/VERSION/`; data lives in `target/kafka-data/` and goes with
//! the cluster. Nothing outlives its owner: dropping the cluster kills its processes, and so does the death
//! of the process that started it, whatever its cause.

mod cluster;
mod jars;
#[cfg(feature = "peers")]
mod peers;
mod ports;
mod probe;
mod process;
mod properties;
mod tools;
mod version;

pub use cluster::{Config, KafkaCluster};
pub use jars::Jars;
#[cfg(feature = "peers")]
pub use peers::{Peer, PeerRecord};
pub use tools::ToolOutput;
pub use version::{Mode, Version};

use std::path::PathBuf;

/// The version to test against: the environment's `KAFKA_VERSION`, by default 4.3.0.
pub fn default_version() -> String {
    std::env::var("KAFKA_VERSION").ok().filter(|v| !v.is_empty()).unwrap_or_else(|| "4.3.0".to_owned())
}

/// The workspace's `target/`, or `CARGO_TARGET_DIR`.
pub fn target_dir() -> PathBuf {
    let workspace = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..");
    let target = match std::env::var_os("CARGO_TARGET_DIR") {
        Some(dir) => workspace.join(dir),
        None => workspace.join("target"),
    };
    std::fs::create_dir_all(&target).and_then(|()| target.canonicalize()).unwrap_or(target)
}
