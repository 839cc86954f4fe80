//! Decoded records: an index over the buffers they came in.

use std::fmt;

use bytes::Bytes;

use super::Header;
use super::header_iter::Headers;

/// Records of one partition, decoded and checked.
///
/// A slab: 32 bytes a record that point into shared buffers (the response itself, or what a batch decompressed to).
/// Nothing is allocated or copied per record. It keeps those buffers alive.
#[derive(Clone, Default)]
pub struct Records {
    chunks: Vec<Chunk>,
    entries: Vec<Entry>,
    buffer_bytes: usize,
}

/// A buffer, and the entries that point into it: those from the end of the chunk before up to `end`.
#[derive(Clone)]
struct Chunk {
    data: Bytes,
    base_offset: i64,
    end: usize,
}

/// Where a record lies in its chunk. −1 as a length is null; headers lie between the value's end and `end`.
#[derive(Clone, Copy)]
pub(super) struct Entry {
    pub(super) timestamp: i64,
    pub(super) offset_delta: u32,
    pub(super) key_at: u32,
    pub(super) key_len: i32,
    pub(super) value_at: u32,
    pub(super) value_len: i32,
    pub(super) end: u32,
}

/// A record that was read, borrowed from its [`Records`].
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct RecordRef<'a> {
    /// Offset in the partition.
    pub offset: i64,
    /// Time in ms since 1970, of its making or of its append as the topic is set; −1 for none (format 0).
    pub timestamp: i64,
    /// Key; `None` is null, which is not an empty one.
    pub key: Option<&'a [u8]>,
    /// Value; `None` is null.
    pub value: Option<&'a [u8]>,
    /// The encoded headers, their number first; empty for formats without.
    pub(super) encoded_headers: &'a [u8],
}

impl<'a> RecordRef<'a> {
    /// A record of no key, no timestamp and no headers.
    pub(super) const fn bare(offset: i64, value: Option<&'a [u8]>) -> Self {
        Self { offset, timestamp: -1, key: None, value, encoded_headers: &[] }
    }

    /// The headers, in order, repeated ones too: `(key, value)`.
    #[inline]
    pub fn headers(&self) -> Headers<'a> {
        Headers::new(self.encoded_headers)
    }
}

impl fmt::Debug for RecordRef<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RecordRef")
            .field("offset", &self.offset)
            .field("timestamp", &self.timestamp)
            .field("key", &self.key.map(<[u8]>::len))
            .field("value", &self.value.map(<[u8]>::len))
            .field("headers", &self.headers().len())
            .finish()
    }
}

/// A record that was read, on its own: slices of the shared buffers, not copies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnedRecord {
    /// Offset in the partition.
    pub offset: i64,
    /// Time in ms since 1970; −1 for none.
    pub timestamp: i64,
    /// Key; `None` is null.
    pub key: Option<Bytes>,
    /// Value; `None` is null.
    pub value: Option<Bytes>,
    /// Headers, in order. What is not UTF-8 in a key is replaced by `U+FFFD`, as in the Java client.
    pub headers: Vec<Header>,
}

impl Records {
    /// Number of records.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Bytes of the buffers that are kept alive.
    #[must_use]
    pub fn buffer_bytes(&self) -> usize {
        self.buffer_bytes
    }

    /// The records in order of their offsets.
    #[inline]
    pub fn iter(&self) -> Iter<'_> {
        Iter {
            entries: self.entries.iter(),
            chunks: self.chunks.iter(),
            data: &[],
            base_offset: 0,
            left: 0,
            end: 0,
        }
    }

    /// Record number `index`, counted from 0.
    #[must_use]
    #[inline]
    pub fn get(&self, index: usize) -> Option<RecordRef<'_>> {
        let entry = self.entries.get(index)?;
        let chunk = self.chunk_of(index)?;
        Some(entry.resolve(&chunk.data, chunk.base_offset))
    }

    /// Record number `index`, on its own.
    #[must_use]
    pub fn owned(&self, index: usize) -> Option<OwnedRecord> {
        let entry = self.entries.get(index)?;
        let chunk = self.chunk_of(index)?;
        let record = entry.resolve(&chunk.data, chunk.base_offset);
        let share = |slice: &[u8]| chunk.data.slice_ref(slice);
        let headers = record
            .headers()
            .map(|(key, value)| Header { key: String::from_utf8_lossy(key).into(), value: value.map(share) });
        Some(OwnedRecord {
            offset: record.offset,
            timestamp: record.timestamp,
            key: record.key.map(share),
            value: record.value.map(share),
            headers: headers.collect(),
        })
    }

    #[inline]
    fn chunk_of(&self, index: usize) -> Option<&Chunk> {
        match self.chunks.as_slice() {
            [only] => Some(only),
            chunks => chunks.get(chunks.partition_point(|chunk| chunk.end <= index)),
        }
    }

    /// The largest number of records that `bytes` more bytes could hold: what to reserve, whatever a header says.
    pub(super) fn reserve(&mut self, count: usize, bytes: usize) {
        // The smallest record: length, attributes, two deltas, two lengths, number of headers.
        self.entries.reserve(count.min(bytes / 7));
    }

    /// Begins a buffer that the entries pushed from here on point into.
    pub(super) fn begin_chunk(&mut self, data: &Bytes, base_offset: i64) {
        self.end_chunk();
        self.chunks.push(Chunk { data: data.clone(), base_offset, end: self.entries.len() });
        self.buffer_bytes = self.buffer_bytes.saturating_add(data.len());
    }

    #[inline]
    pub(super) fn push(&mut self, entry: Entry) {
        self.entries.push(entry);
    }

    /// Fixes the number of entries of the last chunk; drops the chunk if it has none.
    pub(super) fn end_chunk(&mut self) {
        let before = self
            .chunks
            .len()
            .checked_sub(2)
            .and_then(|index| self.chunks.get(index))
            .map_or(0, |chunk| chunk.end);
        match self.chunks.last_mut() {
            Some(last) if before == self.entries.len() => {
                self.buffer_bytes = self.buffer_bytes.saturating_sub(last.data.len());
                self.chunks.pop();
            }
            Some(last) => last.end = self.entries.len(),
            None => {}
        }
    }
}

impl fmt::Debug for Records {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Records").field("len", &self.len()).field("buffers", &self.chunks.len()).finish()
    }
}

impl Entry {
    #[inline]
    fn resolve<'a>(&self, data: &'a [u8], base_offset: i64) -> RecordRef<'a> {
        let value_end = self.value_at as usize + self.value_len.max(0) as usize;
        RecordRef {
            offset: base_offset.wrapping_add(i64::from(self.offset_delta)),
            timestamp: self.timestamp,
            key: nullable(data, self.key_at, self.key_len),
            value: nullable(data, self.value_at, self.value_len),
            encoded_headers: data.get(value_end..self.end as usize).unwrap_or_default(),
        }
    }
}

#[inline]
fn nullable(data: &[u8], at: u32, len: i32) -> Option<&[u8]> {
    let len = usize::try_from(len).ok()?;
    data.get(at as usize..at as usize + len)
}

/// Iterator over [`Records`].
#[derive(Clone)]
pub struct Iter<'a> {
    entries: std::slice::Iter<'a, Entry>,
    chunks: std::slice::Iter<'a, Chunk>,
    data: &'a [u8],
    base_offset: i64,
    /// Entries left in the current chunk.
    left: usize,
    /// Index of the first entry behind the current chunk.
    end: usize,
}

impl<'a> Iterator for Iter<'a> {
    type Item = RecordRef<'a>;

    #[inline]
    fn next(&mut self) -> Option<RecordRef<'a>> {
        let entry = self.entries.next()?;
        if self.left == 0 {
            let chunk = self.chunks.next()?;
            self.left = chunk.end - self.end;
            (self.data, self.base_offset, self.end) = (&chunk.data, chunk.base_offset, chunk.end);
        }
        self.left -= 1;
        Some(entry.resolve(self.data, self.base_offset))
    }

    #[inline]
    fn size_hint(&self) -> (usize, Option<usize>) {
        self.entries.size_hint()
    }
}

impl ExactSizeIterator for Iter<'_> {}

impl fmt::Debug for Iter<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Iter").field("left", &self.entries.len()).finish()
    }
}

impl<'a> IntoIterator for &'a Records {
    type Item = RecordRef<'a>;
    type IntoIter = Iter<'a>;

    fn into_iter(self) -> Iter<'a> {
        self.iter()
    }
}
