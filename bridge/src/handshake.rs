use std::{net::SocketAddr, sync::Arc};

use axum::{
    body::Body,
    extract::Request,
    http::{Response, StatusCode, header, request::Parts},
};
use hyper::upgrade::OnUpgrade;
use hyper_util::rt::TokioIo;
use tokio::{sync::OwnedSemaphorePermit, time::timeout};
use tokio_tungstenite::{
    WebSocketStream,
    tungstenite::{
        handshake::server::create_response,
        http,
        protocol::{Role, WebSocketConfig},
    },
};
use tracing::Instrument;

use crate::{
    Limits,
    bridge::Shared,
    cluster::{Cluster, Upstream},
    origin::Exposure,
    pump::Pump,
    refusal::Refusal,
};

/// Where a request came from, if the server knows.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Peer(pub(crate) SocketAddr);

/// What a request's path names.
#[derive(Debug)]
pub(crate) struct Target {
    pub(crate) cluster: String,
    /// As it was sent. `None` stands for any broker.
    pub(crate) node_id: Option<String>,
}

/// Answers one request. The broker is dialed before the socket is upgraded, so that a failure is an
/// HTTP status with a sentence.
pub(crate) async fn shake_hands(
    shared: &Arc<Shared>,
    exposure: Exposure,
    target: Target,
    request: Request,
) -> Result<Response<Body>, Refusal> {
    let (mut parts, _) = request.into_parts();
    let span = tracing::info_span!(
        "socket",
        cluster = ?shortened(&target.cluster),
        node = target.node_id.as_deref().map(|id| tracing::field::debug(shortened(id))),
        peer = parts.extensions.get::<Peer>().map(|peer| tracing::field::display(peer.0)),
        origin = parts.headers.get(header::ORIGIN).map(tracing::field::debug),
    );
    let upgraded = parts.extensions.remove::<OnUpgrade>();
    let admitted = admit(shared, exposure, &target, parts).instrument(span.clone()).await;
    let (response, upstream, permit) = admitted.inspect_err(|refusal| {
        let _entered = span.enter();
        tracing::info!(status = refusal.status.as_u16(), reason = %refusal.sentence, "refused");
    })?;
    let Some(upgraded) = upgraded else {
        return Err(Refusal::new(StatusCode::NOT_IMPLEMENTED, "this server cannot upgrade connections"));
    };
    let served = serve(Arc::clone(shared), upgraded, upstream, permit);
    shared.pumps.spawn(served.instrument(span));
    Ok(response.map(|()| Body::empty()))
}

type Admitted = (Response<()>, Upstream, OwnedSemaphorePermit);

async fn admit(
    shared: &Arc<Shared>,
    exposure: Exposure,
    target: &Target,
    parts: Parts,
) -> Result<Admitted, Refusal> {
    if !parts.headers.contains_key(header::UPGRADE) {
        return Err(Refusal::new(
            StatusCode::UPGRADE_REQUIRED,
            "this is where Kafka clients connect by WebSocket: ask for an upgrade",
        ));
    }
    shared.origins.check(&parts.headers, exposure)?;
    let (cluster, node_id) = find(shared, target)?;
    let response = create_response(&http::Request::from_parts(parts, ()))
        .map_err(|error| Refusal::new(StatusCode::BAD_REQUEST, format!("no WebSocket handshake: {error}")))?;
    if shared.draining.is_cancelled() {
        return Err(Refusal::unavailable("the bridge is stopping: connect to another"));
    }
    let permit = Arc::clone(&shared.sockets).try_acquire_owned().map_err(|_| {
        Refusal::unavailable(format!("all {} sockets of the bridge are in use", shared.limits.sockets))
    })?;
    let upstream = cluster.dial(node_id).await?;
    Ok((response, upstream, permit))
}

fn find<'a>(shared: &'a Shared, target: &Target) -> Result<(&'a Cluster, Option<i32>), Refusal> {
    let cluster = shared.clusters.get(&target.cluster).ok_or_else(|| {
        Refusal::not_found(format!("this bridge knows no cluster {:?}", shortened(&target.cluster)))
    })?;
    let node_id = match target.node_id.as_deref().map(str::parse) {
        None => None,
        Some(Ok(id)) => Some(id),
        Some(Err(_)) => return Err(Refusal::not_found("the node id in the path is no number")),
    };
    Ok((cluster, node_id))
}

/// As much of what a stranger sent as goes into a log or an answer.
fn shortened(name: &str) -> String {
    name.chars().take(64).collect()
}

async fn serve(shared: Arc<Shared>, upgraded: OnUpgrade, upstream: Upstream, permit: OwnedSemaphorePermit) {
    let _held = permit;
    let upgraded = match timeout(shared.limits.handshake, upgraded).await {
        Ok(Ok(upgraded)) => upgraded,
        Ok(Err(error)) => return tracing::info!(%error, "the client went before its socket was open"),
        Err(_) => return tracing::info!("the client's socket did not open in time"),
    };
    tracing::info!(broker = %upstream.address, "open");
    let config = config(&shared.limits);
    let socket = WebSocketStream::from_raw_socket(TokioIo::new(upgraded), Role::Server, Some(config)).await;
    let pump = Pump::new(socket, upstream.tx, upstream.rx, &shared.limits);
    tokio::select! {
        report = pump.run(&shared.draining) => {
            tracing::info!(sent = report.sent, received = report.received, ended = %report.ending, "closed");
        }
        () = shared.cut_off.cancelled() => tracing::info!("cut off"),
    }
}

/// No compression is ever negotiated: it would cost memory and time for what Kafka has compressed.
pub(crate) fn config(limits: &Limits) -> WebSocketConfig {
    WebSocketConfig::default()
        .read_buffer_size(limits.buffer.min(32 * 1024))
        .write_buffer_size(0)
        .max_write_buffer_size(2 * limits.buffer + 1024)
        .max_message_size(Some(limits.message))
        .max_frame_size(Some(limits.message))
}
