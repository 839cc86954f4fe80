use std::{error::Error as StdError, fmt};

use super::Delivered;
use crate::error::Error;

/// The outcome of each message of a [`Writer::write`](crate::Writer::write), at least one of which
/// failed.
#[derive(Clone, Debug)]
pub struct WriteErrors {
    outcomes: Vec<Result<Delivered, Error>>,
}

impl WriteErrors {
    pub(super) fn sort(outcomes: Vec<Result<Delivered, Error>>) -> Result<Vec<Delivered>, Self> {
        if outcomes.iter().any(Result::is_err) {
            return Err(Self { outcomes });
        }
        Ok(outcomes.into_iter().filter_map(Result::ok).collect())
    }

    /// The outcomes, in the order of the messages.
    pub fn outcomes(&self) -> &[Result<Delivered, Error>] {
        &self.outcomes
    }

    /// The errors, each with the place of its message.
    pub fn errors(&self) -> impl Iterator<Item = (usize, &Error)> {
        self.outcomes.iter().enumerate().filter_map(|(at, outcome)| Some((at, outcome.as_ref().err()?)))
    }

    /// How many messages failed.
    pub fn count(&self) -> usize {
        self.errors().count()
    }

    /// The first error.
    pub fn first(&self) -> Option<&Error> {
        self.errors().next().map(|(_, error)| error)
    }
}

impl fmt::Display for WriteErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of {} messages were not delivered", self.count(), self.outcomes.len())
    }
}

impl StdError for WriteErrors {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.first().map(|error| error as _)
    }
}
