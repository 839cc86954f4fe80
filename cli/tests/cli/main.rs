//! The `ottla` binary as a script sees it: exit codes, stdout, stderr; against `ottla dev` on ports of its own.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on panics")]

mod bench;
mod bridge;
mod consume;
mod dev;
mod errors;
mod groups;
mod produce;
mod support;
mod topics;
mod usage;
