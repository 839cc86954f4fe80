use std::str::FromStr;

use jiff::Timestamp;
use ottla::Stop;

/// Where to stop, as it is written on the command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Until(Stop);

impl Until {
    /// At what is the end of the topic now.
    pub(super) const END: Self = Self(Stop::Last);

    pub(super) fn stop(self) -> Stop {
        self.0
    }

    /// How far records were read, for a sentence.
    pub(super) fn describe(self) -> &'static str {
        match self.0 {
            Stop::Last => "up to the end of the topic",
            _ => "up to where --until says",
        }
    }
}

impl FromStr for Until {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let stop = match text {
            "end" => Stop::Last,
            number if !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()) => {
                Stop::Offset(number.parse().map_err(|_| format!("{number} is too large for an offset"))?)
            }
            time => {
                let wrong = |_| {
                    format!(
                        "{time:?} is no stop: write end, an offset, or a time such as 2026-01-31T12:00:00Z"
                    )
                };
                Stop::Time(time.parse::<Timestamp>().map_err(wrong)?.as_millisecond())
            }
        };
        Ok(Self(stop))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_every_kind_of_stop() {
        for (text, stop) in [
            ("end", Stop::Last),
            ("0", Stop::Offset(0)),
            ("9223372036854775807", Stop::Offset(i64::MAX)),
            ("1970-01-01T00:00:01Z", Stop::Time(1000)),
        ] {
            assert_eq!(text.parse(), Ok(Until(stop)), "{text}");
        }
    }

    #[test]
    fn refuses_the_rest() {
        for text in ["", "last", "-1", "9223372036854775808", "2026-01-31"] {
            assert!(text.parse::<Until>().is_err(), "{text}");
        }
    }
}
