use super::{Malformed, varint};
use bytes::Bytes;

/// Below this many bytes, copying a slice is cheaper than giving it a chunk of its own.
const SHARE_FROM: usize = 1024;

/// Writes values into bytes: one growing buffer, with large slices kept aside uncopied.
///
/// The methods never fail; a value that does not fit its length field makes
/// [`into_chunks`](Self::into_chunks) and [`into_frame`](Self::into_frame) fail instead.
#[derive(Debug, Default)]
pub struct Encoder {
    buffer: Vec<u8>,
    /// Slices to come before the buffer's byte at that position.
    shared: Vec<(usize, Bytes)>,
    shared_len: usize,
    failed: Option<Malformed>,
}

impl Encoder {
    /// An encoder without a length in front.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// An encoder that leaves room for a frame's 4-byte length, which `into_frame` fills in.
    #[must_use]
    pub fn framed() -> Self {
        let mut this = Self::new();
        this.buffer.reserve(512);
        this.put_i32(0);
        this
    }

    /// Bytes written so far, the room for the frame's length included.
    #[must_use]
    pub fn len(&self) -> usize {
        self.buffer.len() + self.shared_len
    }

    /// Whether nothing has been written yet.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Writes a byte that is 1 for true.
    pub fn put_bool(&mut self, value: bool) {
        self.buffer.push(value.into());
    }

    /// Writes 1 byte.
    pub fn put_i8(&mut self, value: i8) {
        self.put_slice(&value.to_be_bytes());
    }

    /// Writes 2 bytes.
    pub fn put_i16(&mut self, value: i16) {
        self.put_slice(&value.to_be_bytes());
    }

    /// Writes 2 bytes, unsigned (a port, for one).
    pub fn put_u16(&mut self, value: u16) {
        self.put_slice(&value.to_be_bytes());
    }

    /// Writes 4 bytes.
    pub fn put_i32(&mut self, value: i32) {
        self.put_slice(&value.to_be_bytes());
    }

    /// Writes 4 bytes, unsigned (a checksum, for one).
    pub fn put_u32(&mut self, value: u32) {
        self.put_slice(&value.to_be_bytes());
    }

    /// Writes 8 bytes.
    pub fn put_i64(&mut self, value: i64) {
        self.put_slice(&value.to_be_bytes());
    }

    /// Writes 8 bytes of IEEE 754.
    pub fn put_f64(&mut self, value: f64) {
        self.put_slice(&value.to_be_bytes());
    }

    /// Writes an unsigned varint of 1 to 5 bytes.
    pub fn put_uvarint(&mut self, value: u32) {
        self.put_uvarlong(value.into());
    }

    /// Writes an unsigned varint of 1 to 10 bytes.
    pub fn put_uvarlong(&mut self, value: u64) {
        let (bytes, used) = varint::encode(value);
        self.put_slice(bytes.get(..used).unwrap_or(&bytes));
    }

    /// Writes a zigzag varint of 1 to 5 bytes.
    pub fn put_varint(&mut self, value: i32) {
        self.put_uvarlong(varint::zigzag(value.into()));
    }

    /// Writes a zigzag varint of 1 to 10 bytes.
    pub fn put_varlong(&mut self, value: i64) {
        self.put_uvarlong(varint::zigzag(value));
    }

    /// Copies bytes as they are, without a length.
    pub fn put_slice(&mut self, bytes: &[u8]) {
        self.buffer.extend_from_slice(bytes);
    }

    /// Puts bytes as they are, without a length; a large slice becomes a chunk of its own, uncopied.
    pub fn put_shared(&mut self, bytes: Bytes) {
        if bytes.len() < SHARE_FROM {
            self.buffer.extend_from_slice(&bytes);
        } else {
            self.shared_len += bytes.len();
            self.shared.push((self.buffer.len(), bytes));
        }
    }

    /// Writes a string with its length: 2 bytes, or compact when `flexible`.
    pub fn put_str(&mut self, value: Option<&str>, flexible: bool) {
        if flexible {
            self.put_compact_len(value.map(str::len));
        } else {
            let len = value.map_or(Ok(-1), |text| i16::try_from(text.len()));
            let len = len.unwrap_or_else(|_| self.fail());
            self.put_i16(len);
        }
        self.put_slice(value.unwrap_or_default().as_bytes());
    }

    /// Writes bytes with their length: 4 bytes, or compact when `flexible`. Large ones are not copied.
    pub fn put_bytes(&mut self, value: Option<&Bytes>, flexible: bool) {
        self.put_count(value.map(Bytes::len), flexible);
        if let Some(bytes) = value {
            self.put_shared(bytes.clone());
        }
    }

    /// Writes the number of an array's elements, `None` for a null array: 4 bytes, or compact when `flexible`.
    pub fn put_count(&mut self, count: Option<usize>, flexible: bool) {
        if flexible {
            self.put_compact_len(count);
        } else {
            let count = count.map_or(Ok(-1), i32::try_from).unwrap_or_else(|_| self.fail());
            self.put_i32(count);
        }
    }

    /// Writes a tagged field (KIP-482): the tag, the size, and what `value` writes.
    pub fn put_tagged(&mut self, tag: u32, value: &dyn Fn(&mut Self)) {
        let mut inner = Self::new();
        value(&mut inner);
        self.put_uvarint(tag);
        let len = u32::try_from(inner.len()).unwrap_or_else(|_| self.fail());
        self.put_uvarint(len);
        self.failed = self.failed.or(inner.failed);
        for chunk in inner.chunks() {
            self.put_shared(chunk);
        }
    }

    /// Makes the encoding fail, for a message that has no such version or no such value.
    pub(crate) fn fail_with(&mut self, reason: Malformed) {
        self.failed = self.failed.or(Some(reason));
    }

    /// The bytes, in chunks that follow each other.
    ///
    /// # Errors
    /// [`Malformed::TooLong`] when a value did not fit its length field, [`Malformed::Version`] when
    /// a message was asked for in a version that it does not have.
    pub fn into_chunks(self) -> Result<Vec<Bytes>, Malformed> {
        match self.failed {
            Some(reason) => Err(reason),
            None => Ok(self.chunks()),
        }
    }

    /// The bytes of a frame begun with [`framed`](Self::framed), its length filled in.
    ///
    /// # Errors
    /// As [`into_chunks`](Self::into_chunks); [`Malformed::TooLong`] for a frame of 2 GiB and more too.
    pub fn into_frame(mut self) -> Result<Vec<Bytes>, Malformed> {
        let len = i32::try_from(self.len().saturating_sub(4)).map_err(|_| Malformed::TooLong)?;
        if let Some(room) = self.buffer.get_mut(..4) {
            room.copy_from_slice(&len.to_be_bytes());
        }
        self.into_chunks()
    }

    fn chunks(self) -> Vec<Bytes> {
        let mut rest = Bytes::from(self.buffer);
        let mut taken = 0;
        let mut chunks = Vec::with_capacity(2 * self.shared.len() + 1);
        for (position, bytes) in self.shared {
            let before = rest.split_to(position - taken);
            taken = position;
            if !before.is_empty() {
                chunks.push(before);
            }
            chunks.push(bytes);
        }
        if !rest.is_empty() {
            chunks.push(rest);
        }
        chunks
    }

    /// Length of a compact string, bytes or array: one more than it is, so that 0 is null.
    fn put_compact_len(&mut self, len: Option<usize>) {
        let len = match len {
            None => 0,
            // Kafka's own lengths are signed 32-bit, in compact form too.
            Some(len) => i32::try_from(len).map_or_else(|_| self.fail(), |len| len.unsigned_abs() + 1),
        };
        self.put_uvarint(len);
    }

    /// Notes that a length did not fit, and stands in for it.
    fn fail<T: Default>(&mut self) -> T {
        self.fail_with(Malformed::TooLong);
        T::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn large_slices_are_not_copied() {
        let records = Bytes::from(vec![7; 5000]);
        let mut out = Encoder::framed();
        out.put_i16(1);
        out.put_bytes(Some(&records), false);
        out.put_bytes(Some(&records), true);
        out.put_bytes(Some(&records.slice(..3)), true);
        let len = out.len();
        let chunks = out.into_frame().unwrap();
        assert_eq!(chunks.len(), 5);
        assert_eq!(chunks[1].as_ptr(), records.as_ptr());
        assert_eq!(chunks[3].as_ptr(), records.as_ptr());
        let frame = chunks.concat();
        assert_eq!(frame.len(), len);
        assert_eq!(frame[..4], i32::try_from(len - 4).unwrap().to_be_bytes());
        assert_eq!(frame[4..10], [0, 1, 0, 0, 0x13, 0x88]);
        assert_eq!(frame[len - 6..], [7, 7, 4, 7, 7, 7]);
    }

    #[test]
    fn what_does_not_fit_fails_at_the_end() {
        let long = "x".repeat(40_000);
        let mut out = Encoder::new();
        out.put_str(Some(&long), false);
        assert_eq!(out.into_chunks(), Err(Malformed::TooLong));

        let mut out = Encoder::new();
        out.put_tagged(0, &|inner| inner.put_str(Some(&long), false));
        assert_eq!(out.into_chunks(), Err(Malformed::TooLong));

        let mut out = Encoder::new();
        out.put_str(Some(&long), true);
        assert_eq!(out.into_chunks().unwrap().concat().len(), 40_003);
    }

    #[test]
    fn floats_are_big_endian() {
        let mut out = Encoder::new();
        out.put_f64(1.5);
        assert_eq!(out.into_chunks().unwrap().concat(), [0x3f, 0xf8, 0, 0, 0, 0, 0, 0]);
    }
}
