use std::sync::{Arc, atomic::AtomicUsize};

use ottla_transport::{DynRuntime, Runtime};
use parking_lot::Mutex;

use crate::{
    BrokerConfig,
    lifetime::{Owner, Token},
    state::State,
};

/// What all connections share.
pub(crate) struct Core {
    pub(crate) config: Arc<BrokerConfig>,
    pub(crate) runtime: DynRuntime,
    /// How many there are.
    pub(crate) connections: AtomicUsize,
    serving: Mutex<Option<Owner>>,
    state: Mutex<State>,
}

impl Core {
    pub(crate) fn new(config: BrokerConfig, runtime: DynRuntime) -> Self {
        let config = Arc::new(config);
        let state = State::new(Arc::clone(&config), runtime.unix_millis());
        Self {
            config,
            runtime,
            connections: AtomicUsize::new(0),
            serving: Mutex::new(Some(Owner::new())),
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

    /// A connection's token, or `None` after [`Core::stop`].
    pub(crate) fn token(&self) -> Option<Token> {
        self.serving.lock().as_ref().map(Owner::token)
    }

    /// Stops every connection there is; new ones are served.
    pub(crate) fn restart_connections(&self) -> Option<Owner> {
        let mut serving = self.serving.lock();
        serving.as_ref()?;
        serving.replace(Owner::new())
    }

    /// Stops every connection for good.
    pub(crate) fn stop(&self) -> Option<Owner> {
        self.serving.lock().take()
    }
}
