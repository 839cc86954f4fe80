use std::{
    sync::atomic::{AtomicUsize, Ordering},
    time::Duration,
};

use ottla_transport::{ByteRx, ByteTx, Runtime};
use tracing::debug;

use crate::{
    core::Core,
    dispatch::{self, Answer},
    frame::Frames,
    lifetime::Token,
    seat::Seat,
};

/// Serves one connection to its end. Requests are answered one after another, as Kafka does: a
/// client that sends many waits for its turn in the stream, and nothing piles up here.
pub(crate) async fn run(core: &Core, seat: Seat, mut tx: impl ByteTx, rx: impl ByteRx, token: &Token) {
    let Some(_counted) = Counted::one_more(&core.connections, core.config.max_connections) else {
        debug!(node = seat.node, "too many connections: closing one more");
        return;
    };
    let mut frames = Frames::new(rx, core.config.max_request_bytes);
    loop {
        let frame = match token.or_stopped(frames.next()).await {
            None | Some(Ok(None)) => break,
            Some(Ok(Some(frame))) => frame,
            Some(Err(error)) => {
                debug!(node = seat.node, %error, "reading a request failed");
                break;
            }
        };
        let hurry = token.or_stopped(frames.gone());
        let answer = dispatch::answer(core, &seat, token, frame, hurry).await;
        let (chunks, mute) = match answer {
            Answer::Send(chunks) => (chunks, Duration::ZERO),
            Answer::Mute(chunks, how_long) => (chunks, how_long),
            Answer::Silence => continue,
            Answer::Stall => {
                let _ = token.or_stopped(frames.thrown_away()).await;
                return;
            }
            Answer::Half(bytes) => {
                let _ = token.or_stopped(tx.write_all(&[bytes])).await;
                break;
            }
            Answer::HangUp(why) => {
                debug!(node = seat.node, why, "closing a connection");
                break;
            }
        };
        match token.or_stopped(tx.write_all(&chunks)).await {
            Some(Ok(())) if mute.is_zero() => {}
            Some(Ok(())) => drop(token.or_stopped(core.runtime.sleep(mute)).await),
            _ => return,
        }
    }
    let _ = token.or_stopped(tx.close()).await;
}

/// A connection in the count of all.
struct Counted<'a>(&'a AtomicUsize);

impl<'a> Counted<'a> {
    fn one_more(count: &'a AtomicUsize, most: usize) -> Option<Self> {
        let counted = Self(count);
        (count.fetch_add(1, Ordering::Relaxed) < most).then_some(counted)
    }
}

impl Drop for Counted<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}
