//! The WebSocket of a browser, a worker or Node, against the bridge's example `echo`.
//!
//! Its port is compiled in, since a page has no environment:
//! ```sh
//! cargo run -p ottla-bridge --example echo -- 127.0.0.1:7411 < <(sleep infinity) &
//! export OTTLA_ECHO_PORT=7411
//! NODE_OPTIONS=--experimental-websocket cargo test -p ottla-websocket --target wasm32-unknown-unknown
//! WASM_BINDGEN_USE_BROWSER=1 cargo test -p ottla-websocket --target wasm32-unknown-unknown
//! ```
#![cfg(target_family = "wasm")]
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::{io::ErrorKind, time::Duration};

use ottla_transport::{BrokerAddress, Transport, WebRuntime};
use ottla_websocket::WebSocketTransport;
use wasm_bindgen_test::wasm_bindgen_test;

fn port() -> &'static str {
    let Some(port) = option_env!("OTTLA_ECHO_PORT") else {
        panic!("compile with OTTLA_ECHO_PORT set: see the top of tests/browser.rs")
    };
    port
}

fn has_web_socket() -> bool {
    js_sys::Reflect::has(&js_sys::global(), &"WebSocket".into()).unwrap()
}

fn cluster(name: &str) -> WebSocketTransport {
    WebSocketTransport::new(&format!("ws://127.0.0.1:{}/v1/{name}", port())).unwrap()
}

fn broker(id: i32) -> BrokerAddress {
    BrokerAddress::broker(id, "never-asked", 9092)
}

async fn refused(transport: WebSocketTransport, id: i32) -> (ErrorKind, String) {
    let error = transport.connect(&broker(id)).await.unwrap_err();
    (error.kind(), error.to_string())
}

#[wasm_bindgen_test]
async fn the_suite_of_every_transport() {
    if has_web_socket() {
        ottla_transport_suite::run(cluster("echo"), broker(1), WebRuntime).await;
        let bootstrap = BrokerAddress { node_id: None, host: String::new(), port: 0 };
        ottla_transport_suite::run(cluster("echo"), bootstrap, WebRuntime).await;
    } else {
        let (kind, said) = refused(cluster("echo"), 1).await;
        assert_eq!(kind, ErrorKind::Unsupported);
        assert!(said.contains("--experimental-websocket") && said.contains("`ws`"), "{said}");
    }
}

#[wasm_bindgen_test]
async fn what_a_browser_does_not_tell_is_guessed_at() {
    if !has_web_socket() {
        return;
    }
    let closed = WebSocketTransport::new("ws://127.0.0.1:1/v1/echo").unwrap();
    for (transport, id) in [(cluster("other"), 1), (cluster("echo"), 3), (closed, 1)] {
        let (kind, said) = refused(transport, id).await;
        assert_eq!(kind, ErrorKind::ConnectionRefused, "{said}");
        assert!(said.starts_with("connecting to ws://127.0.0.1:"), "{said}");
        for guess in ["Is the bridge running", "--allow-origin", "cluster and broker"] {
            assert!(said.contains(guess), "{said}");
        }
    }
}

#[wasm_bindgen_test]
async fn a_dial_without_an_answer_times_out() {
    if !has_web_socket() {
        return;
    }
    let (kind, said) = refused(cluster("echo").connect_timeout(Duration::from_millis(100)), 2).await;
    assert_eq!(kind, ErrorKind::TimedOut, "{said}");
    // A connection that was given up leaves nothing behind that disturbs the next.
    cluster("echo").connect(&broker(1)).await.unwrap();
}
