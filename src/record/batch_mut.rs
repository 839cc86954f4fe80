//! The header of an encoded batch, written and changed in place.

use super::batch_header::{CRC_FROM, LOG_APPEND_TIME, MAGIC_AT, TRANSACTIONAL, i16_at};
use super::{BatchHeader, RecordError, crc};

/// An encoded batch of format 2 whose header can be changed in place: what a broker does when it appends.
#[derive(Debug)]
pub struct BatchMut<'a> {
    batch: &'a mut [u8],
}

impl<'a> BatchMut<'a> {
    /// Takes the batch that `bytes` begins with.
    ///
    /// # Errors
    /// A partial or malformed batch, or one of another format.
    pub fn new(bytes: &'a mut [u8]) -> Result<Self, RecordError> {
        match BatchHeader::parse(bytes)? {
            Some(header) if header.magic == 2 => match bytes.get_mut(..header.size()) {
                Some(batch) => Ok(Self { batch }),
                None => Err(RecordError::Malformed("a batch that is cut short")),
            },
            Some(header) => Err(RecordError::UnsupportedMagic(header.magic)),
            None => Err(RecordError::Malformed("a batch that is cut short")),
        }
    }

    /// Sets the offset of the first record. Not under the CRC.
    pub fn set_base_offset(&mut self, offset: i64) {
        put(self.batch, 0, &offset.to_be_bytes());
    }

    /// Sets the leader's epoch. Not under the CRC.
    pub fn set_leader_epoch(&mut self, epoch: i32) {
        put(self.batch, 12, &epoch.to_be_bytes());
    }

    /// Makes `timestamp` (ms) the time of every record, and sets the CRC.
    pub fn set_log_append_time(&mut self, timestamp: i64) {
        let attributes = i16_at(self.batch, CRC_FROM).unwrap_or_default() | LOG_APPEND_TIME;
        put(self.batch, CRC_FROM, &attributes.to_be_bytes());
        put(self.batch, 35, &timestamp.to_be_bytes());
        set_crc(self.batch);
    }

    /// Sets the producer's id, epoch and first sequence number, and the CRC.
    pub fn set_producer(&mut self, id: i64, epoch: i16, base_sequence: i32) {
        put(self.batch, 43, &id.to_be_bytes());
        put(self.batch, 51, &epoch.to_be_bytes());
        put(self.batch, 53, &base_sequence.to_be_bytes());
        set_crc(self.batch);
    }

    /// Makes the batch part of a transaction, and sets the CRC.
    pub fn set_transactional(&mut self) {
        let attributes = i16_at(self.batch, CRC_FROM).unwrap_or_default() | TRANSACTIONAL;
        put(self.batch, CRC_FROM, &attributes.to_be_bytes());
        set_crc(self.batch);
    }
}

/// Fills in the header of a batch of format 2 whose first 61 bytes were left free; the CRC too.
pub(super) fn write_header(batch: &mut [u8], header: &BatchHeader) {
    put(batch, 0, &header.base_offset.to_be_bytes());
    put(batch, 8, &header.batch_length.to_be_bytes());
    put(batch, 12, &header.leader_epoch.to_be_bytes());
    put(batch, MAGIC_AT, &[2]);
    put(batch, CRC_FROM, &header.attributes.to_be_bytes());
    put(batch, 23, &header.last_offset_delta.to_be_bytes());
    put(batch, 27, &header.base_timestamp.to_be_bytes());
    put(batch, 35, &header.max_timestamp.to_be_bytes());
    put(batch, 43, &header.producer_id.to_be_bytes());
    put(batch, 51, &header.producer_epoch.to_be_bytes());
    put(batch, 53, &header.base_sequence.to_be_bytes());
    put(batch, 57, &header.count.to_be_bytes());
    set_crc(batch);
}

fn set_crc(batch: &mut [u8]) {
    let crc = crc::crc32c(batch.get(CRC_FROM..).unwrap_or_default());
    put(batch, 17, &crc.to_be_bytes());
}

fn put(batch: &mut [u8], at: usize, field: &[u8]) {
    if let Some(place) = batch.get_mut(at..at + field.len()) {
        place.copy_from_slice(field);
    }
}
