use std::io::{self, BufWriter, StdoutLock, Write};

use anyhow::{Context, Result};
use serde::Serialize;

use crate::ending::StdoutClosed;

/// stdout, for data. Its errors say whether there is still somebody to write to.
pub(crate) struct Output(BufWriter<StdoutLock<'static>>);

impl Output {
    pub(crate) fn new() -> Self {
        Self(BufWriter::with_capacity(64 << 10, io::stdout().lock()))
    }

    /// Writes bytes and ends the line.
    pub(crate) fn line(&mut self, bytes: &[u8]) -> Result<()> {
        check(self.0.write_all(bytes).and_then(|()| self.0.write_all(b"\n")))
    }

    /// Writes a value as JSON, on one line.
    pub(crate) fn json(&mut self, value: &impl Serialize) -> Result<()> {
        check(serde_json::to_writer(&mut self.0, value).map_err(io::Error::from))?;
        check(self.0.write_all(b"\n"))
    }

    pub(crate) fn flush(&mut self) -> Result<()> {
        check(self.0.flush())
    }
}

fn check(outcome: io::Result<()>) -> Result<()> {
    match outcome {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Err(StdoutClosed.into()),
        outcome => outcome.context("writing to stdout failed"),
    }
}
