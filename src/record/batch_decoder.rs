//! The records of a batch of format 2, decoded a slice at a time.

use bytes::Bytes;

use super::header_iter::check_headers;
use super::records::{Entry, Records};
use super::varint::Cursor;
use super::{BatchHeader, Compression, RecordError};

/// A batch that is being read: header and CRC are checked, the records are decompressed.
#[derive(Debug)]
pub(super) struct OpenBatch {
    data: Bytes,
    at: usize,
    left: usize,
    base_offset: i64,
    base_timestamp: i64,
    append_time: Option<i64>,
    next_offset: i64,
}

impl OpenBatch {
    /// Checks and decompresses the batch that `header` was read from.
    pub(super) fn new(header: &BatchHeader, batch: Bytes, limit: usize) -> Result<Self, RecordError> {
        header.check_crc(&batch)?;
        Self::unchecked(header, batch, limit)
    }

    /// The same for a batch of our own, which may not have its CRC yet.
    pub(super) fn unchecked(header: &BatchHeader, batch: Bytes, limit: usize) -> Result<Self, RecordError> {
        let (data, at) = match header.compression()? {
            Compression::None => (batch, BatchHeader::SIZE),
            codec => {
                let packed = batch.get(BatchHeader::SIZE..).unwrap_or_default();
                (Bytes::from(codec.decompress_as(packed, limit, 2)?), 0)
            }
        };
        if data.len() > u32::MAX as usize {
            return Err(RecordError::TooLarge { limit: u32::MAX as usize });
        }
        Ok(Self {
            data,
            at,
            left: header.count as usize,
            base_offset: header.base_offset,
            base_timestamp: header.base_timestamp,
            append_time: header.is_log_append_time().then_some(header.max_timestamp),
            next_offset: header.next_offset(),
        })
    }

    /// Decodes up to `max` records into `records`, those below `from_offset` left out; `next` becomes the offset to go
    /// on from. With an error, what came before it has been decoded.
    pub(super) fn decode(
        &mut self,
        from_offset: i64,
        max: usize,
        records: &mut Records,
        next: &mut i64,
    ) -> Result<(), RecordError> {
        records.reserve(self.left.min(max), self.data.len() - self.at);
        records.begin_chunk(&self.data, self.base_offset);
        let outcome = self.decode_entries(from_offset, max, records, next);
        records.end_chunk();
        outcome
    }

    fn decode_entries(
        &mut self,
        from_offset: i64,
        max: usize,
        records: &mut Records,
        next: &mut i64,
    ) -> Result<(), RecordError> {
        let skipped = from_offset.saturating_sub(self.base_offset).max(0) as u64;
        let mut room = max;
        let mut last = 0;
        let mut outcome = Ok(());
        while room > 0 && self.left > 0 {
            let mut entry = match self.decode_entry() {
                Ok(entry) => entry,
                Err(error) => {
                    outcome = Err(error);
                    break;
                }
            };
            self.left -= 1;
            last = last.max(u64::from(entry.offset_delta) + 1);
            if u64::from(entry.offset_delta) < skipped {
                continue;
            }
            entry.timestamp = match self.append_time {
                Some(time) => time,
                None => self.base_timestamp.wrapping_add(entry.timestamp),
            };
            records.push(entry);
            room -= 1;
        }
        *next = (*next).max(self.base_offset + last as i64);
        if outcome.is_ok() && self.left == 0 {
            if self.at != self.data.len() {
                return Err(RecordError::Malformed("bytes behind the last record of a batch"));
            }
            *next = (*next).max(self.next_offset);
        }
        outcome
    }

    /// Decodes one record; its timestamp is still the delta.
    #[inline]
    fn decode_entry(&mut self) -> Result<Entry, RecordError> {
        let mut cursor = Cursor::new(&self.data, self.at);
        let length = cursor.varint()?;
        let end = usize::try_from(length).ok().and_then(|length| cursor.at.checked_add(length));
        let Some(record) = end.and_then(|end| self.data.get(..end)) else {
            return Err(RecordError::Malformed("a record longer than its batch"));
        };
        // Behind the length stands a byte of attributes, unused so far.
        let mut cursor = Cursor::new(record, cursor.at + 1);
        let timestamp = cursor.varlong()?;
        let offset_delta = u32::try_from(cursor.varint()?)
            .map_err(|_| RecordError::Malformed("a record before the base offset of its batch"))?;
        let (key_at, key_len) = skip_field(&mut cursor)?;
        let (value_at, value_len) = skip_field(&mut cursor)?;
        let headers = cursor.varint()?;
        if headers != 0 {
            check_headers(&mut cursor, headers)?;
        }
        if cursor.at != record.len() {
            return Err(RecordError::Malformed("a record whose length does not match its fields"));
        }
        self.at = cursor.at;
        Ok(Entry { timestamp, offset_delta, key_at, key_len, value_at, value_len, end: cursor.at as u32 })
    }

    /// Whether all records are decoded.
    pub(super) fn is_done(&self) -> bool {
        self.left == 0
    }
}

/// Skips a key or value; where it begins, and its length, −1 for null.
#[inline]
fn skip_field(cursor: &mut Cursor<'_>) -> Result<(u32, i32), RecordError> {
    let length = cursor.varint()?;
    let at = cursor.at;
    if length > 0 {
        cursor.at = at.saturating_add(length as usize);
        if cursor.at > cursor.bytes.len() {
            return Err(RecordError::Malformed("a field longer than its record"));
        }
    } else if length < -1 {
        return Err(RecordError::Malformed("a negative length"));
    }
    Ok((at as u32, length))
}
