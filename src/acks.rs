use std::fmt;

use crate::error::Error;

/// How many copies of a record must exist before it counts as delivered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Acks {
    /// The broker does not answer: a record counts as delivered once it was written to the
    /// connection, and may be lost.
    None,
    /// The leader's copy. The record is lost if the leader fails before the others copy it.
    One,
    /// Those of all replicas in sync.
    #[default]
    All,
}

impl Acks {
    pub(crate) fn wire(self) -> i16 {
        match self {
            Self::None => 0,
            Self::One => 1,
            Self::All => -1,
        }
    }
}

impl fmt::Display for Acks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::None => "none",
            Self::One => "one",
            Self::All => "all",
        })
    }
}

impl std::str::FromStr for Acks {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        match text {
            "none" | "0" => Ok(Self::None),
            "one" | "1" => Ok(Self::One),
            "all" | "-1" => Ok(Self::All),
            _ => Err(Error::misuse(format!("acks must be none, one or all, not {text:?}"))),
        }
    }
}
