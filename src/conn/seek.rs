use super::Conn;
use crate::{error::Error, protocol::ErrorCode};

/// What an offset given to [`Conn::seek`] is counted from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Whence {
    /// The partition's first offset, onwards.
    Start,
    /// Nothing: it is the offset itself.
    Absolute,
    /// The partition's last offset, backwards.
    End,
    /// Where the connection stands, onwards; a negative one goes back.
    Current,
}

/// Where a connection reads next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Position {
    /// At the partition's first offset, whichever it is when the first read comes.
    Start,
    /// At an offset.
    At(i64),
}

/// The offsets that a seek hangs on, where it does.
#[derive(Clone, Copy, Debug, Default)]
struct Base {
    first: i64,
    last: i64,
    current: i64,
}

impl Base {
    /// Where a seek goes.
    fn target(self, offset: i64, whence: Whence) -> Result<i64, Error> {
        let target = match whence {
            Whence::Start => self.first.checked_add(offset),
            Whence::Absolute => Some(offset),
            Whence::End => self.last.checked_sub(offset),
            Whence::Current => self.current.checked_add(offset),
        };
        target.filter(|target| *target >= 0).ok_or_else(|| {
            Error::misuse(format!(
                "seeking {offset} from {whence:?} would go before offset 0 or beyond the largest"
            ))
        })
    }

    /// Whether the target is there, or where the next record will be.
    fn check(self, target: i64) -> Result<(), Error> {
        if (self.first..=self.last).contains(&target) {
            return Ok(());
        }
        let doing = format!("seeking to offset {target} (the partition has {} to {})", self.first, self.last);
        Err(Error::broker(ErrorCode::OFFSET_OUT_OF_RANGE, &doing, None))
    }
}

impl Conn {
    /// Where the next read begins: an absolute offset, or 0 from [`Whence::Start`] before the first
    /// read or seek.
    pub fn offset(&self) -> (i64, Whence) {
        match self.position {
            Position::Start => (0, Whence::Start),
            Position::At(offset) => (offset, Whence::Absolute),
        }
    }

    /// Sets where the next read begins, and gives that as an absolute offset. It must be one that the
    /// partition has, or its last offset.
    ///
    /// # Errors
    /// [`ErrorCode::OFFSET_OUT_OF_RANGE`] when the partition does not have that offset, and
    /// [`ErrorKind::Misuse`](crate::ErrorKind::Misuse) when there is no such offset at all; or as
    /// [`Conn::read_first_offset`]. The connection then stands where it stood.
    ///
    /// # Cancel safety
    /// Safe: a dropped call has not moved the connection.
    pub async fn seek(&mut self, offset: i64, whence: Whence) -> Result<i64, Error> {
        let (first, last) = self.read_offsets().await?;
        let current = match self.position {
            Position::Start => first,
            Position::At(offset) => offset,
        };
        let base = Base { first, last, current };
        self.go(base, offset, whence, true)
    }

    /// [`Conn::seek`] without looking whether the partition has the offset: if it has not, the next
    /// read fails with [`ErrorCode::OFFSET_OUT_OF_RANGE`]. From [`Whence::Absolute`] it asks the
    /// broker nothing.
    ///
    /// # Errors
    /// As [`Conn::seek`], but for the first.
    ///
    /// # Cancel safety
    /// Safe: a dropped call has not moved the connection.
    pub async fn seek_unchecked(&mut self, offset: i64, whence: Whence) -> Result<i64, Error> {
        let mut base = Base::default();
        match whence {
            Whence::Start => base.first = self.read_first_offset().await?,
            Whence::End => base.last = self.read_last_offset().await?,
            Whence::Current => base.current = self.stand().await?,
            Whence::Absolute => {}
        }
        self.go(base, offset, whence, false)
    }

    fn go(&mut self, base: Base, offset: i64, whence: Whence, check: bool) -> Result<i64, Error> {
        let bound = self.bound()?;
        let target = base.target(offset, whence).map_err(|error| bound.about(error))?;
        if check {
            base.check(target).map_err(|error| bound.about(error))?;
        }
        if self.position != Position::At(target) {
            self.position = Position::At(target);
            self.fetched = None;
        }
        Ok(target)
    }

    /// Where the connection stands, as an absolute offset.
    pub(super) async fn stand(&mut self) -> Result<i64, Error> {
        match self.position {
            Position::At(offset) => Ok(offset),
            Position::Start => {
                let first = self.read_first_offset().await?;
                self.position = Position::At(first);
                Ok(first)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorKind;

    #[test]
    fn whence_is_what_an_offset_counts_from() {
        let base = Base { first: 100, last: 110, current: 105 };
        for (offset, whence, target) in [
            (0, Whence::Start, 100),
            (5, Whence::Start, 105),
            (0, Whence::End, 110),
            (3, Whence::End, 107),
            (-2, Whence::Current, 103),
            (3, Whence::Absolute, 3),
        ] {
            assert_eq!(base.target(offset, whence).unwrap(), target, "{offset} {whence:?}");
        }
    }

    #[test]
    fn only_what_the_partition_has_or_gets_next_is_in_range() {
        let base = Base { first: 100, last: 110, current: 105 };
        for target in [100, 110] {
            base.check(target).unwrap();
        }
        for target in [0, 99, 111, i64::MAX] {
            let error = base.check(target).unwrap_err();
            assert_eq!(error.code(), Some(ErrorCode::OFFSET_OUT_OF_RANGE));
            assert!(error.to_string().contains("has 100 to 110"), "{error}");
        }
    }

    #[test]
    fn impossible_offsets_are_misuse() {
        let base = Base { first: 1, last: 5, current: 1 };
        for (offset, whence) in [
            (-1, Whence::Absolute),
            (i64::MIN, Whence::End),
            (i64::MAX, Whence::Start),
            (i64::MAX, Whence::Current),
            (-2, Whence::Current),
        ] {
            assert_eq!(base.target(offset, whence).unwrap_err().kind(), ErrorKind::Misuse);
        }
    }
}
