use std::sync::Arc;

use bytes::Bytes;
use futures::{FutureExt, select_biased};
use ottla_transport::{ByteTx, DynRuntime, DynRx, DynTx, Runtime};

use super::{
    ConnectionConfig, Shared,
    frames::{Ended, Frames, Suspect},
    session::{Due, Tick, Unexpected},
};
use crate::{
    error::{Error, ErrorKind, Retry},
    protocol::header,
    trace,
};

/// The one task of a connection: it writes what callers queue, hands them what comes back, and
/// watches the clock. Reading and writing do not wait on each other.
pub(super) struct Driver {
    shared: Arc<Shared>,
    runtime: DynRuntime,
    tx: DynTx,
    rx: DynRx,
    frames: Frames,
}

impl Driver {
    pub(super) fn new(shared: Arc<Shared>, config: &ConnectionConfig, tx: DynTx, rx: DynRx) -> Self {
        Self {
            shared,
            runtime: config.runtime.clone(),
            tx,
            rx,
            frames: Frames::new(config.max_response_bytes),
        }
    }

    /// Runs until the connection is over, and leaves the reason in the session.
    pub(super) async fn run(self) {
        let Self { shared, runtime, mut tx, mut rx, mut frames } = self;
        {
            let writing = write(&shared, &runtime, &mut tx).fuse();
            let reading = read(&shared, &runtime, &mut frames, &mut rx).fuse();
            let watching = watch(&shared, &runtime).fuse();
            futures::pin_mut!(writing, reading, watching);
            let error = select_biased! {
                error = reading => error,
                error = writing => error,
                error = watching => error,
            };
            trace!(debug, address = &*shared.address, error = %error, "connection over");
            // Before what is being written is dropped: who waits for it looks here for the reason.
            shared.fail(error);
        }
        let _ = tx.close().await;
    }
}

async fn write(shared: &Shared, runtime: &DynRuntime, tx: &mut DynTx) -> Error {
    loop {
        let queued = shared.queued.listen();
        let (buffers, posted) = {
            let mut session = shared.session.lock();
            if let Some(error) = session.broken() {
                return error.clone();
            }
            session.take_outgoing(runtime.now())
        };
        if buffers.is_empty() {
            queued.await;
        } else if let Err(cause) = tx.write_all(&buffers).await {
            return Error::io("the connection broke while writing", cause).at_broker(&shared.address);
        }
        for posted in posted {
            let _ = posted.send(Ok(())); // The caller may have given up.
        }
    }
}

async fn read(shared: &Shared, runtime: &DynRuntime, frames: &mut Frames, rx: &mut DynRx) -> Error {
    loop {
        let frame = match frames.next(rx).await {
            Ok(frame) => frame,
            Err(ended) => return explain(ended, frames).at_broker(&shared.address),
        };
        if let Err(error) = deliver(shared, runtime, frame) {
            return error;
        }
    }
}

fn deliver(shared: &Shared, runtime: &DynRuntime, frame: Bytes) -> Result<(), Error> {
    let id = header::peek_correlation_id(&frame).map_err(|_| {
        shared.malformed("the peer sent a frame too short for an answer: it is no Kafka broker")
    })?;
    let received = shared.session.lock().receive(runtime.now(), id, frame);
    shared.answered.notify(1);
    received.map_err(|unexpected| match unexpected {
        Unexpected::NothingAsked => shared.malformed("the peer answered a question that was not asked"),
        Unexpected::OutOfTurn { .. } => {
            shared.malformed("the peer answered out of turn: its correlation id is not the expected one")
        }
    })
}

async fn watch(shared: &Shared, runtime: &DynRuntime) -> Error {
    loop {
        let sooner = shared.sooner.listen();
        let now = runtime.now();
        let alarm = match shared.session.lock().tick(now) {
            Tick::Until(alarm) => alarm,
            Tick::Unanswered(Due { asked, timeout, .. }) => {
                let what = format!("the broker did not answer a {asked} request within {timeout:?}");
                return Error::timeout(what).at_broker(&shared.address);
            }
            Tick::Unwritten(Due { asked, timeout, .. }) => {
                let what = format!("the broker did not take a {asked} request within {timeout:?}");
                return Error::timeout(what).at_broker(&shared.address);
            }
            Tick::Idle => return Error::closed("idle connection").at_broker(&shared.address),
        };
        super::within(runtime, alarm.since(now), sooner).await;
    }
}

fn explain(ended: Ended, frames: &Frames) -> Error {
    match ended {
        Ended::Closed { mid_frame: false } => Error::new(ErrorKind::Io, "the broker closed the connection"),
        Ended::Closed { mid_frame: true } => {
            Error::new(ErrorKind::Io, "the broker closed the connection in the middle of an answer")
        }
        Ended::Io(cause) => Error::io("the connection broke while reading", cause),
        Ended::NotKafka(suspect) => Error::new(
            ErrorKind::Malformed,
            match suspect {
                Suspect::Http => "the peer is an HTTP server, not a Kafka broker: check host and port",
                Suspect::Tls => "the broker appears to be expecting TLS: use its plaintext listener, or TLS",
                Suspect::Unknown => "the peer is not a Kafka broker: it sent a negative length",
            },
        ),
        Ended::TooLarge { length } => Error::new(
            ErrorKind::TooLarge,
            format!(
                "an answer of {length} bytes is over the limit of {}: the peer may be no Kafka broker; \
                 otherwise raise max_response_bytes or ask for less",
                frames.max_bytes()
            ),
        )
        .or_retry(Retry::Reconnect),
    }
}
