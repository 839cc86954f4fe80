use std::{
    io::{self, BufWriter, StdoutLock, Write},
    time::Duration,
};

use anyhow::{Context, Result};
use serde::Serialize;

use crate::ending::StdoutClosed;

/// How often to see whether stdout is still read. The system has no safe way to be told.
const LOOK_EVERY: Duration = Duration::from_millis(100);

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

/// Waits until nobody reads stdout any more, without writing to it: who has read enough need not wait for the next
/// record. Never, where the system cannot be asked.
pub(crate) async fn nobody_reads() {
    while !is_closed() {
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

#[cfg(unix)]
fn is_closed() -> bool {
    use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
    use std::os::fd::AsFd;
    let stdout = io::stdout();
    let mut asked = [PollFd::new(stdout.as_fd(), PollFlags::empty())];
    let closed = PollFlags::POLLERR | PollFlags::POLLHUP;
    poll(&mut asked, PollTimeout::ZERO).is_ok()
        && asked[0].revents().is_some_and(|events| events.intersects(closed))
}

#[cfg(not(unix))]
fn is_closed() -> bool {
    false
}

fn check(outcome: io::Result<()>) -> Result<()> {
    match outcome {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Err(StdoutClosed.into()),
        outcome => outcome.context("writing to stdout failed"),
    }
}
