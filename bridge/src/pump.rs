use std::{
    pin::pin,
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use bytes::{Bytes, BytesMut};
use futures::{
    SinkExt, StreamExt,
    stream::{SplitSink, SplitStream},
};
use ottla_transport::{ByteRx, ByteTx};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    time::{Instant, sleep, sleep_until, timeout},
};
use tokio_tungstenite::{
    WebSocketStream,
    tungstenite::{Message, protocol::frame::coding::CloseCode},
};
use tokio_util::sync::CancellationToken;

use crate::{Limits, ending::Ending};

/// How long nothing must come from the broker for its answers under way to count as passed.
const QUIET: Duration = Duration::from_millis(250);
/// How long those answers may take in all, and how long saying good-bye to a client may.
const FAREWELL: Duration = Duration::from_secs(3);

/// Carries the bytes of one socket both ways, holding no more of them than its buffers.
pub(crate) struct Pump<S, Tx, Rx> {
    sink: SplitSink<WebSocketStream<S>, Message>,
    stream: SplitStream<WebSocketStream<S>>,
    tx: Tx,
    rx: Rx,
    buffer: usize,
    idle: Duration,
    ping: Duration,
    progress: Progress,
}

/// How it went. The bytes are those that the other side has taken.
#[derive(Debug)]
pub(crate) struct Report {
    pub(crate) ending: Ending,
    /// To the broker.
    pub(crate) sent: u64,
    /// From the broker.
    pub(crate) received: u64,
}

impl<S, Tx, Rx> Pump<S, Tx, Rx>
where
    S: AsyncRead + AsyncWrite + Unpin,
    Tx: ByteTx,
    Rx: ByteRx,
{
    pub(crate) fn new(socket: WebSocketStream<S>, tx: Tx, rx: Rx, limits: &Limits) -> Self {
        let (sink, stream) = socket.split();
        let &Limits { buffer, idle, ping, .. } = limits;
        Self { sink, stream, tx, rx, buffer, idle, ping, progress: Progress::new() }
    }

    /// Runs until one side ends, or `draining` says to stop.
    pub(crate) async fn run(mut self, draining: &CancellationToken) -> Report {
        let progress = &self.progress;
        let ending = {
            let mut up = pin!(up(&mut self.stream, &mut self.tx, progress));
            let mut down = pin!(down(&mut self.rx, &mut self.sink, self.buffer, self.ping, progress));
            let (ended, more_may_come) = tokio::select! {
                ending = &mut up => {
                    let to_broker = matches!(ending, Ending::BrokerBroke(_));
                    (ending, to_broker)
                }
                ending = &mut down => (ending, false),
                () = progress.still_for(self.idle) => (Ending::Idle, false),
                () = draining.cancelled() => (Ending::Stopping, true),
            };
            if more_may_come {
                // What the broker has answered so far still passes.
                progress.touch();
                tokio::select! {
                    ending = &mut down => if matches!(ending, Ending::ByBroker) { ended } else { ending },
                    () = progress.still_for(QUIET) => ended,
                    () = sleep(FAREWELL) => ended,
                }
            } else {
                ended
            }
        };
        let report = Report {
            sent: self.progress.sent.load(Ordering::Relaxed),
            received: self.progress.received.load(Ordering::Relaxed),
            ending,
        };
        // Whatever the client is told, the broker is let go first.
        drop((self.tx, self.rx));
        let _ = timeout(FAREWELL, farewell(self.sink, self.stream, &report.ending)).await;
        report
    }
}

/// From the client to the broker. Writing waits for the broker, and meanwhile nothing is read.
async fn up<S: AsyncRead + AsyncWrite + Unpin>(
    stream: &mut SplitStream<WebSocketStream<S>>,
    tx: &mut impl ByteTx,
    progress: &Progress,
) -> Ending {
    let mut half_closed = false;
    loop {
        let message = match stream.next().await {
            Some(Ok(message)) => message,
            Some(Err(error)) => return Ending::by_client_error(&error),
            None => return Ending::ByClient,
        };
        match message {
            Message::Binary(_) if half_closed => {
                return Ending::Misuse(CloseCode::Policy, "bytes after the end of the stream".to_owned());
            }
            Message::Binary(bytes) if bytes.is_empty() => {
                half_closed = true;
                if let Err(error) = tx.close().await {
                    return Ending::BrokerBroke(error);
                }
            }
            Message::Binary(bytes) => {
                let size = bytes.len();
                if let Err(error) = tx.write_all(&[bytes]).await {
                    return Ending::BrokerBroke(error);
                }
                progress.add(&progress.sent, size);
            }
            Message::Text(_) => {
                return Ending::Misuse(
                    CloseCode::Unsupported,
                    "Kafka's protocol is binary: text is not taken".to_owned(),
                );
            }
            Message::Close(_) => return Ending::ByClient,
            // tungstenite has answered the ping.
            Message::Ping(_) | Message::Pong(_) | Message::Frame(_) => {}
        }
    }
}

/// From the broker to the client. Sending waits for the client, and meanwhile nothing is read.
async fn down<S: AsyncRead + AsyncWrite + Unpin>(
    rx: &mut impl ByteRx,
    sink: &mut SplitSink<WebSocketStream<S>, Message>,
    buffer: usize,
    ping: Duration,
    progress: &Progress,
) -> Ending {
    let mut read = BytesMut::new();
    loop {
        // A sent message's room is taken back; `reserve` allocates only while it is still in use.
        if read.capacity() - read.len() < buffer / 4 {
            read.reserve(buffer);
        }
        let message = match timeout(ping, rx.recv(&mut read)).await {
            Ok(Ok(0)) => return Ending::ByBroker,
            Ok(Ok(_)) => Message::Binary(read.split().freeze()),
            Ok(Err(error)) => return Ending::BrokerBroke(error),
            Err(_) => Message::Ping(Bytes::new()),
        };
        let size = if let Message::Binary(bytes) = &message { bytes.len() } else { 0 };
        if let Err(error) = sink.send(message).await {
            return match Ending::by_client_error(&error) {
                gone @ (Ending::ByClient | Ending::ClientGone(_)) => gone,
                _ => Ending::ClientGone(error.to_string()),
            };
        }
        if size > 0 {
            progress.add(&progress.received, size);
        }
    }
}

/// Tells the client why, and reads on until it has heard: closing with bytes unread resets the
/// connection, and the reason would be lost.
async fn farewell<S: AsyncRead + AsyncWrite + Unpin>(
    mut sink: SplitSink<WebSocketStream<S>, Message>,
    stream: SplitStream<WebSocketStream<S>>,
    ending: &Ending,
) {
    let sent = match ending.close_frame() {
        Some(frame) => sink.send(Message::Close(Some(frame))).await,
        // The answer to the client's own Close frame.
        None => sink.flush().await,
    };
    let Ok(socket) = sink.reunite(stream) else { return };
    let mut raw = socket.into_inner();
    if sent.is_err() || matches!(ending, Ending::ClientGone(_)) || raw.shutdown().await.is_err() {
        return;
    }
    let mut ignored = [0; 4096];
    while raw.read(&mut ignored).await.is_ok_and(|size| size > 0) {}
}

/// What has passed, and when the last of it did.
struct Progress {
    start: Instant,
    /// In milliseconds since `start`.
    last: AtomicU64,
    sent: AtomicU64,
    received: AtomicU64,
}

impl Progress {
    fn new() -> Self {
        Self { start: Instant::now(), last: 0.into(), sent: 0.into(), received: 0.into() }
    }

    fn touch(&self) {
        let elapsed = u64::try_from(self.start.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.last.store(elapsed, Ordering::Relaxed);
    }

    fn add(&self, to: &AtomicU64, bytes: usize) {
        to.fetch_add(bytes as u64, Ordering::Relaxed);
        self.touch();
    }

    /// Waits until nothing has passed for so long.
    async fn still_for(&self, how_long: Duration) {
        loop {
            let until = self.start + Duration::from_millis(self.last.load(Ordering::Relaxed)) + how_long;
            if until <= Instant::now() {
                return;
            }
            sleep_until(until).await;
        }
    }
}

#[cfg(test)]
mod tests;
