use std::time::Duration;

use jiff::SignedDuration;

/// Reads a duration such as `5s`, `1m30s` or `250ms`. Not zero.
pub(crate) fn read(text: &str) -> Result<Duration, String> {
    let wrong = || format!("{text:?} is no duration: write 250ms, 5s, 1m30s or 2h");
    let duration: SignedDuration = text.parse().map_err(|_| wrong())?;
    let duration = Duration::try_from(duration).map_err(|_| wrong())?;
    if duration.is_zero() { Err("it must be more than 0".to_owned()) } else { Ok(duration) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_units() {
        for (text, millis) in
            [("250ms", 250), ("5s", 5_000), ("1m30s", 90_000), ("1m 30s", 90_000), ("2h", 7_200_000)]
        {
            assert_eq!(read(text), Ok(Duration::from_millis(millis)), "{text}");
        }
    }

    #[test]
    fn refuses_what_is_no_duration() {
        for text in ["", "5", "s", "-5s", "0s", "5 bananas"] {
            assert!(read(text).is_err(), "{text}");
        }
    }
}
