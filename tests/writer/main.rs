//! The Writer on the embedded broker, on virtual time: what it promises of each record, and what it tells.

#![expect(clippy::unwrap_used, reason = "a failed step is a failed test")]

mod closing;
mod formats;
mod outcomes;
mod recovery;
mod scene;
