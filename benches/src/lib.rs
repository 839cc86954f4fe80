//! What is measured: the same cases natively (criterion) and as wasm.

mod cases;
mod corpus;

pub use cases::{Case, cases};
pub use corpus::{log_line, log_text};
