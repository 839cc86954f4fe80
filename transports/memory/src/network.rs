use std::{fmt, io, sync::Arc};

use futures::{
    SinkExt, StreamExt,
    channel::mpsc::{Receiver, Sender, channel},
    lock::Mutex,
};
use ottla_transport::{BrokerAddress, Transport};

use crate::pipe::{DEFAULT_CAPACITY, Rx, Tx, pipe_with_capacity};

/// Connections that wait to be accepted; a dial beyond them waits too.
const BACKLOG: usize = 64;

type Connection = (BrokerAddress, Tx, Rx);

/// A network of one listener: whatever address the transport is asked for, the listener is told of
/// it and accepts. Each direction of a connection holds [`DEFAULT_CAPACITY`] bytes.
pub fn network() -> (MemoryTransport, MemoryListener) {
    network_with_capacity(DEFAULT_CAPACITY)
}

/// [`network`], with `capacity` bytes (at least 1) in each direction of a connection.
pub fn network_with_capacity(capacity: usize) -> (MemoryTransport, MemoryListener) {
    let (dials, accepts) = channel(BACKLOG);
    (MemoryTransport { dials: Arc::new(Mutex::new(dials)), capacity }, MemoryListener { accepts })
}

/// Dials the [`MemoryListener`] it was made with. Clones dial the same one.
#[derive(Clone)]
pub struct MemoryTransport {
    /// One sender behind a lock, not a clone each: every clone would widen the channel by one.
    dials: Arc<Mutex<Sender<Connection>>>,
    capacity: usize,
}

impl Transport for MemoryTransport {
    type Tx = Tx;
    type Rx = Rx;

    async fn connect(&self, to: &BrokerAddress) -> io::Result<(Tx, Rx)> {
        let (here, (tx, rx)) = pipe_with_capacity(self.capacity);
        self.dials.lock().await.send((to.clone(), tx, rx)).await.map_err(|_| {
            io::Error::new(
                io::ErrorKind::ConnectionRefused,
                format!("connecting to {to} failed: the in-process broker is no longer running"),
            )
        })?;
        Ok(here)
    }
}

impl fmt::Debug for MemoryTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MemoryTransport")
    }
}

/// Accepts what its [`MemoryTransport`]s dial. Once it is dropped, dials are refused and those not
/// yet accepted see the end of their streams.
pub struct MemoryListener {
    accepts: Receiver<Connection>,
}

impl MemoryListener {
    /// The next connection: the address that was asked for, and the broker's two halves. `None`
    /// when no transport is left to dial.
    ///
    /// # Cancel safety
    /// Safe: no connection is lost.
    pub async fn accept(&mut self) -> Option<(BrokerAddress, Tx, Rx)> {
        self.accepts.next().await
    }
}

impl fmt::Debug for MemoryListener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MemoryListener")
    }
}
