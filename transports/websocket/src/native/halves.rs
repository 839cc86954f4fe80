use std::{
    fmt,
    io::{self, ErrorKind},
};

use bytes::{Buf, Bytes, BytesMut};
use futures::{
    SinkExt, StreamExt,
    stream::{SplitSink, SplitStream},
};
use ottla_transport::{ByteRx, ByteTx};
use tokio_tungstenite::{
    WebSocketStream,
    tungstenite::{Error, Message, error::ProtocolError},
};

use super::dial::Io;
use crate::{
    close::{End, closed_before, no_room},
    messages::Messages,
};

type Socket = WebSocketStream<Box<dyn Io>>;

/// The writing half.
pub struct Tx {
    sink: SplitSink<Socket, Message>,
    closed: bool,
}

impl Tx {
    pub(super) fn new(sink: SplitSink<Socket, Message>) -> Self {
        Self { sink, closed: false }
    }
}

impl ByteTx for Tx {
    async fn write_all(&mut self, buffers: &[Bytes]) -> io::Result<()> {
        if self.closed {
            return Err(closed_before());
        }
        for message in Messages::of(buffers) {
            self.sink.feed(Message::Binary(message)).await.map_err(|e| ended_by(e).to_write())?;
        }
        self.sink.flush().await.map_err(|error| ended_by(error).to_write())
    }

    async fn close(&mut self) -> io::Result<()> {
        if std::mem::replace(&mut self.closed, true) {
            return Ok(());
        }
        match self.sink.send(Message::Binary(Bytes::new())).await.map_err(ended_by) {
            Err(End::Broken(kind, what)) => Err(io::Error::new(kind, what)),
            // Closed already, by the bridge.
            Err(End::InGoodOrder) | Ok(()) => Ok(()),
        }
    }
}

impl fmt::Debug for Tx {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Tx")
    }
}

/// The reading half.
pub struct Rx {
    stream: SplitStream<Socket>,
    /// What `recv` had no room for yet.
    pending: Bytes,
    end: Option<End>,
}

impl Rx {
    pub(super) fn new(stream: SplitStream<Socket>) -> Self {
        Self { stream, pending: Bytes::new(), end: None }
    }

    async fn next_message(&mut self) {
        match self.stream.next().await {
            Some(Ok(Message::Binary(bytes))) if bytes.is_empty() => self.end = Some(End::InGoodOrder),
            Some(Ok(Message::Binary(bytes))) => self.pending = bytes,
            Some(Ok(Message::Text(_))) => {
                self.end =
                    Some(End::broken(ErrorKind::InvalidData, "the peer sent text: it is no ottla bridge"));
            }
            Some(Ok(Message::Close(frame))) => {
                self.end = Some(match frame {
                    Some(frame) => End::by_close(frame.code.into(), &frame.reason),
                    None => End::InGoodOrder,
                });
                // One more poll sends the answering Close; nobody has to wait for what comes of it.
                let _ = futures::poll!(self.stream.next());
            }
            Some(Ok(Message::Ping(_) | Message::Pong(_) | Message::Frame(_))) => {}
            Some(Err(error)) => self.end = Some(ended_by(error)),
            None => self.end = Some(End::by_close(1006, "")),
        }
    }
}

impl ByteRx for Rx {
    async fn recv(&mut self, into: &mut BytesMut) -> io::Result<usize> {
        let room = into.capacity() - into.len();
        if room == 0 {
            return Err(no_room());
        }
        loop {
            if !self.pending.is_empty() {
                let size = self.pending.len().min(room);
                into.extend_from_slice(self.pending.get(..size).unwrap_or_default());
                self.pending.advance(size);
                return Ok(size);
            }
            if let Some(end) = &self.end {
                return end.to_read();
            }
            self.next_message().await;
        }
    }
}

impl fmt::Debug for Rx {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Rx")
    }
}

fn ended_by(error: Error) -> End {
    match error {
        Error::ConnectionClosed | Error::AlreadyClosed => End::InGoodOrder,
        Error::Protocol(ProtocolError::SendAfterClosing) => End::InGoodOrder,
        Error::Protocol(ProtocolError::ResetWithoutClosingHandshake) => End::by_close(1006, ""),
        Error::Io(error) => End::broken(error.kind(), format!("the connection to the bridge broke: {error}")),
        other => {
            End::broken(ErrorKind::InvalidData, format!("the bridge does not keep to WebSocket: {other}"))
        }
    }
}
