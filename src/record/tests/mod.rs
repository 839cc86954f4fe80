//! Records there and back, in every format with every codec, and what happens to bad ones.

mod bad_input;
mod conversion;
mod fixtures;
mod round_trip;
mod sealing;
mod transactions;

use bytes::Bytes;

use super::*;

const LIMIT: usize = 1 << 20;

/// A small generator of numbers that only depends on its seed (xorshift64*).
struct Random(u64);

impl Random {
    fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }

    /// Null, empty, or compressible text.
    fn field(&mut self, longest: u64) -> Option<Bytes> {
        let words = [&b"kafka "[..], b"ottla ", b"record ", b"\0\xff", b"batch "];
        match self.below(8) {
            0 => None,
            1 => Some(Bytes::new()),
            _ => {
                let length = self.below(longest) as usize;
                let mut field = Vec::new();
                while field.len() < length {
                    field.extend_from_slice(words[self.below(words.len() as u64) as usize]);
                }
                field.truncate(length);
                Some(field.into())
            }
        }
    }

    fn records(&mut self, count: usize, headers: bool) -> Vec<OwnedRecord> {
        let start = 1_700_000_000_000 + self.below(1 << 40) as i64;
        (0..count)
            .map(|index| OwnedRecord {
                offset: index as i64,
                timestamp: start + self.below(100_000) as i64 - 50_000,
                key: self.field(40),
                value: self.field(400),
                headers: if headers { self.headers() } else { Vec::new() },
            })
            .collect()
    }

    fn headers(&mut self) -> Vec<Header> {
        // Few names: keys repeat.
        (0..self.below(4))
            .map(|_| Header { key: format!("h{}", self.below(2)).into(), value: self.field(30) })
            .collect()
    }
}

fn batch_of(records: &[OwnedRecord]) -> SealedBatch {
    let mut batch = BatchBuilder::new(16);
    for record in records {
        let (key, value) = (record.key.as_deref(), record.value.as_deref());
        let expected = batch.len() + batch.size_with(key, value, &record.headers, record.timestamp);
        let index = batch.push(key, value, &record.headers, record.timestamp).unwrap();
        assert_eq!(batch.len(), expected);
        assert_eq!(index + 1, batch.count());
    }
    batch.seal()
}

fn options() -> DecodeOptions {
    DecodeOptions { max_decompressed_bytes: LIMIT, ..DecodeOptions::default() }
}

/// All records of `set`, decoded `step` at a time.
fn decode(set: &Bytes, step: usize, options: DecodeOptions) -> Result<Vec<OwnedRecord>, RecordError> {
    let mut decoder = RecordSet::new(set.clone(), options);
    let mut decoded = Vec::new();
    while let Some(records) = decoder.next_records(step)? {
        assert!(records.len() <= step);
        for (index, record) in records.iter().enumerate() {
            assert_eq!(records.get(index), Some(record));
            decoded.push(records.owned(index).unwrap());
        }
        assert_eq!(records.get(records.len()), None);
        assert!(decoder.next_offset() > decoded[decoded.len() - 1].offset);
    }
    Ok(decoded)
}
