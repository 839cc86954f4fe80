use std::str::FromStr;

use jiff::Timestamp;
use ottla::Start;

/// Where to begin, as it is written on the command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct From(Start);

impl From {
    pub(super) fn start(self) -> Start {
        self.0
    }
}

impl FromStr for From {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let start = match text {
            "first" => Start::First,
            "last" => Start::Last,
            number if !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()) => {
                Start::Offset(number.parse().map_err(|_| format!("{number} is too large for an offset"))?)
            }
            time => {
                let wrong = |_| {
                    format!(
                        "{time:?} is no start: write first, last, an offset, or a time such as 2026-01-31T12:00:00Z"
                    )
                };
                Start::Time(time.parse::<Timestamp>().map_err(wrong)?.as_millisecond())
            }
        };
        Ok(Self(start))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_every_kind_of_start() {
        for (text, start) in [
            ("first", Start::First),
            ("last", Start::Last),
            ("0", Start::Offset(0)),
            ("9223372036854775807", Start::Offset(i64::MAX)),
            ("1970-01-01T00:00:01Z", Start::Time(1000)),
            ("1970-01-01T01:00:00.250+01:00", Start::Time(250)),
        ] {
            assert_eq!(text.parse(), Ok(From(start)), "{text}");
        }
    }

    #[test]
    fn refuses_the_rest() {
        for text in ["", "middle", "-1", "9223372036854775808", "2026-01-31", "2026-01-31T12:00:00"] {
            assert!(text.parse::<From>().is_err(), "{text}");
        }
    }
}
