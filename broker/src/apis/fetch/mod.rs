//! Fetch: batches from where the client is, when there are enough of them or its patience ends.

mod gather;
mod respond;

use std::{sync::Arc, time::Duration};

use futures::{
    future::{Either, select},
    pin_mut,
};
use ottla::protocol::fetch::{Request, Response};
use ottla_transport::Runtime;

use self::{gather::gather, respond::respond};
use crate::{dispatch::Call, notice::Notice, served::WITH_TOPIC_IDS, sessions::Limits};

/// The first version that limits the whole response, and lets its first batch exceed the limits.
const WITH_MAX_BYTES: i16 = 3;

pub(crate) async fn answer(call: &Call<'_>, request: &Request, hurry: impl Future) -> Response {
    let now_ms = call.now_ms();
    let entered = call.with(|state| {
        let limits =
            Limits { sessions: state.config.max_fetch_sessions, partitions: state.config.max_partitions };
        state.sessions(call.seat.node).enter(request, call.version >= WITH_TOPIC_IDS, limits, now_ms)
    });
    let context = match entered {
        Ok(context) => context,
        Err(error_code) => return Response { error_code, ..Response::default() },
    };
    let patience = Duration::from_millis(u64::try_from(request.max_wait_ms).unwrap_or(0));
    let give_up_at = call.core.runtime.now() + patience;
    let min_bytes = usize::try_from(request.min_bytes).unwrap_or(0);
    let notice = Arc::new(Notice::default());
    pin_mut!(hurry);
    loop {
        let gathered = call.with(|state| gather(state, call, request, &context.asked, &notice));
        let left = give_up_at.since(call.core.runtime.now());
        if gathered.urgent || gathered.bytes >= min_bytes || left.is_zero() {
            return respond(call, request, &context, gathered);
        }
        let changed = notice.raised();
        let sleep = call.core.runtime.sleep(left);
        pin_mut!(changed, sleep);
        let ends = select(hurry.as_mut(), sleep);
        if let Either::Right((Either::Left(_), _)) = select(changed, ends).await {
            return respond(call, request, &context, gathered);
        }
    }
}
