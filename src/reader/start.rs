use crate::{error::Error, protocol::list_offsets};

/// Where reading begins.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Start {
    /// At the first record that is still there.
    #[default]
    First,
    /// After the last record: only what is written from now on.
    Last,
    /// At an offset.
    Offset(i64),
    /// At the first record whose timestamp (milliseconds since 1970) is this or later; if there is
    /// none, after the last record.
    Time(i64),
}

impl From<i64> for Start {
    /// At an offset.
    fn from(offset: i64) -> Self {
        Self::Offset(offset)
    }
}

impl Start {
    /// What to ask ListOffsets for, unless the offset is known.
    pub(super) fn timestamp(self) -> Option<i64> {
        match self {
            Self::First => Some(list_offsets::EARLIEST),
            Self::Last => Some(list_offsets::LATEST),
            Self::Time(millis) => Some(millis.max(0)),
            Self::Offset(_) => None,
        }
    }

    /// Whether there can be such a place.
    pub(super) fn check(self) -> Result<(), Error> {
        match self {
            Self::Offset(offset @ ..0) => Err(Error::misuse(format!(
                "an offset must not be negative ({offset}): use Start::First or Start::Last"
            ))),
            _ => Ok(()),
        }
    }
}

/// What to do when the offset that is due is not (or no longer) in the log.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum OutOfRange {
    /// Tell the caller. Seek to go on.
    #[default]
    Error,
    /// Go on somewhere else. Where that is out of range too, the caller is told.
    Restart(Start),
}
