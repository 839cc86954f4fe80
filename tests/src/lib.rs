//! The suites of ottla, and what they share.

pub mod cutting;
pub mod meddling;
pub mod messages;
