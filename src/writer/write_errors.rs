use std::{error::Error as StdError, fmt};

use super::Delivered;
use crate::{error::Error, record::UserData};

/// The outcome of each message of a [`Writer::write`](crate::Writer::write), at least one of which
/// failed.
#[derive(Clone, Debug)]
pub struct WriteErrors {
    outcomes: Vec<Result<Delivered, Error>>,
    /// By message, in order.
    user_data: Vec<(usize, UserData)>,
}

impl WriteErrors {
    pub(super) fn sort(
        outcomes: Vec<Result<Delivered, Error>>,
        user_data: Vec<(usize, UserData)>,
    ) -> Result<Vec<Delivered>, Self> {
        if outcomes.iter().any(Result::is_err) {
            return Err(Self { outcomes, user_data });
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

    /// What the caller gave along with the message at that place, delivered or not.
    pub fn user_data(&self, message: usize) -> Option<&UserData> {
        let at = self.user_data.binary_search_by_key(&message, |(at, _)| *at).ok()?;
        self.user_data.get(at).map(|(_, data)| data)
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
        write!(f, "{} of {} messages were not delivered", self.count(), self.outcomes.len())?;
        match self.errors().next() {
            Some((at, _)) => write!(f, ", the first of them message {at} (counted from 0)"),
            None => Ok(()),
        }
    }
}

impl StdError for WriteErrors {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.first().map(|error| error as _)
    }
}
