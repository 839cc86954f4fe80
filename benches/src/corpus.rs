//! Text to measure with: JSON log lines, about as compressible as real ones.

/// Log line number `index`, of `size` bytes exactly.
#[must_use]
pub fn log_line(index: u64, size: usize) -> Vec<u8> {
    const LEVELS: [&str; 4] = ["info", "warn", "debug", "error"];
    const ROUTES: [&str; 5] = ["/cart", "/checkout", "/orders/history", "/login", "/search"];
    let mixed = index.wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(29);
    let pick = |names: &[&'static str], shift: u32| -> &'static str {
        names.get(((mixed >> shift) % names.len() as u64) as usize).copied().unwrap_or_default()
    };
    let mut line = format!(
        r#"{{"ts":{},"level":"{}","user":{},"path":"{}","ms":{},"id":"{:016x}""#,
        1_700_000_000_000 + index * 13,
        pick(&LEVELS, 3),
        mixed % 5000,
        pick(&ROUTES, 17),
        (mixed >> 40) % 900,
        mixed,
    )
    .into_bytes();
    while line.len() + 2 < size {
        line.extend_from_slice(br#","note":"request served from the usual place""#);
    }
    line.resize(size.saturating_sub(1), b' ');
    line.push(b'}');
    line
}

/// Log lines put together to `size` bytes.
#[must_use]
pub fn log_text(size: usize) -> Vec<u8> {
    let mut text = Vec::with_capacity(size + 256);
    for index in 0.. {
        if text.len() >= size {
            break;
        }
        text.extend_from_slice(&log_line(index, 100 + index as usize % 100));
    }
    text.truncate(size);
    text
}
