//! The npm package ottla: a Kafka client for the browser.
//!
//! These are the handles behind the package's face: what users see, and its documentation, is the
//! TypeScript in `ts/`, a file for each file here. Only `&self` methods are exported, and none keeps
//! a `RefCell` borrowed over an await: JavaScript may call while another call is pending.

mod client;
mod error;
mod packed;
mod reader;
mod topic;
mod writer;
