//! The way of a request to what handles it and back, and the faults that lie in wait there.

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use ottla::{
    protocol::{
        Message,
        header::{RequestHeader, encode_response},
    },
    wire::{Decoder, Encoder, Malformed},
};
use ottla_transport::Runtime;

use crate::{
    core::Core,
    dispatch::{Answer, Call},
    faults::{Asked, Ending, When},
    lifetime::Token,
    served::{Asker, Served},
};

/// A request at the door.
pub(crate) enum Begun<R> {
    /// To be handled.
    Handle(R),
    /// It is not to be handled.
    Over(Answer),
}

/// Bytes of an answer that tell whose it is: its length, and the id of the request.
const ADDRESS: usize = 8;

/// Reads a request, and lets strike what strikes before it is handled.
pub(crate) async fn begin<R: Served>(
    call: &mut Call<'_>,
    header: &RequestHeader,
    input: &mut Decoder,
) -> Result<Begun<R>, Malformed> {
    let request = R::decode(header.version, input)?;
    input.finish()?;
    call.silent = request.is_silent();
    if call.core.faults.is_empty() {
        return Ok(Begun::Handle(request));
    }
    let asker = Asker { node: call.seat.node, version: call.version };
    call.places = call.with(|state| request.places(asker, state));
    let client = header.client_id.as_deref().unwrap_or_default();
    let asked = Asked { key: R::KEY, node: call.seat.node, client, places: &call.places };
    call.struck = call.core.faults.strike(&asked);
    if call.struck.is_empty() {
        return Ok(Begun::Handle(request));
    }
    if !pass(call.core, call.token, call.struck.delay(When::Before)).await {
        return Ok(Begun::Over(Answer::HangUp("the broker is closing".into())));
    }
    make_changes(call, When::Before);
    match call.struck.ending() {
        Some(Ending::DropRequest) => return Ok(Begun::Over(Answer::Stall)),
        Some(Ending::CutRequest) => return Ok(Begun::Over(on_command("a request"))),
        _ => {}
    }
    let whole = call.struck.whole_error();
    let whole = whole.or_else(|| call.struck.error_without_topic(When::Before).filter(|_| R::WHOLE));
    let Some(code) = whole else { return Ok(Begun::Handle(request)) };
    let mut response = R::Response::default();
    R::set_error(&mut response, code);
    end::<R>(call, header, response).await.map(Begun::Over)
}

/// Answers a request that was handled, and lets strike what strikes then.
pub(crate) async fn end<R: Served>(
    call: &Call<'_>,
    header: &RequestHeader,
    mut response: R::Response,
) -> Result<Answer, Malformed> {
    let (told, muted) = call.struck.throttle();
    let ending = call.struck.ending();
    if !call.struck.is_empty() {
        make_changes(call, When::After);
        if !told.is_zero() {
            R::set_throttle(&mut response, i32::try_from(told.as_millis()).unwrap_or(i32::MAX));
        }
        if let Some(code) = call.struck.error_without_topic(When::After).filter(|_| R::WHOLE) {
            R::set_error(&mut response, code);
        }
        if !pass(call.core, call.token, call.struck.delay(When::After)).await {
            return Ok(Answer::HangUp("the broker is closing".into()));
        }
    }
    match ending {
        Some(Ending::DropResponse) => return Ok(Answer::Stall),
        Some(Ending::CutResponse) => return Ok(on_command("an answer")),
        _ => {}
    }
    if call.silent {
        return Ok(match R::first_error(&response) {
            Some(code) => Answer::HangUp(format!("a write without acknowledgement failed: {code}")),
            None => Answer::Silence,
        });
    }
    let chunks = encoded::<R>(header, &response)?;
    Ok(match ending {
        Some(Ending::HalveResponse) => Answer::Half(halved(&chunks)),
        Some(Ending::GarbleResponse) => Answer::Send(vec![garbled(&chunks)]),
        _ if muted.is_zero() => Answer::Send(chunks),
        _ => Answer::Mute(chunks, muted),
    })
}

/// The frame of a response.
pub(crate) fn encoded<R: Served>(
    header: &RequestHeader,
    response: &R::Response,
) -> Result<Vec<Bytes>, Malformed> {
    let mut out = Encoder::framed();
    encode_response(&mut out, R::KEY, header.version >= R::FLEXIBLE, header.correlation_id);
    response.encode(header.version, &mut out);
    out.into_frame()
}

fn on_command(what: &str) -> Answer {
    Answer::HangUp(format!("{what} is cut on command"))
}

/// Lets time pass; `false` when the connection ends meanwhile.
async fn pass(core: &Core, token: &Token, how_long: Duration) -> bool {
    how_long.is_zero() || token.or_stopped(core.runtime.sleep(how_long)).await.is_some()
}

fn make_changes(call: &Call<'_>, when: When) {
    for (change, places) in call.struck.changes(&call.places, when) {
        call.with(|state| change.make(state, places));
        if let Some(node) = change.cuts() {
            drop(call.core.restart_connections(Some(node)));
        }
    }
}

fn halved(chunks: &[Bytes]) -> Bytes {
    let mut whole = Bytes::from(chunks.concat());
    whole.truncate(whole.len() / 2);
    whole
}

fn garbled(chunks: &[Bytes]) -> Bytes {
    let mut whole = BytesMut::from(&*chunks.concat());
    whole.iter_mut().skip(ADDRESS).for_each(|byte| *byte = !*byte);
    whole.freeze()
}
