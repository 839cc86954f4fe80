//! The header of an encoded batch: read, and walked over.

use bytes::Bytes;

use super::{Compression, RecordError, crc};

/// The fixed part in front of a batch's records.
///
/// A message of formats 0 and 1 shows itself as a batch of one: `base_offset` is its own offset (for a compressed
/// wrapper: that of the *last* message inside), and what those formats do not have is −1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BatchHeader {
    /// Offset of the first record.
    pub base_offset: i64,
    /// Bytes after this field, that is all but the first 12.
    pub batch_length: i32,
    /// The leader's epoch when the batch was appended; −1 from a producer.
    pub leader_epoch: i32,
    /// The message format: 0, 1 or 2.
    pub magic: i8,
    /// CRC-32C over all from `attributes` on (formats 0 and 1: CRC-32 over all from `magic` on).
    pub crc: u32,
    /// Codec (bits 0–2), log append time (3), transactional (4), control (5).
    pub attributes: i16,
    /// Offset of the last record, counted from `base_offset`.
    pub last_offset_delta: i32,
    /// Timestamp the records count from, in ms.
    pub base_timestamp: i64,
    /// Largest timestamp in the batch, or the time of the append, in ms.
    pub max_timestamp: i64,
    /// Id of an idempotent producer, or −1.
    pub producer_id: i64,
    /// Epoch of that producer, or −1.
    pub producer_epoch: i16,
    /// Sequence number of the first record, or −1.
    pub base_sequence: i32,
    /// Number of records.
    pub count: i32,
}

pub(super) const LOG_APPEND_TIME: i16 = 1 << 3;
pub(super) const TRANSACTIONAL: i16 = 1 << 4;
pub(super) const CONTROL: i16 = 1 << 5;
/// Offset and length, the bytes that `batch_length` does not count.
pub(super) const PREFIX: usize = 12;
/// Where the magic byte is, in every format.
pub(super) const MAGIC_AT: usize = 16;
/// Where the bytes under the CRC-32C begin.
pub(super) const CRC_FROM: usize = 21;

impl BatchHeader {
    /// Bytes of a header of format 2.
    pub const SIZE: usize = 61;

    /// Reads the header of the batch that `bytes` begins with; `None` if the batch is not there as a whole.
    ///
    /// Nothing behind the header is looked at: see [`check_crc`] and [`RecordSet`](super::RecordSet).
    ///
    /// # Errors
    /// A negative or too small length, an unknown format.
    #[inline]
    pub fn parse(bytes: &[u8]) -> Result<Option<Self>, RecordError> {
        let Some(size) = batch_size(bytes)? else { return Ok(None) };
        let Some(batch) = bytes.get(..size) else { return Ok(None) };
        let magic = i8_at(batch, MAGIC_AT)?;
        match magic {
            2 => Self::parse_v2(batch).map(Some),
            0 | 1 => Self::parse_message(batch, magic).map(Some),
            other => Err(RecordError::UnsupportedMagic(other)),
        }
    }

    fn parse_v2(batch: &[u8]) -> Result<Self, RecordError> {
        let Some(head) = batch.first_chunk::<{ Self::SIZE }>() else {
            return Err(RecordError::Malformed("a batch shorter than its header"));
        };
        let header = Self {
            base_offset: i64_at(head, 0)?,
            batch_length: i32_at(head, 8)?,
            leader_epoch: i32_at(head, 12)?,
            magic: 2,
            crc: i32_at(head, 17)? as u32,
            attributes: i16_at(head, CRC_FROM)?,
            last_offset_delta: i32_at(head, 23)?,
            base_timestamp: i64_at(head, 27)?,
            max_timestamp: i64_at(head, 35)?,
            producer_id: i64_at(head, 43)?,
            producer_epoch: i16_at(head, 51)?,
            base_sequence: i32_at(head, 53)?,
            count: i32_at(head, 57)?,
        };
        if header.count < 0 {
            return Err(RecordError::Malformed("a negative number of records"));
        }
        if header.last_offset_delta < 0 {
            return Err(RecordError::Malformed("a last offset before the first"));
        }
        if header.base_offset.checked_add(1 << 32).is_none() {
            return Err(RecordError::Malformed("an offset beyond the last one"));
        }
        Ok(header)
    }

    fn parse_message(message: &[u8], magic: i8) -> Result<Self, RecordError> {
        if message.len() < if magic == 0 { 26 } else { 34 } {
            return Err(RecordError::Malformed("a message shorter than its header"));
        }
        let base_offset = i64_at(message, 0)?;
        if base_offset == i64::MAX {
            return Err(RecordError::Malformed("an offset beyond the last one"));
        }
        let timestamp = if magic == 0 { -1 } else { i64_at(message, 18)? };
        Ok(Self {
            base_offset,
            batch_length: i32_at(message, 8)?,
            leader_epoch: -1,
            magic,
            crc: i32_at(message, PREFIX)? as u32,
            attributes: i16::from(i8_at(message, 17)?) & if magic == 0 { 0b111 } else { 0b1111 },
            last_offset_delta: 0,
            base_timestamp: timestamp,
            max_timestamp: timestamp,
            producer_id: -1,
            producer_epoch: -1,
            base_sequence: -1,
            count: 1,
        })
    }

    /// Bytes of the whole batch, header included.
    #[must_use]
    pub const fn size(&self) -> usize {
        PREFIX + self.batch_length as usize
    }

    /// Offset of the last record.
    #[must_use]
    pub const fn last_offset(&self) -> i64 {
        self.base_offset.wrapping_add(self.last_offset_delta as i64)
    }

    /// Offset behind the last record.
    #[must_use]
    pub const fn next_offset(&self) -> i64 {
        self.last_offset().wrapping_add(1)
    }

    /// The codec of the records.
    ///
    /// # Errors
    /// A codec number that Kafka has not defined.
    pub const fn compression(&self) -> Result<Compression, RecordError> {
        Compression::from_attributes(self.attributes)
    }

    /// Whether `max_timestamp` is the time of the append, and holds for every record.
    #[must_use]
    pub const fn is_log_append_time(&self) -> bool {
        self.attributes & LOG_APPEND_TIME != 0
    }

    /// Whether the batch belongs to a transaction.
    #[must_use]
    pub const fn is_transactional(&self) -> bool {
        self.magic == 2 && self.attributes & TRANSACTIONAL != 0
    }

    /// Whether the batch holds a marker, not records of a user.
    #[must_use]
    pub const fn is_control(&self) -> bool {
        self.magic == 2 && self.attributes & CONTROL != 0
    }
}

/// Bytes of the batch that `bytes` begins with, as it says itself, if that much is there to tell.
///
/// # Errors
/// A length that no batch can have.
#[inline]
pub(super) fn batch_size(bytes: &[u8]) -> Result<Option<usize>, RecordError> {
    if bytes.len() < PREFIX {
        return Ok(None);
    }
    // The smallest message of format 0: crc, magic, attributes, two lengths.
    match i32_at(bytes, 8)? {
        length @ 14.. => Ok(Some(PREFIX + length as usize)),
        _ => Err(RecordError::Malformed("a batch length below the smallest possible")),
    }
}

/// Checks the CRC of one whole batch or message, of any format.
///
/// # Errors
/// [`RecordError::Crc`] if it does not match; what [`BatchHeader::parse`] refuses.
pub fn check_crc(batch: &[u8]) -> Result<(), RecordError> {
    match BatchHeader::parse(batch)? {
        Some(header) => header.check_crc(batch),
        None => Err(RecordError::Malformed("a batch that is cut short")),
    }
}

impl BatchHeader {
    /// Checks the CRC of the batch this header was read from.
    #[inline]
    pub(super) fn check_crc(&self, batch: &[u8]) -> Result<(), RecordError> {
        let under = |from| batch.get(from..self.size()).unwrap_or_default();
        let computed = match self.magic {
            2 => crc::crc32c(under(CRC_FROM)),
            _ => crc::crc32(under(MAGIC_AT)),
        };
        if computed == self.crc {
            return Ok(());
        }
        Err(RecordError::Crc { offset: self.base_offset, stored: self.crc, computed })
    }
}

/// Walks over the whole batches of `set`, and stops at a partial one.
///
/// # Errors
/// The iterator ends after the first batch whose header is malformed.
pub fn batches(set: &Bytes) -> Batches {
    Batches { rest: set.clone() }
}

/// Iterator over the batches of a record set, see [`batches`].
#[derive(Clone, Debug)]
pub struct Batches {
    rest: Bytes,
}

impl Batches {
    /// What was not walked over: nothing, or a partial batch at the end.
    #[must_use]
    pub fn rest(&self) -> &Bytes {
        &self.rest
    }
}

impl Iterator for Batches {
    type Item = Result<(BatchHeader, Bytes), RecordError>;

    fn next(&mut self) -> Option<Self::Item> {
        match BatchHeader::parse(&self.rest) {
            Ok(Some(header)) => Some(Ok((header, self.rest.split_to(header.size())))),
            Ok(None) => None,
            Err(error) => {
                self.rest = Bytes::new();
                Some(Err(error))
            }
        }
    }
}

const CUT: RecordError = RecordError::Malformed("a field that is cut short");

#[inline]
pub(super) fn i8_at(bytes: &[u8], at: usize) -> Result<i8, RecordError> {
    bytes.get(at).map(|byte| *byte as i8).ok_or(CUT)
}

#[inline]
pub(super) fn i16_at(bytes: &[u8], at: usize) -> Result<i16, RecordError> {
    bytes.get(at..).and_then(|rest| rest.first_chunk()).map(|field| i16::from_be_bytes(*field)).ok_or(CUT)
}

#[inline]
pub(super) fn i32_at(bytes: &[u8], at: usize) -> Result<i32, RecordError> {
    bytes.get(at..).and_then(|rest| rest.first_chunk()).map(|field| i32::from_be_bytes(*field)).ok_or(CUT)
}

#[inline]
pub(super) fn i64_at(bytes: &[u8], at: usize) -> Result<i64, RecordError> {
    bytes.get(at..).and_then(|rest| rest.first_chunk()).map(|field| i64::from_be_bytes(*field)).ok_or(CUT)
}
