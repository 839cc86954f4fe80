use crate::wire::{
    Decoder, Encoder, Malformed,
    describe::Kind,
    field::{Field, Form},
};
use std::fmt;

/// The id of a topic, a replica's directory and the like; all zero means none.
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Uuid(pub [u8; 16]);

impl Uuid {
    /// The id of nothing.
    pub const ZERO: Self = Self([0; 16]);

    /// Whether this is the id of nothing.
    #[must_use]
    pub fn is_zero(self) -> bool {
        self == Self::ZERO
    }
}

/// As Kafka's own tools print it: base64url without padding, 22 characters.
impl fmt::Display for Uuid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const DIGITS: [char; 64] = {
            let mut digits = ['_'; 64];
            let mut index = 0;
            while index < 63 {
                let byte = index as u8;
                digits[index] = match byte {
                    0..26 => b'A' + byte,
                    26..52 => b'a' + byte - 26,
                    52..62 => b'0' + byte - 52,
                    _ => b'-',
                } as char;
                index += 1;
            }
            digits
        };
        let bits = u128::from_be_bytes(self.0);
        // 21 digits of 6 bits, and one of the 2 bits that are left.
        let digits = (0..21).map(|index| bits >> (122 - 6 * index)).chain([bits << 4]);
        for digit in digits {
            let digit = DIGITS.get((digit & 63) as usize).copied().unwrap_or('_');
            fmt::Write::write_char(f, digit)?;
        }
        Ok(())
    }
}

impl fmt::Debug for Uuid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Field for Uuid {
    const KIND: Kind = Kind::Scalar("uuid");
    const MIN: usize = 16;

    fn write(&self, out: &mut Encoder, _: Form) {
        out.put_slice(&self.0);
    }

    fn read(input: &mut Decoder, _: Form) -> Result<Self, Malformed> {
        let bytes = input.take(16)?;
        bytes.as_ref().try_into().map(Self).map_err(|_| Malformed::Truncated)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prints_as_base64url() {
        assert_eq!(Uuid::ZERO.to_string(), "AAAAAAAAAAAAAAAAAAAAAA");
        assert_eq!(Uuid([0xff; 16]).to_string(), "_____________________w");
        let bytes = std::array::from_fn(|index| 0xf0 + u8::try_from(index).unwrap());
        assert_eq!(Uuid(bytes).to_string(), "8PHy8_T19vf4-fr7_P3-_w");
        assert!(Uuid::ZERO.is_zero());
    }
}
