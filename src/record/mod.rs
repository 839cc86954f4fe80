//! Records as they travel: batches of format 2 (KIP-98), message sets of formats 0 and 1 (KIP-31, KIP-32), their codecs.
//!
//! Writing: [`BatchBuilder`] → [`SealedBatch`] → bytes. Reading: bytes → [`RecordSet`] → [`Records`] → [`RecordRef`].
//! Both ways work per batch; a record costs no allocation. [`BatchHeader`] and its kin are for who handles batches
//! without opening them: [`scan`] in a fetcher, [`BatchMut`], [`down_convert`] and [`up_convert`] in a broker.

mod batch_builder;
mod batch_decoder;
mod batch_header;
mod batch_mut;
mod compress;
mod compression;
mod convert;
mod crc;
mod error;
mod header_iter;
mod message_decoder;
mod message_encoder;
mod outgoing;
mod record_set;
mod records;
mod scan;
mod sealed_batch;
mod transaction;
mod user_data;
mod varint;

pub use batch_builder::BatchBuilder;
pub use batch_header::{BatchHeader, Batches, batches, check_crc};
pub use batch_mut::BatchMut;
pub use compression::{Compression, ParseCompressionError};
pub use convert::{down_convert, up_convert};
pub use error::RecordError;
pub use header_iter::Headers;
pub use outgoing::{Header, Record};
pub use record_set::{DecodeOptions, RecordSet};
pub use records::{Iter, OwnedRecord, RecordRef, Records};
pub use scan::{Scan, scan};
pub use sealed_batch::SealedBatch;
pub use transaction::ControlMarker;
pub use user_data::UserData;

#[cfg(test)]
#[cfg(all(feature = "gzip", feature = "snappy", feature = "lz4", feature = "zstd"))]
mod tests;
