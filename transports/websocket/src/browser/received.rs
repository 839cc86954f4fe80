use std::{
    collections::VecDeque,
    io::{self, ErrorKind},
    task::{Context, Poll, Waker},
};

use bytes::BytesMut;
use js_sys::Uint8Array;

use crate::close::End;

/// A browser's WebSocket cannot be told to wait: what bounds this queue is what the client asked for
/// (the bytes a fetch may return, times the requests in flight). Beyond this much the peer sends what
/// nobody asked for, and the connection is given up.
const RUNAWAY: usize = 256 << 20;

/// What the socket's events have told, and who waits for them.
#[derive(Default)]
pub(super) struct Received {
    /// Left in JavaScript's memory until it is read: wasm's memory never shrinks.
    queue: VecDeque<Uint8Array>,
    /// The bytes in `queue`.
    held: usize,
    pub(super) opened: bool,
    pub(super) end: Option<End>,
    /// Counts events, for a writer that waits for any.
    events: u32,
    reader: Option<Waker>,
    writer: Option<Waker>,
}

impl Received {
    pub(super) fn open(&mut self) {
        self.opened = true;
        self.wake();
    }

    pub(super) fn message(&mut self, message: Uint8Array) {
        let size = message.length() as usize;
        if self.end.is_some() {
            return;
        }
        if size == 0 {
            return self.ended(End::InGoodOrder);
        }
        if self.held + size > RUNAWAY {
            self.queue.clear();
            self.held = 0;
            return self.ended(End::broken(
                ErrorKind::OutOfMemory,
                format!("the bridge sent over {} MiB that nobody read", RUNAWAY >> 20),
            ));
        }
        self.held += size;
        self.queue.push_back(message);
        self.wake();
    }

    /// The first end is the one that counts: a Close frame after the end says nothing new.
    pub(super) fn ended(&mut self, end: End) {
        self.end.get_or_insert(end);
        self.wake();
    }

    fn wake(&mut self) {
        self.events = self.events.wrapping_add(1);
        // On wasm, waking puts a task in a queue: nothing runs before the borrow of `self` ends.
        for waker in [self.reader.take(), self.writer.take()].into_iter().flatten() {
            waker.wake();
        }
    }

    pub(super) fn poll_open(&mut self, context: &mut Context<'_>) -> Poll<bool> {
        if self.opened || self.end.is_some() {
            return Poll::Ready(self.opened);
        }
        self.reader = Some(context.waker().clone());
        Poll::Pending
    }

    pub(super) fn events(&self) -> u32 {
        self.events
    }

    /// Ready once there was an event after `seen`.
    pub(super) fn poll_event(&mut self, seen: u32, context: &mut Context<'_>) -> Poll<()> {
        if self.events != seen {
            return Poll::Ready(());
        }
        self.writer = Some(context.waker().clone());
        Poll::Pending
    }

    pub(super) fn poll_read(
        &mut self,
        into: &mut BytesMut,
        context: &mut Context<'_>,
    ) -> Poll<io::Result<usize>> {
        if let Some(message) = self.queue.front_mut() {
            let size = (message.length() as usize).min(into.capacity() - into.len());
            let start = into.len();
            into.resize(start + size, 0);
            let piece = message.subarray(0, size as u32);
            piece.copy_to(into.get_mut(start..).unwrap_or_default());
            self.held -= size;
            if size == message.length() as usize {
                self.queue.pop_front();
            } else {
                *message = message.subarray(size as u32, message.length());
            }
            return Poll::Ready(Ok(size));
        }
        if let Some(end) = &self.end {
            return Poll::Ready(end.to_read());
        }
        self.reader = Some(context.waker().clone());
        Poll::Pending
    }
}
