use std::{
    cell::{Ref, RefCell, RefMut},
    io::ErrorKind,
    rc::Rc,
};

use js_sys::{ArrayBuffer, Function, Uint8Array};
use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use web_sys::{BinaryType, CloseEvent, MessageEvent, WebSocket};

use super::received::Received;
use crate::close::End;

thread_local! {
    /// Lives as long as the program: the npm package `ws` throws when it has an error to tell and
    /// nobody listens, even after the socket was closed and let go.
    static IGNORE: Closure<dyn FnMut()> = Closure::new(|| {});
}

/// A WebSocket, its event handlers and what they have received. Dropping it closes the connection.
pub(super) struct Socket {
    web_socket: WebSocket,
    received: Rc<RefCell<Received>>,
    _on_open: Closure<dyn FnMut()>,
    _on_message: Closure<dyn FnMut(MessageEvent)>,
    _on_close: Closure<dyn FnMut(CloseEvent)>,
    _on_error: Closure<dyn FnMut()>,
}

impl Socket {
    /// Starts to connect.
    pub(super) fn new(url: &str) -> Result<Self, JsValue> {
        let web_socket = WebSocket::new(url)?;
        web_socket.set_binary_type(BinaryType::Arraybuffer);
        let received = Rc::new(RefCell::new(Received::default()));

        let shared = Rc::clone(&received);
        let on_open = Closure::<dyn FnMut()>::new(move || shared.borrow_mut().open());
        web_socket.set_onopen(Some(function(&on_open)));

        let shared = Rc::clone(&received);
        let on_message = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
            match event.data().dyn_into::<ArrayBuffer>() {
                Ok(buffer) => shared.borrow_mut().message(Uint8Array::new(&buffer)),
                Err(_) => shared
                    .borrow_mut()
                    .ended(End::broken(ErrorKind::InvalidData, "the peer sent text: it is no ottla bridge")),
            }
        });
        web_socket.set_onmessage(Some(function(&on_message)));

        let shared = Rc::clone(&received);
        let on_close = Closure::<dyn FnMut(CloseEvent)>::new(move |event: CloseEvent| {
            shared.borrow_mut().ended(End::by_close(event.code(), &event.reason()));
        });
        web_socket.set_onclose(Some(function(&on_close)));
        // An error tells nothing, and a close should follow it: but not in Node 20.
        let shared = Rc::clone(&received);
        let on_error =
            Closure::<dyn FnMut()>::new(move || shared.borrow_mut().ended(End::by_close(1006, "")));
        web_socket.set_onerror(Some(function(&on_error)));

        Ok(Self {
            web_socket,
            received,
            _on_open: on_open,
            _on_message: on_message,
            _on_close: on_close,
            _on_error: on_error,
        })
    }

    pub(super) fn received(&self) -> Ref<'_, Received> {
        self.received.borrow()
    }

    pub(super) fn received_mut(&self) -> RefMut<'_, Received> {
        self.received.borrow_mut()
    }

    /// The bytes that were sent and have not left yet.
    pub(super) fn buffered(&self) -> u32 {
        self.web_socket.buffered_amount()
    }

    /// Sends a message. A browser drops it silently when the connection is closing.
    pub(super) fn send(&self, message: &[u8]) -> Result<(), JsValue> {
        if self.web_socket.ready_state() != WebSocket::OPEN {
            return Err(JsValue::from_str("the connection to the bridge is closing"));
        }
        // A copy that is JavaScript's own: `ws` keeps what it is given until it is sent.
        self.web_socket.send_with_js_u8_array(&Uint8Array::from(message))
    }
}

fn function<T: ?Sized>(closure: &Closure<T>) -> &Function {
    closure.as_ref().unchecked_ref()
}

impl Drop for Socket {
    fn drop(&mut self) {
        self.web_socket.set_onopen(None);
        self.web_socket.set_onmessage(None);
        self.web_socket.set_onclose(None);
        IGNORE.with(|ignore| self.web_socket.set_onerror(Some(function(ignore))));
        let _ = self.web_socket.close();
    }
}
