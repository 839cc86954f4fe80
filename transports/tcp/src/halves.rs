use std::{
    future::poll_fn,
    io::{self, IoSlice},
    pin::Pin,
};

use bytes::{Bytes, BytesMut};
use ottla_transport::{ByteRx, ByteTx};
use tokio::{
    io::{AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::{
        TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
};

/// The most buffers that one `writev` takes: IOV_MAX on Linux and macOS.
const MAX_SLICES: usize = 1024;

/// The byte halves of a connected stream, dialed or accepted, with Nagle's delay off.
///
/// # Errors
/// The socket refused the option: its peer has gone already.
pub fn halves(stream: TcpStream) -> io::Result<(Tx, Rx)> {
    stream.set_nodelay(true)?;
    let (rx, tx) = stream.into_split();
    Ok((Tx { half: tx }, Rx { half: rx }))
}

/// The writing half. Dropping it ends the stream, as [`close`](ByteTx::close) does.
#[derive(Debug)]
pub struct Tx {
    half: OwnedWriteHalf,
}

impl ByteTx for Tx {
    async fn write_all(&mut self, buffers: &[Bytes]) -> io::Result<()> {
        write_vectored(&mut self.half, buffers).await
    }

    async fn close(&mut self) -> io::Result<()> {
        match self.half.shutdown().await {
            // The peer was faster.
            Err(error) if error.kind() == io::ErrorKind::NotConnected => Ok(()),
            done => done,
        }
    }
}

/// Writes all of `buffers` in as few system calls as the socket's buffer allows, joining nothing.
async fn write_vectored(to: &mut (impl AsyncWrite + Unpin), mut buffers: &[Bytes]) -> io::Result<()> {
    // How much of the first of `buffers` is written.
    let mut offset = 0;
    loop {
        while let [first, rest @ ..] = buffers
            && offset >= first.len()
        {
            offset -= first.len();
            buffers = rest;
        }
        let [first, rest @ ..] = buffers else { return Ok(()) };
        let first = first.get(offset..).unwrap_or_default();
        offset += poll_fn(|context| {
            if rest.is_empty() {
                return Pin::new(&mut *to).poll_write(context, first);
            }
            let slices: Vec<_> = std::iter::once(first)
                .chain(rest.iter().map(|buffer| &buffer[..]).filter(|buffer| !buffer.is_empty()))
                .take(MAX_SLICES)
                .map(IoSlice::new)
                .collect();
            Pin::new(&mut *to).poll_write_vectored(context, &slices)
        })
        .await
        .and_then(|written| if written == 0 { Err(io::ErrorKind::WriteZero.into()) } else { Ok(written) })?;
    }
}

/// The reading half.
#[derive(Debug)]
pub struct Rx {
    half: OwnedReadHalf,
}

impl ByteRx for Rx {
    async fn recv(&mut self, into: &mut BytesMut) -> io::Result<usize> {
        if into.capacity() == into.len() {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "recv needs a buffer with room left"));
        }
        // Reads into the spare capacity; `BytesMut` grows only when it has none.
        self.half.read_buf(into).await
    }
}

#[cfg(test)]
mod tests {
    use std::task::{Context, Poll};

    use super::*;

    /// Takes at most `most` bytes a call, and counts the calls.
    struct Slow {
        most: usize,
        calls: usize,
        got: Vec<u8>,
    }

    impl AsyncWrite for Slow {
        fn poll_write(mut self: Pin<&mut Self>, _: &mut Context<'_>, from: &[u8]) -> Poll<io::Result<usize>> {
            let size = from.len().min(self.most);
            self.calls += 1;
            self.got.extend_from_slice(&from[..size]);
            Poll::Ready(Ok(size))
        }

        fn poll_write_vectored(
            self: Pin<&mut Self>,
            context: &mut Context<'_>,
            slices: &[IoSlice<'_>],
        ) -> Poll<io::Result<usize>> {
            assert!(slices.len() <= MAX_SLICES);
            let joined: Vec<u8> = slices.iter().flat_map(|slice| slice.to_vec()).collect();
            self.poll_write(context, &joined)
        }

        fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Ready(Ok(()))
        }

        fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Ready(Ok(()))
        }
    }

    async fn write(most: usize, buffers: &[Bytes]) -> (io::Result<()>, Slow) {
        let mut slow = Slow { most, calls: 0, got: Vec::new() };
        (write_vectored(&mut slow, buffers).await, slow)
    }

    #[tokio::test]
    async fn many_small_buffers_take_one_call() {
        let buffers: Vec<Bytes> = (0..1000u32).map(|i| vec![i as u8; 3].into()).collect();
        let (wrote, slow) = write(usize::MAX, &buffers).await;
        wrote.unwrap();
        assert_eq!((slow.calls, slow.got), (1, buffers.concat()));
    }

    #[tokio::test]
    async fn partial_writes_go_on_where_they_stopped() {
        let buffers = ["", "abc", "", "", "defghij", "k", ""].map(Bytes::from);
        for most in 1..=12 {
            let (wrote, slow) = write(most, &buffers).await;
            wrote.unwrap();
            assert_eq!((slow.calls, slow.got.as_slice()), (11usize.div_ceil(most), &b"abcdefghijk"[..]));
        }
    }

    #[tokio::test]
    async fn nothing_to_write_calls_nothing_and_a_full_stop_is_an_error() {
        let (wrote, slow) = write(1, &[Bytes::new(), Bytes::new()]).await;
        wrote.unwrap();
        assert_eq!(slow.calls, 0);
        let (wrote, _) = write(0, &[Bytes::from_static(b"x")]).await;
        assert_eq!(wrote.unwrap_err().kind(), io::ErrorKind::WriteZero);
    }
}
