//! Fuzz targets, each a plain function over bytes: it returns for any input, in bounded time and memory, or panics.
//!
//! They run as ordinary tests, over a corpus and a bounded number of random inputs; README.md tells how to run them
//! under cargo-fuzz.

mod batches;
mod codecs;
mod frames;
mod random;
mod records;

pub use batches::batches;
pub use codecs::codecs;
pub use frames::{decodes, frames};
pub use random::Random;
pub use records::records;

/// A target.
pub type Target = fn(&[u8]);
