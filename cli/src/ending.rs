//! How the program ends: what is said on stderr, and the exit code.

use std::{error::Error as StdError, fmt, io::Write, process::ExitCode};

const FAILED: u8 = 1;
pub(crate) const WRONG_USE: u8 = 2;

/// The command was used wrongly, in a way that shows only once it runs.
#[derive(Debug)]
pub(crate) struct Misuse(String);

impl Misuse {
    #[expect(clippy::new_ret_no_self, reason = "it is always wanted as an error")]
    pub(crate) fn new(what: impl Into<String>) -> anyhow::Error {
        anyhow::Error::new(Self(what.into()))
    }

    pub(crate) fn from_error(error: &dyn StdError) -> anyhow::Error {
        Self::new(error.to_string())
    }
}

impl fmt::Display for Misuse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl StdError for Misuse {}

/// Nobody reads stdout any more, as after `| head`: a reason to stop, and nothing to complain of.
#[derive(Debug)]
pub(crate) struct StdoutClosed;

impl fmt::Display for StdoutClosed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("stdout is closed")
    }
}

impl StdError for StdoutClosed {}

/// Says what went wrong, and turns it into an exit code.
pub(crate) fn report(outcome: anyhow::Result<()>) -> ExitCode {
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) if error.is::<StdoutClosed>() => ExitCode::SUCCESS,
        Err(error) => {
            say("error", &*error);
            ExitCode::from(if error.is::<Misuse>() { WRONG_USE } else { FAILED })
        }
    }
}

/// Writes an error on one line of stderr, and each of its causes on a line of its own below.
pub(crate) fn say(label: &str, error: &(dyn StdError + 'static)) {
    let mut lines = format!("{label}: {}\n", one_line(&error.to_string()));
    let mut cause = error.source();
    while let Some(error) = cause {
        lines.push_str(&format!("  caused by: {}\n", one_line(&error.to_string())));
        cause = error.source();
    }
    note(&lines);
}

/// Writes to stderr. Should it be closed, there is nobody to tell.
pub(crate) fn note(text: &str) {
    let _ = std::io::stderr().write_all(text.as_bytes());
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
