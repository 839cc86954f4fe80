//! Random inputs that only depend on a seed.

/// A generator (xorshift64*), and what it makes of inputs.
#[derive(Clone, Debug)]
pub struct Random(u64);

/// Values that lengths and counts go wrong with.
const EXTREMES: [&[u8]; 9] = [
    &[0],
    &[0xff],
    &[0x7f, 0xff],
    &[0xff, 0xff, 0xff, 0xff],
    &[0x7f, 0xff, 0xff, 0xff],
    &[0x80, 0, 0, 0],
    &[0xff, 0xff, 0xff, 0xfb],
    &[0xff, 0xff, 0xff, 0xff, 0x0f],
    &[0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
];

impl Random {
    /// From a seed.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    /// Any number.
    pub fn number(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    /// A number below `end`, or 0.
    pub fn below(&mut self, end: usize) -> usize {
        (self.number() % (end.max(1) as u64)) as usize
    }

    /// Up to `longest` bytes, most of them small: as lengths and counts they often make sense.
    pub fn bytes(&mut self, longest: usize) -> Vec<u8> {
        let any = self.below(4) == 0;
        let length = self.below(longest + 1);
        (0..length).map(|_| if any { self.number() as u8 } else { self.small() }).collect()
    }

    fn small(&mut self) -> u8 {
        match self.below(8) {
            0..=3 => 0,
            4 => 1,
            5 => 2,
            6 => self.below(10) as u8,
            _ => self.number() as u8,
        }
    }

    /// Damages `input` in one to four places; `other` lends bytes.
    pub fn mutate(&mut self, input: &mut Vec<u8>, other: &[u8]) {
        for _ in 0..=self.below(4) {
            let at = self.below(input.len());
            match self.below(6) {
                0 => {
                    if let Some(byte) = input.get_mut(at) {
                        *byte ^= 1 << self.below(8);
                    }
                }
                1 => {
                    if let Some(byte) = input.get_mut(at) {
                        *byte = self.small();
                    }
                }
                2 => {
                    let extreme = EXTREMES.get(self.below(EXTREMES.len())).copied().unwrap_or_default();
                    let end = (at + extreme.len()).min(input.len());
                    input.splice(at..end, extreme.iter().copied());
                }
                3 => input.truncate(at),
                4 => {
                    let from = self.below(other.len());
                    let lent = other.get(from..(from + self.below(64)).min(other.len())).unwrap_or_default();
                    input.splice(at..at, lent.iter().copied());
                }
                _ => {
                    let end = (at + self.below(16)).min(input.len());
                    input.drain(at..end);
                }
            }
        }
    }
}
