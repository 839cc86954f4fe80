use std::str::FromStr;

use ottla::Stop;

use crate::place::{self, Place};

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
        Ok(Self(match text {
            "end" => Stop::Last,
            place => match place::read(place, "no stop: write end")? {
                Place::Offset(offset) => Stop::Offset(offset),
                Place::Time(millis) => Stop::Time(millis),
            },
        }))
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
