//! The two checksums of Kafka.

use std::sync::OnceLock;

/// CRC-32C (Castagnoli), of batches of format 2.
#[inline]
pub(super) fn crc32c(bytes: &[u8]) -> u32 {
    // wasm has no instruction for it, and there the crate's tables would be a tenth of the package.
    if cfg!(target_pointer_width = "32") { in_software(bytes) } else { crc32c::crc32c(bytes) }
}

/// CRC-32 (IEEE), of messages of formats 0 and 1.
#[inline]
pub(super) fn crc32(bytes: &[u8]) -> u32 {
    crc32fast::hash(bytes)
}

/// Castagnoli's polynomial, its bits in reverse.
const POLYNOMIAL: u32 = 0x82f6_3b78;
/// How many bytes are taken at a time.
const WIDTH: usize = 16;

/// `[n][byte]`: what a byte comes to that n zero bytes follow.
type Tables = [[u32; 256]; WIDTH];

fn tables() -> Tables {
    let mut tables = [[0; 256]; WIDTH];
    let [first, ..] = &mut tables;
    for (entry, byte) in first.iter_mut().zip(0..) {
        *entry = (0..8).fold(byte, |crc, _| if crc & 1 == 0 { crc >> 1 } else { (crc >> 1) ^ POLYNOMIAL });
    }
    let first = *first;
    let mut before = first;
    for table in tables.iter_mut().skip(1) {
        for (entry, crc) in table.iter_mut().zip(before) {
            *entry = (crc >> 8) ^ at(&first, crc);
        }
        before = *table;
    }
    tables
}

#[inline]
fn at(table: &[u32; 256], crc: u32) -> u32 {
    // A byte is never out of range: the compiler sees it, too.
    table.get(usize::from(crc as u8)).copied().unwrap_or_default()
}

/// By slicing: sixteen bytes at a time, through tables that are made at the first use.
fn in_software(bytes: &[u8]) -> u32 {
    static TABLES: OnceLock<Box<Tables>> = OnceLock::new();
    let tables = TABLES.get_or_init(|| Box::new(tables()));
    let [first, ..] = &**tables;
    let (blocks, rest) = bytes.as_chunks::<WIDTH>();
    let mut crc = !0;
    for block in blocks {
        let mut block = *block;
        for (byte, before) in block.iter_mut().zip(u32::to_le_bytes(crc)) {
            *byte ^= before;
        }
        crc = block
            .iter()
            .zip(tables.iter().rev())
            .fold(0, |crc, (byte, table)| crc ^ at(table, (*byte).into()));
    }
    for byte in rest {
        crc = (crc >> 8) ^ at(first, crc ^ u32::from(*byte));
    }
    !crc
}

#[cfg(test)]
mod tests {
    #[test]
    fn check_values() {
        assert_eq!(super::crc32c(b"123456789"), 0xe306_9283);
        assert_eq!(super::crc32(b"123456789"), 0xcbf4_3926);
    }

    #[test]
    fn software_agrees_with_the_crate_at_every_length() {
        let bytes: Vec<u8> = (0..200_u32).map(|at| (at * at / 3) as u8).collect();
        for length in 0..bytes.len() {
            assert_eq!(super::in_software(&bytes[..length]), crc32c::crc32c(&bytes[..length]), "{length}");
        }
    }
}
