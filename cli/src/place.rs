//! Places in partitions as they are written on the command line.

use jiff::Timestamp;

/// A place that is written as a number or as a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    Offset(i64),
    /// In milliseconds since 1970.
    Time(i64),
}

/// Reads an offset, or a time as in RFC 3339. `wrong` says what may be written in its place.
pub(crate) fn read(text: &str, wrong: &str) -> Result<Place, String> {
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        return text.parse().map(Place::Offset).map_err(|_| format!("{text} is too large for an offset"));
    }
    let time: Timestamp = text
        .parse()
        .map_err(|_| format!("{text:?} is {wrong}, an offset, or a time such as 2026-01-31T12:00:00Z"))?;
    Ok(Place::Time(time.as_millisecond()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_offsets_and_times() {
        for (text, place) in [
            ("0", Place::Offset(0)),
            ("9223372036854775807", Place::Offset(i64::MAX)),
            ("1970-01-01T00:00:01Z", Place::Time(1000)),
            ("1970-01-01T01:00:00.250+01:00", Place::Time(250)),
        ] {
            assert_eq!(read(text, "no place: write"), Ok(place), "{text}");
        }
    }

    #[test]
    fn refuses_the_rest() {
        for text in ["", "middle", "-1", "9223372036854775808", "2026-01-31", "2026-01-31T12:00:00"] {
            assert!(read(text, "no place: write").is_err(), "{text}");
        }
    }
}
