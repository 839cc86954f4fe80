//! The zigzag varints inside batches of format 2, with fast paths for the short ones.

use super::RecordError;

const BAD: RecordError = RecordError::Malformed("a varint that is cut short or too long");

/// A place in a slice that records are read from.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cursor<'a> {
    pub(super) bytes: &'a [u8],
    pub(super) at: usize,
}

impl<'a> Cursor<'a> {
    #[inline]
    pub(super) fn new(bytes: &'a [u8], at: usize) -> Self {
        Self { bytes, at }
    }

    /// Reads a signed 32-bit varint.
    #[inline]
    pub(super) fn varint(&mut self) -> Result<i32, RecordError> {
        match self.bytes.get(self.at) {
            Some(&first) if first < 0x80 => {
                self.at += 1;
                Ok(zigzag32(u32::from(first)))
            }
            _ => self.long_varint(),
        }
    }

    /// Two bytes hold lengths up to 8191: nearly all that are left.
    #[inline]
    fn long_varint(&mut self) -> Result<i32, RecordError> {
        match self.bytes.get(self.at..self.at + 2) {
            Some(&[first, second]) if second < 0x80 => {
                self.at += 2;
                Ok(zigzag32(u32::from(first & 0x7f) | u32::from(second) << 7))
            }
            _ => {
                let wide = self.unsigned(5)?;
                u32::try_from(wide).map(zigzag32).map_err(|_| BAD)
            }
        }
    }

    /// Reads a signed 64-bit varint.
    #[inline]
    pub(super) fn varlong(&mut self) -> Result<i64, RecordError> {
        match self.bytes.get(self.at) {
            Some(&first) if first < 0x80 => {
                self.at += 1;
                Ok(zigzag64(u64::from(first)))
            }
            _ => self.unsigned(10).map(zigzag64),
        }
    }

    #[cold]
    fn unsigned(&mut self, longest: usize) -> Result<u64, RecordError> {
        let mut value = 0u64;
        for index in 0..longest {
            let byte = *self.bytes.get(self.at + index).ok_or(BAD)?;
            let bits = u64::from(byte & 0x7f);
            if index == 9 && bits > 1 {
                return Err(BAD);
            }
            value |= bits << (7 * index);
            if byte < 0x80 {
                self.at += index + 1;
                return Ok(value);
            }
        }
        Err(BAD)
    }
}

#[inline]
const fn zigzag32(raw: u32) -> i32 {
    (raw >> 1) as i32 ^ -((raw & 1) as i32)
}

#[inline]
const fn zigzag64(raw: u64) -> i64 {
    (raw >> 1) as i64 ^ -((raw & 1) as i64)
}

#[inline]
const fn unzigzag32(value: i32) -> u32 {
    (value << 1) as u32 ^ (value >> 31) as u32
}

#[inline]
const fn unzigzag64(value: i64) -> u64 {
    (value << 1) as u64 ^ (value >> 63) as u64
}

/// Bytes that `value` takes as a varint.
#[inline]
pub(super) const fn varint_size(value: i32) -> usize {
    let bits = 32 - (unzigzag32(value) | 1).leading_zeros() as usize;
    (bits * 9 + 64) / 64
}

/// Bytes that `value` takes as a varint.
#[inline]
pub(super) const fn varlong_size(value: i64) -> usize {
    let bits = 64 - (unzigzag64(value) | 1).leading_zeros() as usize;
    (bits * 9 + 64) / 64
}

/// Writes `value` at `at` and returns the place behind it. `into` must have room: see [`varint_size`].
#[inline]
pub(super) fn put_varint(into: &mut [u8], at: usize, value: i32) -> usize {
    put_unsigned(into, at, u64::from(unzigzag32(value)))
}

/// Writes `value` at `at` and returns the place behind it. `into` must have room: see [`varlong_size`].
#[inline]
pub(super) fn put_varlong(into: &mut [u8], at: usize, value: i64) -> usize {
    put_unsigned(into, at, unzigzag64(value))
}

#[inline]
fn put_unsigned(into: &mut [u8], mut at: usize, mut raw: u64) -> usize {
    while raw >= 0x80 {
        if let Some(byte) = into.get_mut(at) {
            *byte = raw as u8 | 0x80;
        }
        raw >>= 7;
        at += 1;
    }
    if let Some(byte) = into.get_mut(at) {
        *byte = raw as u8;
    }
    at + 1
}

#[cfg(test)]
mod tests {
    use super::*;

    fn encoded(value: i64) -> Vec<u8> {
        let mut bytes = [0; 10];
        let end = put_varlong(&mut bytes, 0, value);
        assert_eq!(end, varlong_size(value));
        bytes[..end].to_vec()
    }

    #[test]
    fn known_values() {
        let known: [(i64, &[u8]); 10] = [
            (0, &[0x00]),
            (-1, &[0x01]),
            (1, &[0x02]),
            (63, &[0x7e]),
            (-64, &[0x7f]),
            (64, &[0x80, 0x01]),
            (129, &[0x82, 0x02]),
            (-24772, &[0x87, 0x83, 0x03]),
            (49543, &[0x8e, 0x86, 0x06]),
            (123_456_789_101_112, &[0xf0, 0xe8, 0xf9, 0xe0, 0x90, 0x92, 0x38]),
        ];
        for (value, bytes) in known {
            assert_eq!(encoded(value), bytes);
            assert_eq!(Cursor::new(bytes, 0).varlong(), Ok(value));
            if let Ok(narrow) = i32::try_from(value) {
                assert_eq!(Cursor::new(bytes, 0).varint(), Ok(narrow));
            }
        }
    }

    #[test]
    fn every_width_comes_back() {
        for shift in 0..64 {
            for value in [1i64 << shift, (1i64 << shift).wrapping_sub(1), (-1i64) << shift] {
                let bytes = encoded(value);
                let mut cursor = Cursor::new(&bytes, 0);
                assert_eq!(cursor.varlong(), Ok(value));
                assert_eq!(cursor.at, bytes.len());
                let narrow = value as i32;
                let bytes = encoded(i64::from(narrow));
                assert_eq!(bytes.len(), varint_size(narrow));
                assert_eq!(Cursor::new(&bytes, 0).varint(), Ok(narrow));
            }
        }
    }

    #[test]
    fn cut_and_overlong_ones_are_refused() {
        for bytes in [&[][..], &[0x87, 0x87], &[0xff; 11], &[0xff, 0xff, 0xff, 0xff, 0x1f], &[0x80; 5]] {
            assert_eq!(Cursor::new(bytes, 0).varint(), Err(BAD), "{bytes:?}");
        }
        for bytes in [&[][..], &[0x87, 0x87], &[0xff; 11], &[0x80; 10]] {
            assert_eq!(Cursor::new(bytes, 0).varlong(), Err(BAD), "{bytes:?}");
        }
    }
}
