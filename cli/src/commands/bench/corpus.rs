//! What is written: 10 000 values that look like the lines of a log, the same as other clients are measured with.

use std::fmt::Write;

const COUNT: u32 = 10_000;

const WORDS: [&str; 10] = [
    "order",
    "invoice",
    "shipped",
    "pending",
    "customer",
    "warehouse",
    "retry",
    "timeout",
    "accepted",
    "session",
];

/// Every value of a size.
pub(super) fn values(size: usize) -> Vec<Vec<u8>> {
    (0..COUNT).map(|number| payload(number, size)).collect()
}

/// One value: a JSON object, filled up to its size with words that a linear congruence picks.
fn payload(number: u32, size: usize) -> Vec<u8> {
    let text_size = size.saturating_sub(2);
    let mut text = String::with_capacity(size + 64);
    let user = u64::from(number) * 7919 % 100_003;
    // Writing to a String cannot fail.
    let _ = write!(text, r#"{{"id":{number},"level":"info","user":"u{user}","msg":""#);
    let mut state = number.wrapping_mul(2_654_435_761).wrapping_add(12_345);
    while text.len() < text_size {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        text.push_str(WORDS[(state >> 16) as usize % WORDS.len()]);
        text.push(' ');
    }
    text.truncate(text_size);
    text.push_str("\"}");
    text.into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_json_of_the_size() {
        for size in [100, 1000] {
            for value in values(size).iter().step_by(997) {
                assert_eq!(value.len(), size);
                serde_json::from_slice::<serde_json::Value>(value).unwrap();
            }
        }
    }

    #[test]
    fn tiny_values_have_their_size_too() {
        assert!(values(10).iter().all(|value| value.len() == 10));
    }

    #[test]
    fn it_is_the_corpus_of_the_peers() {
        // As the program that measures franz-go prints them.
        for (number, value) in [
            (
                0,
                r#"{"id":0,"level":"info","user":"u0","msg":"timeout customer retry session session order accepted re"}"#,
            ),
            (
                9_999,
                r#"{"id":9999,"level":"info","user":"u79708","msg":"session retry pending invoice accepted session or"}"#,
            ),
        ] {
            assert_eq!(String::from_utf8(payload(number, 100)).unwrap(), value);
        }
    }
}
