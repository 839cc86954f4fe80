use std::str::FromStr;

use ottla::Start;

use crate::place::{self, Place};

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
        Ok(Self(match text {
            "first" => Start::First,
            "last" => Start::Last,
            place => match place::read(place, "no start: write first, last")? {
                Place::Offset(offset) => Start::Offset(offset),
                Place::Time(millis) => Start::Time(millis),
            },
        }))
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
            ("7", Start::Offset(7)),
            ("1970-01-01T00:00:01Z", Start::Time(1000)),
        ] {
            assert_eq!(text.parse(), Ok(From(start)), "{text}");
        }
        assert!("end".parse::<From>().is_err());
    }
}
