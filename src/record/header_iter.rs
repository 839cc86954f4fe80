//! The headers of a record that was read.

use std::iter::FusedIterator;

use super::RecordError;
use super::varint::Cursor;

/// Iterator over the headers of a [`RecordRef`](super::RecordRef): `(key, value)`, where a null value is `None`.
///
/// Keys are UTF-8 by the protocol, but brokers do not check that: they come as bytes.
#[derive(Clone, Debug)]
pub struct Headers<'a> {
    cursor: Cursor<'a>,
    left: usize,
}

impl<'a> Headers<'a> {
    /// Over encoded headers, their number first, that [`check_headers`] has seen.
    #[inline]
    pub(super) fn new(encoded: &'a [u8]) -> Self {
        let mut cursor = Cursor::new(encoded, 0);
        let left = if encoded.is_empty() { 0 } else { cursor.varint().unwrap_or(0).max(0) as usize };
        Self { cursor, left }
    }
}

impl<'a> Iterator for Headers<'a> {
    type Item = (&'a [u8], Option<&'a [u8]>);

    fn next(&mut self) -> Option<Self::Item> {
        self.left = self.left.checked_sub(1)?;
        let key = self.cursor.nullable().ok()??;
        let value = self.cursor.nullable().ok()?;
        Some((key, value))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.left, Some(self.left))
    }
}

impl ExactSizeIterator for Headers<'_> {}
impl FusedIterator for Headers<'_> {}

/// Walks over the headers at `cursor`, to the last byte of which they must reach.
pub(super) fn check_headers(cursor: &mut Cursor<'_>, count: i32) -> Result<(), RecordError> {
    let left = cursor.bytes.len() - cursor.at;
    match usize::try_from(count) {
        // Two lengths a header are the least.
        Ok(count) if count <= left / 2 => {}
        _ => return Err(RecordError::Malformed("a number of headers that the record cannot hold")),
    }
    for _ in 0..count {
        if cursor.nullable()?.is_none() {
            return Err(RecordError::Malformed("a header without a key"));
        }
        cursor.nullable()?;
    }
    Ok(())
}

impl<'a> Cursor<'a> {
    /// Reads a length and so many bytes; −1 is null.
    #[inline]
    fn nullable(&mut self) -> Result<Option<&'a [u8]>, RecordError> {
        let length = self.varint()?;
        if length == -1 {
            return Ok(None);
        }
        let end = usize::try_from(length).ok().and_then(|length| self.at.checked_add(length));
        let bytes = end.and_then(|end| self.bytes.get(self.at..end));
        let bytes = bytes.ok_or(RecordError::Malformed("a header longer than its record"))?;
        self.at += bytes.len();
        Ok(Some(bytes))
    }
}
