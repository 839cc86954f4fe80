use std::{
    fmt,
    future::poll_fn,
    io::{self, ErrorKind},
    pin::pin,
    rc::Rc,
    time::Duration,
};

use bytes::{Bytes, BytesMut};
use futures::future::select;
use ottla_transport::{ByteRx, ByteTx, Runtime, WebRuntime};

use super::{dial::text, socket::Socket};
use crate::{
    close::{End, closed_before, no_room},
    messages::Messages,
};

/// What may lie in the browser's send buffer before a writer waits: 1 MiB.
const MAX_BUFFERED: u32 = 1 << 20;
/// How often a waiting writer looks whether the buffer has emptied: there is no event for that.
const LOOK_AGAIN: Duration = Duration::from_millis(10);
/// How long the buffer may not move at all. Longer than the minute between the timers of a hidden tab.
const MAX_STALL: Duration = Duration::from_secs(90);

/// The writing half.
pub struct Tx {
    socket: Rc<Socket>,
    closed: bool,
}

impl Tx {
    pub(super) fn new(socket: Rc<Socket>) -> Self {
        Self { socket, closed: false }
    }

    fn send(&self, message: &[u8]) -> io::Result<()> {
        if let Some(end) = &self.socket.received().end {
            return Err(end.to_write());
        }
        self.socket.send(message).map_err(|thrown| io::Error::new(ErrorKind::BrokenPipe, text(&thrown)))
    }

    async fn room(&self) -> io::Result<()> {
        let (mut least, mut since) = (self.socket.buffered(), WebRuntime.now());
        while self.socket.buffered() > MAX_BUFFERED {
            if let Some(end) = &self.socket.received().end {
                return Err(end.to_write());
            }
            if self.socket.buffered() < least {
                (least, since) = (self.socket.buffered(), WebRuntime.now());
            } else if WebRuntime.now().since(since) > MAX_STALL {
                return Err(io::Error::new(
                    ErrorKind::TimedOut,
                    format!("the bridge took nothing for {MAX_STALL:?}"),
                ));
            }
            // Any event is a reason to look too: timers are slow in a hidden tab.
            let seen = self.socket.received().events();
            let event = poll_fn(|context| self.socket.received_mut().poll_event(seen, context));
            select(event, pin!(WebRuntime.sleep(LOOK_AGAIN))).await;
        }
        Ok(())
    }
}

impl ByteTx for Tx {
    async fn write_all(&mut self, buffers: &[Bytes]) -> io::Result<()> {
        if self.closed {
            return Err(closed_before());
        }
        for message in Messages::of(buffers) {
            self.room().await?;
            self.send(&message)?;
        }
        Ok(())
    }

    async fn close(&mut self) -> io::Result<()> {
        if std::mem::replace(&mut self.closed, true) {
            return Ok(());
        }
        // Closed already, by the bridge.
        if matches!(self.socket.received().end, Some(End::InGoodOrder)) {
            return Ok(());
        }
        self.send(&[])
    }
}

impl fmt::Debug for Tx {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Tx")
    }
}

/// The reading half.
pub struct Rx {
    socket: Rc<Socket>,
}

impl Rx {
    pub(super) fn new(socket: Rc<Socket>) -> Self {
        Self { socket }
    }
}

impl ByteRx for Rx {
    async fn recv(&mut self, into: &mut BytesMut) -> io::Result<usize> {
        if into.capacity() == into.len() {
            return Err(no_room());
        }
        poll_fn(|context| self.socket.received_mut().poll_read(into, context)).await
    }
}

impl fmt::Debug for Rx {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Rx")
    }
}
