use std::{
    collections::VecDeque,
    fmt,
    future::poll_fn,
    io,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, Waker},
};

use bytes::{Buf, Bytes, BytesMut};
use ottla_transport::{ByteRx, ByteTx};

/// How many bytes one direction holds before its writer waits, unless told otherwise: 256 KiB.
pub const DEFAULT_CAPACITY: usize = 256 * 1024;

/// Writes of a few bytes each must not make the queue cost more than the bytes in it.
const MAX_CHUNKS: usize = 1024;

/// Two ends of a stream, each `(Tx, Rx)`: what one writes, the other reads.
pub fn pipe() -> ((Tx, Rx), (Tx, Rx)) {
    pipe_with_capacity(DEFAULT_CAPACITY)
}

/// [`pipe`], with `capacity` bytes (at least 1) in each direction.
pub fn pipe_with_capacity(capacity: usize) -> ((Tx, Rx), (Tx, Rx)) {
    let (here_tx, there_rx) = one_way(capacity);
    let (there_tx, here_rx) = one_way(capacity);
    ((here_tx, here_rx), (there_tx, there_rx))
}

fn one_way(capacity: usize) -> (Tx, Rx) {
    let shared = Arc::new(Shared {
        capacity: capacity.max(1),
        state: Mutex::new(State {
            chunks: VecDeque::new(),
            held: 0,
            ended: false,
            abandoned: false,
            reader: None,
            writer: None,
        }),
    });
    (Tx { shared: Arc::clone(&shared) }, Rx { shared })
}

struct Shared {
    capacity: usize,
    state: Mutex<State>,
}

struct State {
    chunks: VecDeque<Bytes>,
    /// The bytes in `chunks`.
    held: usize,
    /// The writer is done: the reader sees the end after `chunks`.
    ended: bool,
    /// The reader is gone: writing fails.
    abandoned: bool,
    reader: Option<Waker>,
    writer: Option<Waker>,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        // No code that can panic runs under the lock, so the state is whole either way.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Moves as much of `from` into the pipe as there is room for.
    fn poll_write(&self, from: &mut Bytes, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let reader = {
            let mut state = self.lock();
            if state.ended {
                return Poll::Ready(Err(broken("this half was closed before the write")));
            }
            if state.abandoned {
                return Poll::Ready(Err(broken("the peer has gone")));
            }
            let room = self.capacity - state.held;
            if room == 0 || state.chunks.len() >= MAX_CHUNKS {
                state.writer = Some(context.waker().clone());
                return Poll::Pending;
            }
            let chunk = from.split_to(room.min(from.len()));
            state.held += chunk.len();
            state.chunks.push_back(chunk);
            state.reader.take()
        };
        wake(reader);
        Poll::Ready(Ok(()))
    }

    fn poll_read(&self, into: &mut BytesMut, context: &mut Context<'_>) -> Poll<usize> {
        let (read, writer) = {
            let mut state = self.lock();
            let mut read = 0;
            while let Some(chunk) = state.chunks.front_mut() {
                let size = chunk.len().min(into.capacity() - into.len());
                into.extend_from_slice(&chunk[..size]);
                chunk.advance(size);
                read += size;
                if !chunk.is_empty() {
                    break;
                }
                state.chunks.pop_front();
            }
            if read == 0 && !state.ended {
                state.reader = Some(context.waker().clone());
                return Poll::Pending;
            }
            state.held -= read;
            (read, state.writer.take())
        };
        wake(writer);
        Poll::Ready(read)
    }

    /// The writer will write no more.
    fn end(&self) {
        let reader = {
            let mut state = self.lock();
            state.ended = true;
            state.reader.take()
        };
        wake(reader);
    }

    /// The reader will read no more.
    fn abandon(&self) {
        let (writer, chunks) = {
            let mut state = self.lock();
            state.abandoned = true;
            state.held = 0;
            (state.writer.take(), std::mem::take(&mut state.chunks))
        };
        drop(chunks);
        wake(writer);
    }
}

/// Wakers are called outside the lock: they may run the other half in place.
fn wake(waker: Option<Waker>) {
    if let Some(waker) = waker {
        waker.wake();
    }
}

fn broken(why: &str) -> io::Error {
    io::Error::new(io::ErrorKind::BrokenPipe, format!("writing to an in-process broker failed: {why}"))
}

/// The writing half. Dropping it ends the stream, as [`close`](ByteTx::close) does.
pub struct Tx {
    shared: Arc<Shared>,
}

impl ByteTx for Tx {
    async fn write_all(&mut self, buffers: &[Bytes]) -> io::Result<()> {
        for buffer in buffers {
            let mut left = buffer.clone();
            while !left.is_empty() {
                poll_fn(|context| self.shared.poll_write(&mut left, context)).await?;
            }
        }
        Ok(())
    }

    async fn close(&mut self) -> io::Result<()> {
        self.shared.end();
        Ok(())
    }
}

impl Drop for Tx {
    fn drop(&mut self) {
        self.shared.end();
    }
}

impl fmt::Debug for Tx {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Tx")
    }
}

/// The reading half. Dropping it makes the peer's writes fail.
pub struct Rx {
    shared: Arc<Shared>,
}

impl ByteRx for Rx {
    async fn recv(&mut self, into: &mut BytesMut) -> io::Result<usize> {
        if into.capacity() == into.len() {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "recv needs a buffer with room left"));
        }
        Ok(poll_fn(|context| self.shared.poll_read(into, context)).await)
    }
}

impl Drop for Rx {
    fn drop(&mut self) {
        self.shared.abandon();
    }
}

impl fmt::Debug for Rx {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Rx")
    }
}
