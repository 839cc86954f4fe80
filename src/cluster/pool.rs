use std::{collections::HashMap, sync::Arc};

use futures::{
    FutureExt,
    future::{AbortHandle, Abortable, Shared, join_all},
};
use ottla_transport::{BoxFuture, BrokerAddress, Runtime};
use parking_lot::Mutex;

use super::backoff::Backoff;
use crate::{
    connection::{Connection, ConnectionConfig},
    error::Error,
};

/// What a connection is for. A long poll or a large write must not hold up anything else.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Purpose {
    /// Metadata and administration.
    General,
    /// Writing.
    Produce,
    /// Reading, by one Reader: a broker answers a connection in turn, so that the long wait of one
    /// would hold up another.
    Fetch(u64),
    /// Membership in a group: a coordinator may wait minutes before it answers a JoinGroup.
    Group(u64),
}

type Dial = Shared<BoxFuture<'static, Result<Arc<Connection>, Error>>>;

/// One connection a broker and purpose, dialled when it is first asked for and again when it broke.
pub(super) struct Pool {
    config: ConnectionConfig,
    backoff: Backoff,
    slots: Mutex<Slots>,
}

#[derive(Default)]
struct Slots {
    closed: bool,
    by_key: HashMap<(BrokerAddress, Purpose), Slot>,
}

struct Slot {
    dial: Dial,
    /// Ends the dial, unless it is done.
    abort: AbortHandle,
    failures: u32,
}

impl Pool {
    pub(super) fn new(config: ConnectionConfig, backoff: Backoff) -> Self {
        Self { config, backoff, slots: Mutex::default() }
    }

    /// The connection, up and through its handshake. Callers that ask at the same time share one
    /// dial; after a failure the next one waits its back-off first.
    ///
    /// # Cancel safety
    /// Safe: another caller goes on with the dial.
    pub(super) async fn get(&self, to: &BrokerAddress, purpose: Purpose) -> Result<Arc<Connection>, Error> {
        let dial = self.dial(to, purpose)?;
        dial.await
    }

    /// Gives up the connections for a purpose that is over.
    pub(super) fn release(&self, purpose: Purpose) {
        let mut released = Vec::new();
        let mut slots = self.slots.lock();
        slots.by_key.retain(|key, slot| {
            let kept = key.1 != purpose;
            if !kept {
                released.push(slot.dial.clone());
            }
            kept
        });
        drop(slots);
        // Here, and so not under the lock, connections end.
        drop(released);
    }

    /// A connection to any broker, if one is up.
    pub(super) fn any(&self) -> Option<Arc<Connection>> {
        let slots = self.slots.lock();
        let up = |slot: &Slot| match slot.dial.peek() {
            Some(Ok(connection)) if connection.broken().is_none() => Some(Arc::clone(connection)),
            _ => None,
        };
        slots
            .by_key
            .iter()
            .filter(|((_, purpose), _)| *purpose == Purpose::General)
            .find_map(|(_, slot)| up(slot))
    }

    fn dial(&self, to: &BrokerAddress, purpose: Purpose) -> Result<Dial, Error> {
        let mut slots = self.slots.lock();
        if slots.closed {
            return Err(Error::closed("client").not_sent());
        }
        let key = (to.clone(), purpose);
        let failures = match slots.by_key.get(&key) {
            None => 0,
            Some(slot) => match slot.dial.peek() {
                Some(Ok(connection)) if connection.broken().is_some() => 0,
                Some(Err(_)) => slot.failures + 1,
                _ => return Ok(slot.dial.clone()),
            },
        };
        let (config, to, wait) = (self.config.clone(), to.clone(), self.backoff.after(failures));
        let (abort, registration) = AbortHandle::new_pair();
        let dial = async move {
            if !wait.is_zero() {
                config.runtime.sleep(wait).await;
            }
            Connection::open(&config, &to).await.map(Arc::new)
        };
        let dial: BoxFuture<'static, _> = Box::pin(async move {
            let dialled = Abortable::new(dial, registration).await;
            dialled.unwrap_or_else(|_aborted| Err(Error::closed("client").not_sent()))
        });
        let dial = dial.shared();
        slots.by_key.insert(key, Slot { dial: dial.clone(), abort, failures });
        Ok(dial)
    }

    /// Closes every connection, ends every dial, and refuses new ones.
    pub(super) async fn close(&self) {
        let slots = {
            let mut slots = self.slots.lock();
            slots.closed = true;
            std::mem::take(&mut slots.by_key)
        };
        let close = |slot: Slot| async move {
            slot.abort.abort();
            if let Ok(connection) = slot.dial.await {
                connection.close().await;
            }
        };
        join_all(slots.into_values().map(close)).await;
    }
}
