use std::{
    collections::BTreeMap,
    sync::{Arc, atomic::AtomicUsize},
};

use ottla_transport::{DynRuntime, Runtime};
use parking_lot::Mutex;

use crate::{
    BrokerConfig,
    faults::Faults,
    lifetime::{Owner, Token},
    state::State,
};

/// What all connections share.
pub(crate) struct Core {
    pub(crate) config: Arc<BrokerConfig>,
    pub(crate) runtime: DynRuntime,
    /// How many there are.
    pub(crate) connections: AtomicUsize,
    pub(crate) faults: Faults,
    /// The connections of each node; `None` once they are stopped for good.
    serving: Mutex<Option<BTreeMap<i32, Owner>>>,
    state: Mutex<State>,
}

impl Core {
    pub(crate) fn new(config: BrokerConfig, runtime: DynRuntime) -> Self {
        let config = Arc::new(config);
        let state = State::new(Arc::clone(&config), runtime.unix_millis());
        let serving = state.nodes().map(|node| (node, Owner::new())).collect();
        Self {
            config,
            runtime,
            connections: AtomicUsize::new(0),
            faults: Faults::default(),
            serving: Mutex::new(Some(serving)),
            state: Mutex::new(state),
        }
    }

    /// Reads or changes the state. Who waited for the change is woken after the lock is let go.
    pub(crate) fn with<T>(&self, work: impl FnOnce(&mut State) -> T) -> T {
        let (done, woken) = {
            let mut state = self.state.lock();
            let done = work(&mut state);
            (done, state.take_woken())
        };
        woken.iter().for_each(|notice| notice.raise());
        done
    }

    /// The token of a connection to a node, or `None` when it is not to be had: the node is down, or all
    /// is over.
    pub(crate) fn token(&self, node: i32) -> Option<Token> {
        let reachable = self.with(|state| state.is_reachable(node));
        let serving = self.serving.lock();
        Some(serving.as_ref()?.get(&node).filter(|_| reachable)?.token())
    }

    /// Stops every connection to a node (`None`: to any); new ones are served.
    pub(crate) fn restart_connections(&self, node: Option<i32>) -> Vec<Owner> {
        let mut serving = self.serving.lock();
        let owners = serving.iter_mut().flatten().filter(|(id, _)| node.is_none_or(|node| node == **id));
        owners.map(|(_, owner)| std::mem::replace(owner, Owner::new())).collect()
    }

    /// Stops every connection for good.
    pub(crate) fn stop(&self) -> Vec<Owner> {
        self.serving.lock().take().into_iter().flatten().map(|(_, owner)| owner).collect()
    }
}
