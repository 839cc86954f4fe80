use std::{future::pending, io};

use bytes::{Bytes, BytesMut};
use ottla_transport::ByteRx;

/// Room asked for at a time. A frame's length never makes more be reserved than this or what has
/// come already, so that a length alone costs nothing.
const STEP: usize = 64 << 10;

/// Cuts a stream into requests.
pub(crate) struct Frames<R> {
    rx: R,
    buffer: BytesMut,
    max_bytes: usize,
    ended: bool,
}

impl<R: ByteRx> Frames<R> {
    pub(crate) fn new(rx: R, max_bytes: usize) -> Self {
        Self { rx, buffer: BytesMut::new(), max_bytes, ended: false }
    }

    /// The next request without its length, or `None` at the end of the stream.
    ///
    /// # Errors
    /// The stream broke, ended inside a request, or announced a length that is negative or too long.
    ///
    /// # Cancel safety
    /// Safe: what has come stays.
    pub(crate) async fn next(&mut self) -> io::Result<Option<Bytes>> {
        loop {
            let wanted = match self.buffer.first_chunk() {
                Some(length) => 4 + self.checked(i32::from_be_bytes(*length))?,
                None => 4,
            };
            if wanted > 4 && self.buffer.len() >= wanted {
                let mut frame = self.buffer.split_to(wanted).freeze();
                return Ok(Some(frame.split_off(4)));
            }
            if self.ended {
                return if self.buffer.is_empty() {
                    Ok(None)
                } else {
                    Err(io::ErrorKind::UnexpectedEof.into())
                };
            }
            let missing = wanted.saturating_sub(self.buffer.len());
            self.receive(missing.min(STEP.max(self.buffer.len()))).await?;
        }
    }

    /// Returns when the client has gone, for those who wait for something else meanwhile. Reads
    /// ahead a little, and no further.
    ///
    /// # Cancel safety
    /// Safe: what has come stays.
    pub(crate) async fn gone(&mut self) {
        while !self.ended {
            if self.buffer.len() >= STEP {
                return pending().await;
            }
            if self.receive(STEP).await.is_err() {
                self.ended = true;
            }
        }
    }

    /// Takes in all that still comes, for nothing, until the client has gone.
    ///
    /// # Cancel safety
    /// Safe.
    pub(crate) async fn thrown_away(&mut self) {
        while !self.ended {
            self.buffer.clear();
            if self.receive(STEP).await.is_err() {
                return;
            }
        }
    }

    fn checked(&self, length: i32) -> io::Result<usize> {
        usize::try_from(length).ok().filter(|length| (1..=self.max_bytes).contains(length)).ok_or_else(|| {
            let why = format!("a request of {length} bytes, where 1 to {} are taken", self.max_bytes);
            io::Error::new(io::ErrorKind::InvalidData, why)
        })
    }

    async fn receive(&mut self, room: usize) -> io::Result<()> {
        self.buffer.reserve(room.max(STEP / 16));
        self.ended = self.rx.recv(&mut self.buffer).await? == 0;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use futures::executor::block_on;
    use ottla_memory::{Rx, pipe};
    use ottla_transport::ByteTx;

    use super::*;

    fn stream(bytes: &[u8]) -> Frames<Rx> {
        let ((mut tx, _), (_, rx)) = pipe();
        block_on(async {
            tx.write_all(&[Bytes::copy_from_slice(bytes)]).await.unwrap();
            tx.close().await.unwrap();
        });
        Frames::new(rx, 1000)
    }

    #[test]
    fn cuts_pipelined_requests() {
        let mut frames = stream(b"\0\0\0\x02ab\0\0\0\x01c");
        assert_eq!(block_on(frames.next()).unwrap().unwrap(), &b"ab"[..]);
        assert_eq!(block_on(frames.next()).unwrap().unwrap(), &b"c"[..]);
        assert_eq!(block_on(frames.next()).unwrap(), None);
    }

    #[test]
    fn refuses_lengths_out_of_bounds() {
        for length in [0, -1, -5, i32::MIN, 1001, i32::MAX] {
            let failed = block_on(stream(&length.to_be_bytes()).next()).unwrap_err();
            assert_eq!(failed.kind(), io::ErrorKind::InvalidData, "{length}");
        }
    }

    #[test]
    fn a_cut_request_is_an_error() {
        let whole = b"\0\0\0\x02ab";
        for cut in 1..whole.len() {
            let failed = block_on(stream(&whole[..cut]).next()).unwrap_err();
            assert_eq!(failed.kind(), io::ErrorKind::UnexpectedEof, "{cut}");
        }
    }

    #[test]
    fn notices_the_end_and_keeps_what_came_before() {
        let mut frames = stream(b"\0\0\0\x02ab");
        block_on(frames.gone());
        assert_eq!(block_on(frames.next()).unwrap().unwrap(), &b"ab"[..]);
        assert_eq!(block_on(frames.next()).unwrap(), None);
    }
}
