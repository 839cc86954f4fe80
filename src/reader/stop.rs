use super::Start;
use crate::protocol::list_offsets;

/// Where reading ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Stop {
    /// Before an offset. Where the partition does not reach that far, reading waits until it does.
    Offset(i64),
    /// Before the first record whose timestamp (milliseconds since 1970) is this or later, as the
    /// broker tells when reading begins; if there is none then, at the end as it is then. Records are
    /// not sorted by time: older ones may lie behind it.
    Time(i64),
    /// At the end as it is when reading begins. With [`read_committed`](super::ReaderBuilder::read_committed)
    /// that is before the first transaction that is open (KIP-98).
    Last,
}

/// Where reading one partition ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Bound {
    /// Nowhere.
    Never,
    /// To be looked up.
    Unresolved(Stop),
    /// Before an offset.
    At(i64),
}

impl Bound {
    pub(super) fn new(stop: Option<Stop>) -> Self {
        match stop {
            None => Self::Never,
            Some(Stop::Offset(offset)) => Self::At(offset),
            Some(stop) => Self::Unresolved(stop),
        }
    }

    /// The offset that is not to be read any more.
    pub(super) fn offset(self) -> i64 {
        match self {
            Self::At(offset) => offset,
            Self::Never | Self::Unresolved(_) => i64::MAX,
        }
    }

    /// What to ask ListOffsets for, if anything.
    pub(super) fn timestamp(self) -> Option<i64> {
        match self {
            Self::Unresolved(Stop::Time(millis)) => Start::Time(millis).timestamp(),
            Self::Unresolved(_) => Some(list_offsets::LATEST),
            Self::Never | Self::At(_) => None,
        }
    }
}
