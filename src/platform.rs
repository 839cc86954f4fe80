//! What the client runs on where nothing is said: which transports and runtime there are depends on
//! the target and on the features.

use ottla_transport::{DynRuntime, DynTransport};

use crate::error::Error;

/// Straight to the brokers.
pub(crate) fn direct() -> Result<DynTransport, Error> {
    #[cfg(all(feature = "tcp", not(target_family = "wasm")))]
    return Ok(DynTransport::new(ottla_tcp::TcpTransport::new()));
    #[cfg(not(all(feature = "tcp", not(target_family = "wasm"))))]
    Err(Error::misuse(if cfg!(target_family = "wasm") {
        "a browser cannot reach a broker directly: give the URL of a bridge, ws://HOST:PORT/v1/CLUSTER"
    } else {
        "there is no TCP transport: enable the feature `tcp`, or give a transport of your own"
    }))
}

/// Through a bridge.
pub(crate) fn bridge(url: &str) -> Result<DynTransport, Error> {
    #[cfg(feature = "websocket")]
    return match ottla_websocket::WebSocketTransport::new(url) {
        Ok(transport) => Ok(DynTransport::new(transport)),
        Err(cause) => Err(Error::misuse(cause.to_string())),
    };
    #[cfg(not(feature = "websocket"))]
    Err(Error::misuse(format!("there is no WebSocket transport for {url:?}: enable the feature `websocket`")))
}

/// The runtime of the calling task.
pub(crate) fn runtime() -> Result<DynRuntime, Error> {
    #[cfg(target_family = "wasm")]
    return Ok(DynRuntime::new(ottla_transport::WebRuntime));
    #[cfg(all(any(feature = "tcp", feature = "websocket"), not(target_family = "wasm")))]
    return match ottla_transport::TokioRuntime::try_current() {
        Some(runtime) => Ok(DynRuntime::new(runtime)),
        None => Err(Error::misuse("there is no tokio runtime here: call from within one, or give a runtime")),
    };
    #[cfg(not(any(target_family = "wasm", feature = "tcp", feature = "websocket")))]
    Err(Error::misuse(
        "no runtime is given, and without the feature `tcp` or `websocket` there is no default",
    ))
}
