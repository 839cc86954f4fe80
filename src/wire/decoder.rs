use super::{Malformed, Str, varint};
use bytes::Bytes;

/// Reads values from bytes, sharing them with what it returns instead of copying.
#[derive(Clone, Debug)]
pub struct Decoder {
    bytes: Bytes,
    /// How many of them are read.
    at: usize,
}

impl Decoder {
    /// A decoder at the start of `bytes`.
    #[must_use]
    pub fn new(bytes: Bytes) -> Self {
        Self { bytes, at: 0 }
    }

    /// How many bytes are left.
    #[must_use]
    pub fn remaining(&self) -> usize {
        self.rest().len()
    }

    /// What is left.
    #[must_use]
    pub fn into_rest(mut self) -> Bytes {
        self.bytes.split_off(self.at.min(self.bytes.len()))
    }

    /// Checks that nothing is left.
    ///
    /// # Errors
    /// [`Malformed::Trailing`] when something is.
    pub fn finish(&self) -> Result<(), Malformed> {
        if self.rest().is_empty() { Ok(()) } else { Err(Malformed::Trailing) }
    }

    /// Reads a byte; anything but zero is true.
    ///
    /// # Errors
    /// [`Malformed::Truncated`] when it is not there.
    pub fn bool(&mut self) -> Result<bool, Malformed> {
        Ok(self.i8()? != 0)
    }

    /// Reads 1 byte.
    ///
    /// # Errors
    /// [`Malformed::Truncated`] when it is not there.
    pub fn i8(&mut self) -> Result<i8, Malformed> {
        self.array().map(i8::from_be_bytes)
    }

    /// Reads 2 bytes.
    ///
    /// # Errors
    /// [`Malformed::Truncated`] when they are not there.
    pub fn i16(&mut self) -> Result<i16, Malformed> {
        self.array().map(i16::from_be_bytes)
    }

    /// Reads 2 bytes, unsigned.
    ///
    /// # Errors
    /// [`Malformed::Truncated`] when they are not there.
    pub fn u16(&mut self) -> Result<u16, Malformed> {
        self.array().map(u16::from_be_bytes)
    }

    /// Reads 4 bytes.
    ///
    /// # Errors
    /// [`Malformed::Truncated`] when they are not there.
    pub fn i32(&mut self) -> Result<i32, Malformed> {
        self.array().map(i32::from_be_bytes)
    }

    /// Reads 4 bytes, unsigned.
    ///
    /// # Errors
    /// [`Malformed::Truncated`] when they are not there.
    pub fn u32(&mut self) -> Result<u32, Malformed> {
        self.array().map(u32::from_be_bytes)
    }

    /// Reads 8 bytes.
    ///
    /// # Errors
    /// [`Malformed::Truncated`] when they are not there.
    pub fn i64(&mut self) -> Result<i64, Malformed> {
        self.array().map(i64::from_be_bytes)
    }

    /// Reads 8 bytes of IEEE 754.
    ///
    /// # Errors
    /// [`Malformed::Truncated`] when they are not there.
    pub fn f64(&mut self) -> Result<f64, Malformed> {
        self.array().map(f64::from_be_bytes)
    }

    /// Reads an unsigned varint of at most 32 bits.
    ///
    /// # Errors
    /// [`Malformed::Truncated`] when it is cut, [`Malformed::Varint`] when it is wider.
    pub fn uvarint(&mut self) -> Result<u32, Malformed> {
        u32::try_from(self.uvarlong()?).map_err(|_| Malformed::Varint)
    }

    /// Reads an unsigned varint of at most 64 bits.
    ///
    /// # Errors
    /// [`Malformed::Truncated`] when it is cut, [`Malformed::Varint`] when it is wider.
    pub fn uvarlong(&mut self) -> Result<u64, Malformed> {
        let (value, used) = varint::decode(self.rest())?;
        self.at += used;
        Ok(value)
    }

    /// Reads a zigzag varint of at most 32 bits.
    ///
    /// # Errors
    /// [`Malformed::Truncated`] when it is cut, [`Malformed::Varint`] when it is wider.
    pub fn varint(&mut self) -> Result<i32, Malformed> {
        i32::try_from(self.varlong()?).map_err(|_| Malformed::Varint)
    }

    /// Reads a zigzag varint of at most 64 bits.
    ///
    /// # Errors
    /// [`Malformed::Truncated`] when it is cut, [`Malformed::Varint`] when it is wider.
    pub fn varlong(&mut self) -> Result<i64, Malformed> {
        self.uvarlong().map(varint::unzigzag)
    }

    /// Takes the next `len` bytes, shared with the input.
    ///
    /// # Errors
    /// [`Malformed::Truncated`] when there are fewer.
    pub fn take(&mut self, len: usize) -> Result<Bytes, Malformed> {
        let end = self.at + self.slice(len)?.len();
        let taken = self.bytes.slice(self.at..end);
        self.at = end;
        Ok(taken)
    }

    /// Reads a string, `None` for null: a 2-byte length, or a compact one when `flexible`.
    ///
    /// # Errors
    /// [`Malformed::Truncated`], [`Malformed::NegativeLength`], [`Malformed::Varint`] by its length,
    /// [`Malformed::Utf8`] by its text.
    pub fn str(&mut self, flexible: bool) -> Result<Option<Str>, Malformed> {
        let len = if flexible { self.compact_len()? } else { length(self.i16()?.into())? };
        let Some(len) = len else { return Ok(None) };
        let text = std::str::from_utf8(self.slice(len)?).map_err(|_| Malformed::Utf8)?;
        let text = Str::from(text);
        self.at += len;
        Ok(Some(text))
    }

    /// Reads bytes, `None` for null, shared with the input: a 4-byte length, or a compact one when `flexible`.
    ///
    /// # Errors
    /// [`Malformed::Truncated`], [`Malformed::NegativeLength`], [`Malformed::Varint`] by the length.
    pub fn bytes(&mut self, flexible: bool) -> Result<Option<Bytes>, Malformed> {
        let len = if flexible { self.compact_len()? } else { length(self.i32()?)? };
        len.map(|len| self.take(len)).transpose()
    }

    /// Reads the number of an array's elements, `None` for a null array: 4 bytes, or compact when
    /// `flexible`. The bytes that are left can hold that many elements of `min` bytes.
    ///
    /// # Errors
    /// [`Malformed::Count`] when they cannot, [`Malformed::Truncated`], [`Malformed::NegativeLength`],
    /// [`Malformed::Varint`] by the count itself.
    pub fn count(&mut self, flexible: bool, min: usize) -> Result<Option<usize>, Malformed> {
        let count = if flexible { self.compact_len()? } else { length(self.i32()?)? };
        match count {
            Some(count) if count > self.remaining() / min.max(1) => Err(Malformed::Count),
            count => Ok(count),
        }
    }

    /// Reads a tagged field (KIP-482): its tag, and a decoder over its value alone.
    ///
    /// # Errors
    /// [`Malformed::Truncated`] when it is cut, [`Malformed::Varint`] when tag or size are too wide.
    pub fn tagged(&mut self) -> Result<(u32, Self), Malformed> {
        let tag = self.uvarint()?;
        let size = self.uvarint()?;
        let value = self.take(usize::try_from(size).map_err(|_| Malformed::Truncated)?)?;
        Ok((tag, Self::new(value)))
    }

    /// Skips tagged fields (KIP-482), of which none is known.
    ///
    /// # Errors
    /// As [`tagged`](Self::tagged).
    pub fn skip_tagged(&mut self) -> Result<(), Malformed> {
        for _ in 0..self.uvarint()? {
            self.tagged()?;
        }
        Ok(())
    }

    fn rest(&self) -> &[u8] {
        self.bytes.get(self.at..).unwrap_or_default()
    }

    /// The next `len` bytes, not yet taken.
    fn slice(&self, len: usize) -> Result<&[u8], Malformed> {
        self.rest().get(..len).ok_or(Malformed::Truncated)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], Malformed> {
        let array = *self.rest().first_chunk().ok_or(Malformed::Truncated)?;
        self.at += N;
        Ok(array)
    }

    fn compact_len(&mut self) -> Result<Option<usize>, Malformed> {
        let len = self.uvarint()?;
        len.checked_sub(1).map(usize::try_from).transpose().map_err(|_| Malformed::Truncated)
    }
}

/// A classic length: −1 is null, and nothing else below zero is valid.
fn length(len: i32) -> Result<Option<usize>, Malformed> {
    if len == -1 { Ok(None) } else { usize::try_from(len).map(Some).map_err(|_| Malformed::NegativeLength) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn over(bytes: &'static [u8]) -> Decoder {
        Decoder::new(Bytes::from_static(bytes))
    }

    #[test]
    fn slices_share_the_frame() {
        let frame = Bytes::from(vec![0, 0, 0, 2, 5, 6, 7]);
        let mut input = Decoder::new(frame.clone());
        let bytes = input.bytes(false).unwrap().unwrap();
        assert_eq!(bytes, [5, 6][..]);
        assert_eq!(bytes.as_ptr(), frame[4..].as_ptr());
        assert_eq!((input.remaining(), input.finish()), (1, Err(Malformed::Trailing)));
    }

    #[test]
    fn null_and_empty_differ() {
        assert_eq!(over(&[0xff, 0xff]).str(false), Ok(None));
        assert_eq!(over(&[0, 0]).str(false), Ok(Some("".into())));
        assert_eq!(over(&[0]).str(true), Ok(None));
        assert_eq!(over(&[1]).str(true), Ok(Some("".into())));
        assert_eq!(over(&[0]).count(true, 1), Ok(None));
        assert_eq!(over(&[0xff, 0xff, 0xff, 0xff]).count(false, 1), Ok(None));
    }

    #[test]
    fn lengths_that_lie() {
        assert_eq!(over(&[0x7f, 0xff, 0xff, 0xff]).bytes(false), Err(Malformed::Truncated));
        assert_eq!(over(&[0xff, 0xff, 0xff, 0xfb]).bytes(false), Err(Malformed::NegativeLength));
        assert_eq!(over(&[0xff, 0xfb]).str(false), Err(Malformed::NegativeLength));
        assert_eq!(over(&[0xff, 0xff, 0xff, 0xff, 0x0f]).bytes(true), Err(Malformed::Truncated));
        assert_eq!(over(&[0xff, 0xff, 0xff, 0xff, 0x10]).bytes(true), Err(Malformed::Varint));
        assert_eq!(over(&[0x7f, 0xff, 0xff, 0xff, 1]).count(false, 1), Err(Malformed::Count));
        assert_eq!(over(&[0, 0, 0, 2, 1, 2, 3]).count(false, 2), Err(Malformed::Count));
        assert_eq!(over(&[0, 0, 0, 2, 1, 2, 3, 4]).count(false, 2), Ok(Some(2)));
        assert_eq!(over(&[2, 0xc3]).str(true), Err(Malformed::Utf8));
        assert_eq!(over(&[1, 0, 0]).skip_tagged(), Ok(()));
        assert_eq!(over(&[0xff, 0xff, 0xff, 0xff, 0x0f]).skip_tagged(), Err(Malformed::Truncated));
    }
}
