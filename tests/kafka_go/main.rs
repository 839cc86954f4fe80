//! The counterparts of kafka-go's tests of its Writer and Reader, each named for the one that it answers, on the
//! broker in memory and on virtual time.
//!
//! README.md says where the counterpart of every test of kafka-go is, and `table` holds it to that.

#![expect(clippy::unwrap_used, reason = "a failed step is a failed test")]

mod errors;
mod reader;
mod records;
mod scene;
mod table;
mod writer;
