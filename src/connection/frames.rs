use std::io;

use bytes::{Bytes, BytesMut};
use ottla_transport::{ByteRx, DynRx};

/// Small responses are read many at a time into one buffer of this size; of a larger one, no more
/// than this is copied.
const SCRATCH: usize = 16 * 1024;

/// A frame gets so much room on the word of its length; beyond that, as much again as has come.
const ON_TRUST: usize = 4 << 20;

/// Cuts the stream of a connection into frames.
#[derive(Debug)]
pub(super) struct Frames {
    scratch: BytesMut,
    max_bytes: usize,
}

/// Why there is no next frame.
#[derive(Debug)]
pub(super) enum Ended {
    /// The peer ended the stream, in the middle of a frame or between two.
    Closed { mid_frame: bool },
    /// The stream broke.
    Io(io::Error),
    /// The length is none that a Kafka broker would send.
    NotKafka(Suspect),
    /// The frame is larger than the limit.
    TooLarge { length: usize },
}

/// What a peer seems to be, judged by its first bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Suspect {
    /// An HTTP server.
    Http,
    /// A listener that expects TLS: it answers with an alert record.
    Tls,
    /// Something else: the length is negative.
    Unknown,
}

impl Frames {
    pub(super) fn new(max_bytes: usize) -> Self {
        Self { scratch: BytesMut::with_capacity(SCRATCH), max_bytes }
    }

    /// The largest frame that is taken in.
    pub(super) fn max_bytes(&self) -> usize {
        self.max_bytes
    }

    /// Reads the next frame, without its length, into a buffer of its own size.
    pub(super) async fn next(&mut self, rx: &mut DynRx) -> Result<Bytes, Ended> {
        let length = loop {
            if let Some(prefix) = self.scratch.first_chunk::<4>() {
                break self.check(*prefix)?;
            }
            self.fill(rx).await?;
        };
        let whole = 4 + length;
        if whole <= SCRATCH {
            while self.scratch.len() < whole {
                self.fill(rx).await?;
            }
            return Ok(self.scratch.split_to(whole).freeze().slice(4..));
        }
        let already = self.scratch.len().min(whole);
        let mut frame = BytesMut::with_capacity(length.min(ON_TRUST));
        frame.extend_from_slice(self.scratch.get(4..already).unwrap_or_default());
        let _ = self.scratch.split_to(already);
        while frame.len() < length {
            if frame.len() == frame.capacity() {
                frame.reserve((length - frame.len()).min(frame.len()));
            }
            if rx.recv(&mut frame).await.map_err(Ended::Io)? == 0 {
                return Err(Ended::Closed { mid_frame: true });
            }
        }
        // An allocator may give more room than was asked for, and a transport may fill it.
        self.scratch.extend_from_slice(&frame.split_off(length));
        Ok(frame.freeze())
    }

    async fn fill(&mut self, rx: &mut DynRx) -> Result<(), Ended> {
        // Frames cut off earlier may still share the old buffer: then this takes a new one.
        self.scratch.reserve(SCRATCH - self.scratch.len().min(SCRATCH - 1));
        match rx.recv(&mut self.scratch).await.map_err(Ended::Io)? {
            0 => Err(Ended::Closed { mid_frame: !self.scratch.is_empty() }),
            _ => Ok(()),
        }
    }

    fn check(&self, prefix: [u8; 4]) -> Result<usize, Ended> {
        if &prefix == b"HTTP" {
            return Err(Ended::NotKafka(Suspect::Http));
        }
        // A TLS alert record: type 21, version 3.x.
        if prefix[0] == 0x15 && prefix[1] == 0x03 && prefix[2] <= 0x04 {
            return Err(Ended::NotKafka(Suspect::Tls));
        }
        let length =
            usize::try_from(i32::from_be_bytes(prefix)).map_err(|_| Ended::NotKafka(Suspect::Unknown))?;
        if length > self.max_bytes { Err(Ended::TooLarge { length }) } else { Ok(length) }
    }
}
