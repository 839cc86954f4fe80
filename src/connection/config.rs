use std::{future::Future, io, sync::Arc, time::Duration};

use ottla_transport::{BrokerAddress, DynRuntime, DynRx, DynTransport, DynTx, MaybeSend, Transport};

/// What every connection of a client has in common.
#[derive(Clone, Debug)]
pub(crate) struct ConnectionConfig {
    pub(crate) transport: DynTransport,
    pub(crate) runtime: DynRuntime,
    pub(crate) client_id: Arc<str>,
    /// For dialling and shaking hands together.
    pub(crate) connect_timeout: Duration,
    /// A connection that carries nothing for so long is closed.
    pub(crate) idle_timeout: Duration,
    /// The largest response that is taken in, in bytes.
    pub(crate) max_response_bytes: usize,
}

impl ConnectionConfig {
    pub(crate) fn transport_connect<'a>(
        &'a self,
        to: &'a BrokerAddress,
    ) -> impl Future<Output = io::Result<(DynTx, DynRx)>> + MaybeSend + 'a {
        self.transport.connect(to)
    }
}
