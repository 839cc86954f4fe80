use std::{collections::HashMap, fmt, net::SocketAddr, sync::Arc};

use axum::{
    Router,
    extract::{Path, Request, State},
    http::StatusCode,
    routing::{any, get},
};
use tokio::{
    sync::Semaphore,
    time::{Instant, timeout_at},
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::{
    BridgeBuilder, InvalidBridge, Limits,
    cluster::Cluster,
    handshake::{self, Target},
    origin::{Exposure, Origins},
    refusal::Refusal,
};

/// A gateway from WebSockets to the brokers of some clusters. Clones are the same bridge.
#[derive(Clone)]
pub struct Bridge {
    pub(crate) shared: Arc<Shared>,
}

pub(crate) struct Shared {
    pub(crate) clusters: HashMap<String, Cluster>,
    pub(crate) origins: Origins,
    pub(crate) limits: Limits,
    pub(crate) sockets: Arc<Semaphore>,
    pub(crate) pumps: TaskTracker,
    /// Nothing new is begun.
    pub(crate) draining: CancellationToken,
    /// Whatever still runs is cut off.
    pub(crate) cut_off: CancellationToken,
}

/// What every request is looked at with.
#[derive(Clone)]
struct Served {
    bridge: Bridge,
    exposure: Exposure,
}

impl Bridge {
    /// Sets up a bridge.
    pub fn builder() -> BridgeBuilder {
        BridgeBuilder::default()
    }

    pub(crate) fn new(clusters: HashMap<String, Cluster>, origins: Origins, limits: Limits) -> Self {
        let sockets = Arc::new(Semaphore::new(limits.sockets.min(Semaphore::MAX_PERMITS)));
        let (draining, cut_off, pumps) =
            (CancellationToken::new(), CancellationToken::new(), TaskTracker::new());
        Self { shared: Arc::new(Shared { clusters, origins, limits, sockets, pumps, draining, cut_off }) }
    }

    /// The bridge's routes, to merge into a server of one's own that listens on `listening_on`. Such a
    /// server must serve HTTP/1.1 with upgrades, and call [`Bridge::drain`] when it stops.
    ///
    /// # Errors
    /// No origin is allowed, and the address is not on loopback: any web page could use the bridge.
    pub fn router(&self, listening_on: SocketAddr) -> Result<Router, InvalidBridge> {
        let exposure = Exposure::of(listening_on);
        if exposure == Exposure::Network && self.shared.origins.is_empty() {
            return Err(InvalidBridge(format!(
                "a bridge on {listening_on} can be reached from other machines, and must be told which web \
                 pages may use it: --allow-origin https://HOST. Without any it listens on loopback only"
            )));
        }
        let served = Served { bridge: self.clone(), exposure };
        let v1 = Router::new()
            .route("/{cluster}/bootstrap", any(bootstrap))
            .route("/{cluster}/broker/{node_id}", any(broker))
            .fallback(no_such_route);
        Ok(Router::new().nest("/v1", v1).route("/healthz", get(healthz)).with_state(served))
    }

    /// Stops: handshakes are refused, sockets are closed with the code 1012 once the answers under way
    /// have passed, and after the limit `drain` what is left is cut off.
    ///
    /// # Cancel safety
    /// Safe: another call goes on with it.
    pub async fn drain(&self) {
        let shared = &self.shared;
        shared.draining.cancel();
        shared.pumps.close();
        let deadline = Instant::now() + shared.limits.drain;
        if timeout_at(deadline, shared.pumps.wait()).await.is_err() {
            tracing::warn!(
                sockets = shared.pumps.len(),
                "cutting off the sockets that did not close in time"
            );
            shared.cut_off.cancel();
            shared.pumps.wait().await;
        }
    }
}

impl fmt::Debug for Bridge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let clusters: Vec<_> = self.shared.clusters.keys().collect();
        f.debug_struct("Bridge").field("clusters", &clusters).finish_non_exhaustive()
    }
}

type Answer = Result<axum::response::Response, Refusal>;

async fn bootstrap(State(served): State<Served>, Path(cluster): Path<String>, request: Request) -> Answer {
    let target = Target { cluster, node_id: None };
    handshake::shake_hands(&served.bridge.shared, served.exposure, target, request).await
}

async fn broker(
    State(served): State<Served>,
    Path((cluster, node_id)): Path<(String, String)>,
    request: Request,
) -> Answer {
    let target = Target { cluster, node_id: Some(node_id) };
    handshake::shake_hands(&served.bridge.shared, served.exposure, target, request).await
}

async fn no_such_route() -> Refusal {
    Refusal::not_found("a bridge serves /v1/CLUSTER/bootstrap and /v1/CLUSTER/broker/NODE_ID")
}

async fn healthz(State(served): State<Served>) -> (StatusCode, &'static str) {
    if served.bridge.shared.draining.is_cancelled() {
        (StatusCode::SERVICE_UNAVAILABLE, "stopping\n")
    } else {
        (StatusCode::OK, "ok\n")
    }
}
