//! Writers and Readers under faults on command: nothing acknowledged is lost, nothing is written twice, the
//! order of every partition holds, what is final is told with the broker's reason, and what is not is not told.
//!
//! `FAULTS_SEED=7` runs that one storm, `FAULTS_SEEDS=1000` as many. All clocks are virtual.

#![expect(clippy::unwrap_used, reason = "a failed step is a failed test")]

mod errors;
mod judge;
mod kinds;
mod scene;
mod storm;
