//! A gateway that carries Kafka connections from WebSockets to brokers: what a browser needs to reach
//! Kafka.
//!
//! It pumps bytes and rewrites none of them, so every version of every request passes. A client names
//! a cluster and a node id, never an address:
//!
//! - `/v1/{cluster}/bootstrap`: a connection to some broker of the cluster
//! - `/v1/{cluster}/broker/{node_id}`: a connection to that broker
//! - `/healthz`: 200, or 503 while the bridge is stopping
//!
//! The stream's bytes go in binary messages, cut anywhere. An empty one ends the client's half. A
//! failed handshake is an HTTP status with a sentence; what goes wrong later is a close code:
//!
//! | code | meaning |
//! |---|---|
//! | 1000 | the broker closed the connection |
//! | 1002, 1003, 1009 | not WebSocket, a text message, a message over the limit |
//! | 1008 | bytes after the client had ended its half |
//! | 1012 | the bridge is stopping: connect again |
//! | 4408 | the connection lay idle |
//! | 4502 | the connection to the broker broke |
//!
//! ```no_run
//! # async fn run() -> Result<(), Box<dyn std::error::Error>> {
//! use ottla_bridge::Bridge;
//!
//! let bridge = Bridge::builder()
//!     .cluster("local", "127.0.0.1:9092")
//!     .allow_origin("https://dashboard.example.com")
//!     .build()?;
//! let listener = tokio::net::TcpListener::bind("127.0.0.1:8080").await?;
//! bridge.serve(listener, std::future::pending()).await?;
//! # Ok(()) }
//! ```

mod bridge;
mod builder;
mod cluster;
mod ending;
mod handshake;
mod limits;
mod nodes;
mod origin;
mod pump;
mod refusal;
mod serve;

pub use crate::{
    bridge::Bridge,
    builder::{BridgeBuilder, InvalidBridge},
    limits::Limits,
};
