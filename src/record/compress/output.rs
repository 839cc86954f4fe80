//! Where decompressed bytes go: grows as needed, never beyond the limit.

use std::io::{self, Read, Write};

use super::Failure;

/// A buffer of at most `limit` bytes.
pub(super) struct Output {
    bytes: Vec<u8>,
    limit: usize,
    over: bool,
}

const SMALLEST: usize = 4096;

impl Output {
    /// With a guess at the final size; a wrong one costs time, not correctness.
    pub(super) fn new(guess: usize, limit: usize) -> Self {
        Self { bytes: Vec::with_capacity(guess.min(limit)), limit, over: false }
    }

    /// The bytes, unless there were too many.
    pub(super) fn finish(self) -> Vec<u8> {
        self.bytes
    }

    /// The failure behind an error that writing to this has caused.
    pub(super) fn failure(&self, error: impl std::fmt::Display) -> Failure {
        if self.over { Failure::TooLarge } else { Failure::broken(error) }
    }

    /// Makes room at once for `size` more bytes, as the input says, or for what is likely, if that is less.
    pub(super) fn expect(&mut self, size: usize, likely: usize) -> Result<(), Failure> {
        if size > self.left() {
            return Err(Failure::TooLarge);
        }
        self.grow(size.min(likely).min(self.left()))
    }

    /// Bytes up to the limit.
    pub(super) fn left(&self) -> usize {
        self.limit - self.bytes.len()
    }

    /// Bytes so far.
    pub(super) fn len(&self) -> usize {
        self.bytes.len()
    }

    /// What was written behind the first `len` bytes.
    pub(super) fn since(&self, len: usize) -> &[u8] {
        self.bytes.get(len..).unwrap_or_default()
    }

    /// Doubles, but to the limit at most; makes sure of `more` bytes.
    fn grow(&mut self, more: usize) -> Result<(), Failure> {
        let len = self.bytes.len();
        if more > self.limit - len {
            self.over = true;
            return Err(Failure::TooLarge);
        }
        if self.bytes.capacity() - len < more {
            let wanted = (self.bytes.capacity() * 2).max(len + more).max(SMALLEST).min(self.limit);
            self.bytes.reserve_exact(wanted - len);
        }
        Ok(())
    }

    /// Takes `reader` to its end.
    pub(super) fn read_to_end(&mut self, mut reader: impl Read) -> Result<(), Failure> {
        loop {
            let from = self.bytes.len();
            if from == self.bytes.capacity() {
                // Most often this is the end: look before growing.
                let mut probe = [0];
                match reader.read(&mut probe) {
                    Ok(0) => return Ok(()),
                    Ok(_) => self.grow(1)?,
                    Err(error) => return Err(Failure::broken(error)),
                }
                self.bytes.extend_from_slice(&probe);
                continue;
            }
            self.bytes.resize(self.bytes.capacity().min(self.limit), 0);
            let outcome = reader.read(self.bytes.get_mut(from..).unwrap_or_default());
            let read = *outcome.as_ref().unwrap_or(&0);
            self.bytes.truncate(from + read);
            match outcome {
                Ok(0) => return Ok(()),
                Ok(_) => {}
                Err(error) => return Err(Failure::broken(error)),
            }
        }
    }

    /// Appends `more` zeros and lends all bytes, to be decompressed into from the former end on.
    pub(super) fn extend(&mut self, more: usize) -> Result<&mut [u8], Failure> {
        self.grow(more)?;
        self.bytes.resize(self.bytes.len() + more, 0);
        Ok(&mut self.bytes)
    }

    /// Drops what was extended too far.
    pub(super) fn truncate(&mut self, len: usize) {
        self.bytes.truncate(len);
    }
}

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.grow(bytes.len()).map_err(|_| io::Error::other("too large"))?;
        self.bytes.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
