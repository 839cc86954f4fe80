use std::{io, net::SocketAddr, sync::Arc, time::Duration};

use ottla_transport::{BrokerAddress, Runtime};
use tokio::net::{TcpListener, ToSocketAddrs};
use tracing::warn;

use crate::{
    Broker, connection,
    core::Core,
    lifetime::Token,
    seat::{Endpoints, Seat},
};

/// How long a listener rests when it cannot accept: out of file descriptors, most likely.
const REST: Duration = Duration::from_millis(100);

impl Broker {
    /// Listens on TCP, on one address for each node in the order of their ids, and returns where.
    /// Port 0 lets the system choose one. Needs the runtime to be tokio.
    ///
    /// # Errors
    /// As many addresses as nodes were not given, one cannot be listened on, or the broker is
    /// closed. Nothing listens then.
    ///
    /// # Cancel safety
    /// Dropping the future leaves nothing listening.
    pub async fn listen_tcp<A: ToSocketAddrs>(
        &self,
        addresses: impl IntoIterator<Item = A>,
    ) -> io::Result<Vec<SocketAddr>> {
        let mut listeners = Vec::new();
        for address in addresses {
            listeners.push(TcpListener::bind(address).await?);
        }
        let core = self.core();
        let nodes = core.config.nodes.max(1);
        if listeners.len() != usize::from(nodes) {
            let why = format!("{} addresses for {nodes} nodes: give one for each", listeners.len());
            return Err(io::Error::new(io::ErrorKind::InvalidInput, why));
        }
        let bound = listeners.iter().map(TcpListener::local_addr).collect::<io::Result<Vec<_>>>()?;
        let advertised = (1..).zip(&bound).map(|(id, at)| advertised(core, id, *at)).collect();
        let endpoints = Endpoints::new(advertised);
        let closed = || io::Error::new(io::ErrorKind::NotConnected, "the broker is closed");
        let token = self.listening().ok_or_else(closed)?;
        for (node, listener) in (1..).zip(listeners) {
            let seat = Seat { node, endpoints: Arc::clone(&endpoints) };
            core.runtime.spawn(accept(Arc::clone(core), listener, seat, token.clone()));
        }
        Ok(bound)
    }
}

fn advertised(core: &Core, id: i32, at: SocketAddr) -> BrokerAddress {
    let host = match &core.config.advertised_host {
        Some(host) => host.clone(),
        None if at.ip().is_unspecified() => "localhost".to_owned(),
        None => at.ip().to_string(),
    };
    BrokerAddress::broker(id, host, at.port())
}

async fn accept(core: Arc<Core>, listener: TcpListener, seat: Seat, listening: Token) {
    while let Some(accepted) = listening.or_stopped(listener.accept()).await {
        let stream = match accepted {
            Ok((stream, _)) => stream,
            Err(error) => {
                warn!(node = seat.node, %error, "accepting a connection failed");
                listening.or_stopped(core.runtime.sleep(REST)).await;
                continue;
            }
        };
        // It is closed at once where the node is down.
        let Some(token) = core.token(seat.node) else { continue };
        // It fails when the client has gone already.
        let Ok((tx, rx)) = ottla_tcp::halves(stream) else { continue };
        let (serving, seat) = (Arc::clone(&core), seat.clone());
        core.runtime.spawn(async move { connection::run(&serving, seat, tx, rx, &token).await });
    }
}
