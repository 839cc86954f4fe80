//! The suites of ottla, and what they share.

pub mod messages;
