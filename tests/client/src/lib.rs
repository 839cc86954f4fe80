//! What the client must do on every cluster: each case takes one, whether embedded or real, reached
//! over TCP, in process or as wasm.
//!
//! [`each_case`] makes a test of every case.

#![expect(clippy::unwrap_used, reason = "a failed step is a failed test")]

pub mod cases;
mod cluster;
mod each_case;
mod steps;

pub use crate::cluster::{Cluster, Disturb, Release};
