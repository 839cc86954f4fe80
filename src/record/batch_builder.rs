//! The open batch: records are encoded straight into it.

use super::varint::{put_varint, put_varlong, varint_size, varlong_size};
use super::{BatchHeader, Header, RecordError, SealedBatch};

/// A batch of format 2 under construction.
///
/// A record is encoded once, into its final place; 61 bytes in front are left for the header. The buffer starts small
/// and doubles.
#[derive(Debug)]
pub struct BatchBuilder {
    buffer: Vec<u8>,
    count: u32,
    base_timestamp: i64,
    max_timestamp: i64,
}

/// Room for what stands before a key: length, attributes, the two deltas, the length of the key.
const PREFIX_ROOM: usize = 32;
/// Room for any one varint of 32 bits, and for two.
const VARINT_ROOM: usize = 8;
/// A batch's length is an i32.
const LARGEST: usize = i32::MAX as usize - BatchHeader::SIZE;

/// Sizes of a record, computed once.
#[derive(Clone, Copy)]
struct Measured {
    timestamp_delta: i64,
    body: usize,
    total: usize,
}

impl BatchBuilder {
    /// Opens a batch with room for `capacity` bytes of records; it grows beyond them.
    #[must_use]
    pub fn new(capacity: usize) -> Self {
        Self::recycled(Vec::with_capacity(BatchHeader::SIZE + capacity))
    }

    /// Opens a batch in a used buffer, see [`SealedBatch::recycle`]. What it held is lost.
    #[must_use]
    pub fn recycled(mut buffer: Vec<u8>) -> Self {
        buffer.clear();
        buffer.resize(BatchHeader::SIZE, 0);
        Self { buffer, count: 0, base_timestamp: 0, max_timestamp: i64::MIN }
    }

    /// Bytes that [`push`](Self::push) would add with this record.
    #[must_use]
    pub fn size_with(
        &self,
        key: Option<&[u8]>,
        value: Option<&[u8]>,
        headers: &[Header],
        timestamp: i64,
    ) -> usize {
        self.measure(key, value, headers, timestamp).total
    }

    /// Appends a record and returns its index in the batch. `timestamp` is in ms since 1970, −1 for none.
    ///
    /// # Errors
    /// [`RecordError::BatchFull`] beyond 2 GiB; the batch is as before.
    #[inline]
    pub fn push(
        &mut self,
        key: Option<&[u8]>,
        value: Option<&[u8]>,
        headers: &[Header],
        timestamp: i64,
    ) -> Result<u32, RecordError> {
        let measured = self.measure(key, value, headers, timestamp);
        self.write(measured, key, value, headers, timestamp)
    }

    /// Appends a record if the batch, header included, then has at most `limit` bytes; `None` if not.
    ///
    /// # Errors
    /// As [`push`](Self::push).
    #[inline]
    pub fn push_within(
        &mut self,
        limit: usize,
        key: Option<&[u8]>,
        value: Option<&[u8]>,
        headers: &[Header],
        timestamp: i64,
    ) -> Result<Option<u32>, RecordError> {
        let measured = self.measure(key, value, headers, timestamp);
        if self.buffer.len().saturating_add(measured.total) > limit {
            return Ok(None);
        }
        self.write(measured, key, value, headers, timestamp).map(Some)
    }

    #[inline]
    fn measure(
        &self,
        key: Option<&[u8]>,
        value: Option<&[u8]>,
        headers: &[Header],
        timestamp: i64,
    ) -> Measured {
        let timestamp_delta = if self.count == 0 { 0 } else { timestamp.wrapping_sub(self.base_timestamp) };
        let headers_size = if headers.is_empty() { 1 } else { headers_size(headers) };
        let body = 1
            + varlong_size(timestamp_delta)
            + varint_size(self.count as i32)
            + nullable_size(key)
            + nullable_size(value)
            + headers_size;
        Measured { timestamp_delta, body, total: body + varint_size(body as i32) }
    }

    #[inline]
    fn write(
        &mut self,
        measured: Measured,
        key: Option<&[u8]>,
        value: Option<&[u8]>,
        headers: &[Header],
        timestamp: i64,
    ) -> Result<u32, RecordError> {
        if measured.total > LARGEST - self.buffer.len() || self.count == i32::MAX as u32 {
            return Err(RecordError::BatchFull);
        }
        let index = self.count;
        self.buffer.reserve(measured.total + PREFIX_ROOM);
        let mut prefix = Fields::<PREFIX_ROOM>::begin(&mut self.buffer);
        prefix.varint(measured.body as i32);
        // Attributes, unused so far.
        prefix.at += 1;
        prefix.varlong(measured.timestamp_delta);
        prefix.varint(index as i32);
        prefix.varint(length(key));
        prefix.end();
        if let Some(key) = key {
            self.buffer.extend_from_slice(key);
        }
        append_length(&mut self.buffer, value);
        if let Some(value) = value {
            self.buffer.extend_from_slice(value);
        }
        if headers.is_empty() {
            self.buffer.push(0);
        } else {
            append_headers(&mut self.buffer, headers);
        }
        if index == 0 {
            self.base_timestamp = timestamp;
        }
        self.max_timestamp = self.max_timestamp.max(timestamp);
        self.count = index + 1;
        Ok(index)
    }

    /// Bytes so far, with the header's.
    #[must_use]
    pub fn len(&self) -> usize {
        self.buffer.len()
    }

    /// Whether it holds no record.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Number of records.
    #[must_use]
    pub fn count(&self) -> u32 {
        self.count
    }

    /// Largest timestamp so far, in ms; `None` without records.
    #[must_use]
    pub fn max_timestamp(&self) -> Option<i64> {
        (self.count > 0).then_some(self.max_timestamp)
    }

    /// Closes the batch: nothing is added from here on.
    #[must_use]
    pub fn seal(self) -> SealedBatch {
        let max_timestamp = if self.count == 0 { -1 } else { self.max_timestamp };
        SealedBatch::new(self.buffer, self.count, self.base_timestamp, max_timestamp)
    }
}

#[inline]
fn length(bytes: Option<&[u8]>) -> i32 {
    bytes.map_or(-1, |bytes| bytes.len() as i32)
}

#[inline]
fn nullable_size(bytes: Option<&[u8]>) -> usize {
    match bytes {
        // Longer ones are refused as a whole: any size above the largest will do.
        Some(bytes) if bytes.len() > LARGEST => LARGEST,
        Some(bytes) => varint_size(bytes.len() as i32) + bytes.len(),
        None => 1,
    }
}

fn headers_size(headers: &[Header]) -> usize {
    let sizes = headers
        .iter()
        .map(|header| nullable_size(Some(header.key.as_bytes())) + nullable_size(header.value.as_deref()));
    varint_size(headers.len() as i32) + sizes.sum::<usize>()
}

#[inline(never)]
fn append_headers(buffer: &mut Vec<u8>, headers: &[Header]) {
    let mut count = Fields::<VARINT_ROOM>::begin(buffer);
    count.varint(headers.len() as i32);
    count.end();
    for header in headers {
        let key = header.key.as_bytes();
        append_length(buffer, Some(key));
        buffer.extend_from_slice(key);
        append_length(buffer, header.value.as_deref());
        buffer.extend_from_slice(header.value.as_deref().unwrap_or_default());
    }
}

#[inline]
fn append_length(buffer: &mut Vec<u8>, bytes: Option<&[u8]>) {
    let mut field = Fields::<VARINT_ROOM>::begin(buffer);
    field.varint(length(bytes));
    field.end();
}

/// Small fields at the end of a buffer: `N` zeros are put there, overwritten in place, and cut to what was used.
///
/// A push a byte would look at the capacity each time; an array of their own, copied when full, would wait for its
/// bytes to be stored before they can be loaded as a whole.
struct Fields<'a, const N: usize> {
    buffer: &'a mut Vec<u8>,
    from: usize,
    at: usize,
}

impl<'a, const N: usize> Fields<'a, N> {
    #[inline]
    fn begin(buffer: &'a mut Vec<u8>) -> Self {
        let from = buffer.len();
        buffer.extend_from_slice(&[0; N]);
        Self { buffer, from, at: 0 }
    }

    #[inline]
    fn varint(&mut self, value: i32) {
        let place = self.buffer.get_mut(self.from..).unwrap_or_default();
        self.at = put_varint(place, self.at, value);
    }

    #[inline]
    fn varlong(&mut self, value: i64) {
        let place = self.buffer.get_mut(self.from..).unwrap_or_default();
        self.at = put_varlong(place, self.at, value);
    }

    #[inline]
    fn end(self) {
        self.buffer.truncate(self.from + self.at);
    }
}
