//! Transactions as a reader sees them: control batches, and which batches were aborted.

use std::collections::HashSet;

use bytes::Bytes;

use super::batch_decoder::OpenBatch;
use super::batch_header::{self, PREFIX, i16_at};
use super::batch_mut;
use super::records::Records;
use super::varint::put_varint;
use super::{BatchHeader, RecordError};

/// How a transaction ended, as the marker in a control batch tells (KIP-98).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ControlMarker {
    /// The producer's batches before it count for nothing.
    Abort,
    /// They count.
    Commit,
}

impl ControlMarker {
    /// Reads the marker of a control batch; `None` for kinds that do not end a transaction.
    ///
    /// # Errors
    /// A batch that is damaged or is no control batch.
    pub fn parse(batch: &Bytes) -> Result<Option<Self>, RecordError> {
        match BatchHeader::parse(batch)? {
            Some(header) if header.is_control() => Self::inside(&header, &batch.slice(..header.size())),
            _ => Err(RecordError::Malformed("not a control batch")),
        }
    }

    fn inside(header: &BatchHeader, batch: &Bytes) -> Result<Option<Self>, RecordError> {
        let mut records = Records::default();
        // A marker is a few bytes long, and never compressed.
        OpenBatch::new(header, batch.clone(), 1 << 16)?.decode(i64::MIN, 1, &mut records, &mut 0)?;
        let key = records.get(0).and_then(|record| record.key);
        // Version, then kind.
        match i16_at(key.unwrap_or_default(), 2) {
            Ok(0) => Ok(Some(Self::Abort)),
            Ok(1) => Ok(Some(Self::Commit)),
            Ok(_) => Ok(None),
            Err(_) if records.is_empty() => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Encodes the control batch that a broker appends when a transaction ends.
    #[must_use]
    pub fn encode(self, producer_id: i64, producer_epoch: i16, timestamp: i64) -> Bytes {
        let kind = match self {
            Self::Abort => 0,
            Self::Commit => 1,
        };
        let mut batch = vec![0; BatchHeader::SIZE + 1];
        // Attributes and deltas, the key (version 0, kind), the value (version 0, coordinator epoch 0), no headers.
        batch.extend_from_slice(&[0, 0, 0, 8, 0, 0, 0, kind, 12, 0, 0, 0, 0, 0, 0, 0]);
        let length = (batch.len() - BatchHeader::SIZE - 1) as i32;
        put_varint(&mut batch, BatchHeader::SIZE, length);
        let header = BatchHeader {
            base_offset: 0,
            batch_length: (batch.len() - PREFIX) as i32,
            leader_epoch: -1,
            magic: 2,
            crc: 0,
            attributes: batch_header::CONTROL | batch_header::TRANSACTIONAL,
            last_offset_delta: 0,
            base_timestamp: timestamp,
            max_timestamp: timestamp,
            producer_id,
            producer_epoch,
            base_sequence: -1,
            count: 1,
        };
        batch_mut::write_header(&mut batch, &header);
        Bytes::from(batch)
    }
}

/// Tells, walking forward through a partition, which batches belong to aborted transactions.
#[derive(Debug, Default)]
pub(super) struct AbortedTransactions {
    /// `(first offset, producer id)`, the next one last.
    ahead: Vec<(i64, i64)>,
    open: HashSet<i64>,
}

impl AbortedTransactions {
    /// From the list in a Fetch response: `(producer id, first offset)`.
    pub(super) fn new(aborted: &[(i64, i64)]) -> Self {
        let mut ahead: Vec<_> = aborted.iter().map(|(producer, first)| (*first, *producer)).collect();
        crate::sorting::sort_by(&mut ahead, |a, b| b.cmp(a));
        Self { ahead, open: HashSet::new() }
    }

    /// Whether a batch, control batches included, is to be hidden from read-committed readers.
    pub(super) fn hides(&mut self, header: &BatchHeader, batch: &Bytes) -> Result<bool, RecordError> {
        while let Some((_, producer)) = self.ahead.pop_if(|(first, _)| *first <= header.last_offset()) {
            self.open.insert(producer);
        }
        if header.is_control() {
            if ControlMarker::inside(header, batch)? == Some(ControlMarker::Abort) {
                self.open.remove(&header.producer_id);
            }
            return Ok(true);
        }
        Ok(header.is_transactional() && self.open.contains(&header.producer_id))
    }
}
