use std::str::FromStr;

use jiff::Timestamp;
use ottla::OffsetAt;

use crate::{
    duration,
    place::{self, Place},
};

/// Where a group is to go on, as it is written on the command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Target {
    Offset(i64),
    /// Where the broker says.
    At(OffsetAt),
}

impl FromStr for Target {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "first" => return Ok(Self::At(OffsetAt::First)),
            "last" => return Ok(Self::At(OffsetAt::Last)),
            _ => {}
        }
        // Not a negative number: that looks like a mistake.
        if let Some(Ok(ago)) = text.strip_prefix('-').map(duration::read) {
            let time = Timestamp::now().checked_sub(ago).map_err(|_| format!("{text} is too long ago"))?;
            return Ok(Self::At(OffsetAt::Time(time.as_millisecond())));
        }
        Ok(match place::read(text, "no place: write first, last, -1h30m for so long ago")? {
            Place::Offset(offset) => Self::Offset(offset),
            Place::Time(millis) => Self::At(OffsetAt::Time(millis)),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_every_kind_of_target() {
        for (text, target) in [
            ("first", Target::At(OffsetAt::First)),
            ("last", Target::At(OffsetAt::Last)),
            ("7", Target::Offset(7)),
            ("1970-01-01T00:00:01Z", Target::At(OffsetAt::Time(1000))),
        ] {
            assert_eq!(text.parse(), Ok(target), "{text}");
        }
    }

    #[test]
    fn a_duration_is_counted_back_from_now() {
        let before = Timestamp::now().as_millisecond() - 5_400_000;
        let Ok(Target::At(OffsetAt::Time(millis))) = "-1h30m".parse() else { panic!("no time") };
        let after = Timestamp::now().as_millisecond() - 5_400_000;
        assert!((before..=after).contains(&millis), "{before} {millis} {after}");
    }

    #[test]
    fn refuses_the_rest() {
        for text in ["", "-", "-1", "1h", "--1h", "end", "-9999999999999h"] {
            assert!(text.parse::<Target>().is_err(), "{text}");
        }
    }
}
