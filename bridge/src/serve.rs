use std::{future::Future, io, pin::pin, sync::Arc, time::Duration};

use axum::{Extension, Router};
use hyper::server::conn::http1;
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    service::TowerToHyperService,
};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::{OwnedSemaphorePermit, Semaphore},
    time::sleep,
};
use tokio_util::task::TaskTracker;

use crate::{Bridge, handshake::Peer};

/// How long to wait when the system has no more sockets to give.
const OUT_OF_SOCKETS: Duration = Duration::from_millis(100);
/// The most bytes of a request's head.
const MAX_HEAD: usize = 16 * 1024;

impl Bridge {
    /// Serves the bridge's routes until `shutdown` is done, then drains: see [`Bridge::drain`].
    ///
    /// # Errors
    /// As [`Bridge::router`], or the listener has no address.
    ///
    /// # Cancel safety
    /// Dropping the future stops listening at once; sockets that are open go on.
    pub async fn serve(&self, listener: TcpListener, shutdown: impl Future<Output = ()>) -> io::Result<()> {
        self.serve_with(listener, Router::new(), shutdown).await
    }

    /// [`Bridge::serve`], with routes of one's own beside `/v1` and `/healthz`: a web page, say.
    ///
    /// # Errors
    /// As [`Bridge::serve`].
    ///
    /// # Panics
    /// When `beside` has one of the bridge's own routes, as `axum::Router::merge` does.
    ///
    /// # Cancel safety
    /// As [`Bridge::serve`].
    pub async fn serve_with(
        &self,
        listener: TcpListener,
        beside: Router,
        shutdown: impl Future<Output = ()>,
    ) -> io::Result<()> {
        let address = listener.local_addr()?;
        let router = self
            .router(address)
            .map_err(|error| io::Error::new(io::ErrorKind::InvalidInput, error))?
            .merge(beside);
        tracing::info!(%address, "listening");
        let connections = TaskTracker::new();
        {
            let mut shutdown = pin!(shutdown);
            let open = Arc::new(Semaphore::new(self.shared.limits.sockets.min(Semaphore::MAX_PERMITS)));
            loop {
                let accepted = tokio::select! {
                    accepted = accept(&listener, &open) => accepted,
                    () = &mut shutdown => break,
                };
                connections.spawn(self.clone().talk(accepted, router.clone()));
            }
        }
        drop(listener);
        tracing::info!(%address, "stopping");
        self.drain().await;
        connections.close();
        connections.wait().await;
        Ok(())
    }

    /// HTTP on one connection, until it is upgraded or closed.
    async fn talk(self, (stream, peer, permit): Accepted, router: Router) {
        let _held = permit;
        // Without it small messages wait for each other; with it failing, they only wait.
        let _ = stream.set_nodelay(true);
        let service = TowerToHyperService::new(router.layer(Extension(peer)));
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(self.shared.limits.handshake)
            .max_buf_size(MAX_HEAD)
            .serve_connection(TokioIo::new(stream), service)
            .with_upgrades();
        let mut connection = pin!(connection);
        let ended = tokio::select! {
            ended = &mut connection => ended,
            () = self.shared.draining.cancelled() => {
                connection.as_mut().graceful_shutdown();
                tokio::select! {
                    ended = connection => ended,
                    () = sleep(self.shared.limits.drain) => Ok(()),
                }
            }
        };
        if let Err(error) = ended {
            tracing::debug!(peer = %peer.0, %error, "a connection failed");
        }
    }
}

type Accepted = (TcpStream, Peer, OwnedSemaphorePermit);

/// The next connection, once there is room for it. The others wait in the listener's backlog.
async fn accept(listener: &TcpListener, open: &Arc<Semaphore>) -> Accepted {
    let Ok(permit) = Arc::clone(open).acquire_owned().await else { std::future::pending().await };
    loop {
        match listener.accept().await {
            Ok((stream, peer)) => return (stream, Peer(peer), permit),
            Err(error) => {
                tracing::warn!(%error, "cannot accept a connection");
                sleep(OUT_OF_SOCKETS).await;
            }
        }
    }
}
