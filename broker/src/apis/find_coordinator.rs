//! FindCoordinator: which node looks after a group. Groups themselves are not here yet.

use ottla::{
    protocol::{
        ErrorCode,
        find_coordinator::{Coordinator, GROUP, Request, Response, SHARE, TRANSACTION},
    },
    wire::Str,
};

use ottla_transport::BrokerAddress;

use crate::{dispatch::Call, faults::When};

/// The first version that asks for many at a time (KIP-699).
const MANY: i16 = 4;

pub(crate) fn answer(call: &Call<'_>, request: Request) -> Response {
    if call.version >= MANY {
        let coordinators = request.coordinator_keys.into_iter();
        return Response {
            coordinators: coordinators.map(|key| find(call, key, request.key_type)).collect(),
            ..Response::default()
        };
    }
    let Coordinator { error_code, error_message, node_id, host, port, .. } =
        find(call, request.key, request.key_type);
    Response { error_code, error_message, node_id, host, port, ..Response::default() }
}

fn find(call: &Call<'_>, key: Str, key_type: i8) -> Coordinator {
    if let Some(error_code) = call.struck.error_without_topic(When::Before) {
        return Coordinator { key, node_id: -1, port: -1, error_code, ..Coordinator::default() };
    }
    if !matches!(key_type, GROUP | TRANSACTION | SHARE) {
        let error_code = ErrorCode::INVALID_REQUEST;
        return Coordinator { key, node_id: -1, port: -1, error_code, ..Coordinator::default() };
    }
    let alive = |address: &&BrokerAddress| {
        address.node_id.is_some_and(|node| call.with(|state| state.is_alive(node)))
    };
    let nodes: Vec<_> = call.seat.endpoints.iter().filter(alive).collect();
    let hash = key.bytes().fold(0_usize, |hash, byte| hash.wrapping_mul(31).wrapping_add(usize::from(byte)));
    match nodes.get(hash % nodes.len().max(1)) {
        Some(address) => Coordinator {
            key,
            node_id: address.node_id.unwrap_or(-1),
            host: address.host.as_str().into(),
            port: i32::from(address.port),
            ..Coordinator::default()
        },
        None => {
            let error_code = ErrorCode::COORDINATOR_NOT_AVAILABLE;
            Coordinator { key, node_id: -1, port: -1, error_code, ..Coordinator::default() }
        }
    }
}
