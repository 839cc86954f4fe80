//! A cheap walk over the batch headers of a Fetch response: enough to fetch on before anything is decoded.

use bytes::Bytes;

use super::batch_header::batch_size;
use super::{BatchHeader, RecordError};

/// What a record set holds, by its batch headers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Scan {
    /// Offset behind the last whole batch; `None` if there is none. Where to fetch on from.
    pub next_offset: Option<i64>,
    /// Records in the whole batches; a compressed message of format 0 or 1 counts as one.
    pub records: u64,
    /// Bytes of the whole batches.
    pub bytes: usize,
    /// Bytes that the partial batch at the end would have as a whole, 0 if not even that is there; `None` without one.
    pub partial: Option<usize>,
}

impl Scan {
    /// Whether nothing but a partial batch is there: the fetch limit is below the size of one batch.
    #[must_use]
    pub fn is_only_partial(&self) -> bool {
        self.next_offset.is_none() && self.partial.is_some()
    }
}

/// Walks over the headers of `set`; checks no CRC, decompresses nothing.
///
/// # Errors
/// If the first batch's header is malformed. Before a later malformed one it stops, so that a reader first gets what is
/// good, then the error.
pub fn scan(set: &Bytes) -> Result<Scan, RecordError> {
    let mut scan = Scan::default();
    loop {
        let rest = set.get(scan.bytes..).unwrap_or_default();
        match BatchHeader::parse(rest) {
            Ok(Some(header)) => {
                scan.next_offset = scan.next_offset.max(Some(header.next_offset()));
                scan.records += header.count as u64;
                scan.bytes += header.size();
            }
            Ok(None) => {
                scan.partial = if rest.is_empty() { None } else { Some(batch_size(rest)?.unwrap_or(0)) };
                return Ok(scan);
            }
            Err(error) if scan.next_offset.is_none() => return Err(error),
            Err(_) => return Ok(scan),
        }
    }
}
