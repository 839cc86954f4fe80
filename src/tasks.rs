//! Tasks with an owner: nothing the client starts outlives what started it.

use std::{collections::HashMap, future::Future, sync::Arc};

use event_listener::Event;
use futures::future::{AbortHandle, Abortable};
use ottla_transport::{DynRuntime, MaybeSend, Runtime};
use parking_lot::Mutex;

#[derive(Debug, Default)]
struct Running {
    next_id: u64,
    handles: HashMap<u64, AbortHandle>,
    stopped: bool,
}

#[derive(Debug, Default)]
struct Shared {
    running: Mutex<Running>,
    ended: Event,
}

/// The tasks of one owner. Dropping it aborts them.
#[derive(Debug, Default)]
pub(crate) struct Tasks(Arc<Shared>);

/// Strikes a task off the list when it ends, however it ends.
struct Entry {
    id: u64,
    shared: Arc<Shared>,
}

impl Drop for Entry {
    fn drop(&mut self) {
        self.shared.running.lock().handles.remove(&self.id);
        self.shared.ended.notify(usize::MAX);
    }
}

impl Tasks {
    /// Starts a task, unless the owner has stopped.
    pub(crate) fn spawn(&self, runtime: &DynRuntime, task: impl Future<Output = ()> + MaybeSend + 'static) {
        let (abort, registration) = AbortHandle::new_pair();
        let entry = {
            let mut running = self.0.running.lock();
            if running.stopped {
                return;
            }
            let id = running.next_id;
            running.next_id += 1;
            running.handles.insert(id, abort);
            Entry { id, shared: Arc::clone(&self.0) }
        };
        runtime.spawn(async move {
            let _entry = entry;
            let _ = Abortable::new(task, registration).await;
        });
    }

    /// Aborts every task; later ones do not start.
    pub(crate) fn abort(&self) {
        let mut running = self.0.running.lock();
        running.stopped = true;
        for handle in running.handles.values() {
            handle.abort();
        }
    }

    /// Aborts every task and waits until all are gone.
    pub(crate) async fn stop(&self) {
        self.abort();
        self.ended().await;
    }

    /// Waits until no task runs.
    pub(crate) async fn ended(&self) {
        loop {
            let ended = self.0.ended.listen();
            if self.0.running.lock().handles.is_empty() {
                return;
            }
            ended.await;
        }
    }
}

impl Drop for Tasks {
    fn drop(&mut self) {
        self.abort();
    }
}
