//! Variable-length integers: seven bits a byte, least significant first; signed ones zigzag.

use super::Malformed;

/// The most bytes a varint of 64 bits takes.
pub const MAX_LEN: usize = 10;

/// Maps signed to unsigned so that small magnitudes stay small: 0, −1, 1, −2 become 0, 1, 2, 3.
#[inline]
#[must_use]
pub const fn zigzag(value: i64) -> u64 {
    ((value << 1) ^ (value >> 63)).cast_unsigned()
}

/// The inverse of [`zigzag`].
#[inline]
#[must_use]
pub const fn unzigzag(value: u64) -> i64 {
    (value >> 1).cast_signed() ^ -((value & 1).cast_signed())
}

/// How many bytes `value` takes, 1 to 10.
#[inline]
#[must_use]
pub const fn len(value: u64) -> usize {
    // 64 bits in groups of 7; `| 1` because zero takes a byte too.
    ((70 - (value | 1).leading_zeros()) / 7) as usize
}

/// The bytes of `value`, and how many of them count.
#[inline]
#[must_use]
pub fn encode(mut value: u64) -> ([u8; MAX_LEN], usize) {
    let mut bytes = [0; MAX_LEN];
    let mut used = 0;
    for byte in &mut bytes {
        used += 1;
        *byte = (value & 0x7f) as u8;
        value >>= 7;
        if value == 0 {
            break;
        }
        *byte |= 0x80;
    }
    (bytes, used)
}

/// Reads a varint from the front of `bytes`: the value, and how many bytes it took.
///
/// # Errors
/// [`Malformed::Truncated`] when the bytes end first, [`Malformed::Varint`] past 64 bits.
#[inline]
pub fn decode(bytes: &[u8]) -> Result<(u64, usize), Malformed> {
    let mut value = 0;
    for (index, &byte) in bytes.iter().take(MAX_LEN).enumerate() {
        value |= u64::from(byte & 0x7f) << (7 * index);
        if byte < 0x80 {
            // The tenth byte holds the one bit that is left of 64.
            let fits = index + 1 < MAX_LEN || byte <= 1;
            return if fits { Ok((value, index + 1)) } else { Err(Malformed::Varint) };
        }
    }
    Err(if bytes.len() < MAX_LEN { Malformed::Truncated } else { Malformed::Varint })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Hexadecimal of an encoding, for comparison with published vectors.
    fn hex(value: u64) -> String {
        let (bytes, used) = encode(value);
        bytes[..used].iter().map(|byte| format!("{byte:02x}")).collect()
    }

    #[test]
    fn signed_vectors() {
        for (value, expected) in [
            (0, "00"),
            (-1, "01"),
            (1, "02"),
            (-2, "03"),
            (2, "04"),
            (12, "18"),
            (63, "7e"),
            (-64, "7f"),
            (64, "8001"),
            (127, "fe01"),
            (128, "8002"),
            (129, "8202"),
            (-196, "8703"),
            (391, "8e06"),
            (-24772, "878303"),
            (12345, "f2c001"),
            (49543, "8e8606"),
            (123_456_789_101_112, "f0e8f9e0909238"),
        ] {
            assert_eq!(hex(zigzag(value)), expected, "{value}");
            assert_eq!(unzigzag(zigzag(value)), value);
        }
    }

    #[test]
    fn unsigned_vectors() {
        for (value, expected) in [
            (128, "8001"),
            (12345, "b960"),
            (123_456_789_101_112, "b8f4bcb088891c"),
            ((-64_i64).cast_unsigned(), "c0ffffffffffffffff01"),
        ] {
            assert_eq!(hex(value), expected, "{value}");
        }
    }

    #[test]
    fn every_width_survives() {
        for bits in 0..64 {
            for value in [(1_u64 << bits) - 1, 1 << bits, (1 << bits) + 1] {
                let (bytes, used) = encode(value);
                assert_eq!(used, len(value), "{value}");
                assert_eq!(decode(&bytes[..used]), Ok((value, used)));
                for cut in 0..used {
                    assert_eq!(decode(&bytes[..cut]), Err(Malformed::Truncated));
                }
            }
        }
        assert_eq!(len(u64::MAX), 10);
        assert_eq!((unzigzag(zigzag(i64::MIN)), unzigzag(zigzag(i64::MAX))), (i64::MIN, i64::MAX));
    }

    #[test]
    fn cut_and_overlong() {
        assert_eq!(decode(&[0x87, 0x87]), Err(Malformed::Truncated));
        assert_eq!(decode(&[0xff; 10]), Err(Malformed::Varint));
        assert_eq!(
            decode(&[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2]),
            Err(Malformed::Varint)
        );
    }
}
