//! The two checksums of Kafka.

use std::sync::OnceLock;

/// wasm has no instruction for either, and there the crates' tables would be a tenth of the package.
const IN_SOFTWARE: bool = cfg!(target_pointer_width = "32");

/// CRC-32C (Castagnoli), of batches of format 2.
#[inline]
pub(super) fn crc32c(bytes: &[u8]) -> u32 {
    if IN_SOFTWARE { sliced(&CASTAGNOLI, 0x82f6_3b78, bytes) } else { crc32c::crc32c(bytes) }
}

/// CRC-32 (IEEE), of messages of formats 0 and 1, and of gzip.
#[inline]
pub(super) fn crc32(bytes: &[u8]) -> u32 {
    if IN_SOFTWARE { sliced(&IEEE, 0xedb8_8320, bytes) } else { crc32fast::hash(bytes) }
}

/// How many bytes are taken at a time.
const WIDTH: usize = 16;

/// `[n][byte]`: what a byte comes to that n zero bytes follow.
type Tables = Box<[[u32; 256]; WIDTH]>;

static CASTAGNOLI: OnceLock<Tables> = OnceLock::new();
static IEEE: OnceLock<Tables> = OnceLock::new();

/// For a polynomial, its bits in reverse.
fn tables(polynomial: u32) -> Tables {
    let mut tables = Box::new([[0; 256]; WIDTH]);
    let mut first = [0; 256];
    for (entry, byte) in first.iter_mut().zip(0..) {
        *entry = (0..8).fold(byte, |crc, _| if crc & 1 == 0 { crc >> 1 } else { (crc >> 1) ^ polynomial });
    }
    let mut before = first;
    for table in tables.iter_mut() {
        *table = before;
        for crc in &mut before {
            *crc = (*crc >> 8) ^ at(&first, *crc);
        }
    }
    tables
}

#[inline]
fn at(table: &[u32; 256], crc: u32) -> u32 {
    // A byte is never out of range: the compiler sees it, too.
    table.get(usize::from(crc as u8)).copied().unwrap_or_default()
}

/// By slicing: sixteen bytes at a time, through tables that are made at the first use.
fn sliced(made: &OnceLock<Tables>, polynomial: u32, bytes: &[u8]) -> u32 {
    let tables = made.get_or_init(|| tables(polynomial));
    let [first, ..] = &**tables;
    let (blocks, rest) = bytes.as_chunks::<WIDTH>();
    let mut crc = !0;
    for block in blocks {
        let mut block = *block;
        for (byte, before) in block.iter_mut().zip(u32::to_le_bytes(crc)) {
            *byte ^= before;
        }
        let parts = block.iter().zip(tables.iter().rev());
        crc = parts.fold(0, |crc, (byte, table)| crc ^ at(table, u32::from(*byte)));
    }
    for byte in rest {
        crc = (crc >> 8) ^ at(first, crc ^ u32::from(*byte));
    }
    !crc
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn check_values() {
        assert_eq!(super::crc32c(b"123456789"), 0xe306_9283);
        assert_eq!(super::crc32(b"123456789"), 0xcbf4_3926);
    }

    #[test]
    fn software_agrees_with_the_crates_at_every_length() {
        let bytes: Vec<u8> = (0..200_u32).map(|at| (at * at / 3) as u8).collect();
        for length in 0..bytes.len() {
            let some = &bytes[..length];
            assert_eq!(sliced(&CASTAGNOLI, 0x82f6_3b78, some), crc32c::crc32c(some), "{length}");
            assert_eq!(sliced(&IEEE, 0xedb8_8320, some), crc32fast::hash(some), "{length}");
        }
    }
}
