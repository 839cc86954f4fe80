use std::{
    future::poll_fn,
    io::{self, ErrorKind},
    pin::pin,
    rc::Rc,
};

use futures::future::{Either, select};
use js_sys::Reflect;
use ottla_transport::{Runtime, WebRuntime};
use wasm_bindgen::JsValue;

use super::{
    halves::{Rx, Tx},
    socket::Socket,
};
use crate::{close::End, transport::WebSocketTransport};

pub(crate) async fn connect(transport: &WebSocketTransport, url: &str) -> io::Result<(Tx, Rx)> {
    let failed = |kind, why: String| io::Error::new(kind, format!("connecting to {url} failed: {why}"));
    if global("WebSocket").is_undefined() {
        return Err(failed(
            ErrorKind::Unsupported,
            "this JavaScript runtime has no WebSocket. In Node before 22, put the class of the npm package \
             `ws` at globalThis.WebSocket first, or start node with --experimental-websocket"
                .to_owned(),
        ));
    }
    let socket = Socket::new(url).map_err(|thrown| failed(ErrorKind::InvalidInput, text(&thrown)))?;
    let opened = poll_fn(|context| socket.received_mut().poll_open(context));
    let timeout = WebRuntime.sleep(transport.connect_timeout);
    match select(opened, pin!(timeout)).await {
        Either::Left((true, _)) => {}
        Either::Left((false, _)) => {
            let end = socket.received().end.clone();
            return Err(failed(ErrorKind::ConnectionRefused, why_not_opened(end)));
        }
        Either::Right(_) => {
            let why = format!("no answer within {:?}", transport.connect_timeout);
            return Err(failed(ErrorKind::TimedOut, why));
        }
    }
    let socket = Rc::new(socket);
    Ok((Tx::new(Rc::clone(&socket)), Rx::new(socket)))
}

/// A browser tells a page nothing of a failed handshake, lest the page explore the network.
fn why_not_opened(end: Option<End>) -> String {
    match end {
        // Some proxies accept every handshake, then close.
        Some(End::Broken(_, what)) if !what.contains("1006") => what,
        _ => {
            let origin = Reflect::get(&global("location"), &"origin".into()).ok().and_then(|o| o.as_string());
            let origin = origin.unwrap_or_else(|| "this page's origin".to_owned());
            format!(
                "browsers do not say why. Is the bridge running there, does it allow the origin {origin} \
                 (--allow-origin), and does it know this cluster and broker? Its log tells"
            )
        }
    }
}

fn global(name: &str) -> JsValue {
    Reflect::get(&js_sys::global(), &name.into()).unwrap_or(JsValue::UNDEFINED)
}

/// What a JavaScript exception says.
pub(super) fn text(thrown: &JsValue) -> String {
    let message = Reflect::get(thrown, &"message".into()).ok().and_then(|message| message.as_string());
    message.or_else(|| thrown.as_string()).unwrap_or_else(|| format!("{thrown:?}"))
}
