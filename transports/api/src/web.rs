use std::{
    future::{Future, ready},
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use wasm_bindgen_futures::JsFuture;

use crate::{Instant, MaybeSend, Runtime};

/// The event loop of a browser page, a worker or Node.
#[derive(Clone, Copy, Debug, Default)]
pub struct WebRuntime;

/// `setTimeout` counts in a signed 32-bit number of milliseconds and fires at once beyond it.
const LONGEST_TIMEOUT_MS: f64 = i32::MAX as f64;

fn global_function(name: &str) -> Option<js_sys::Function> {
    js_sys::Reflect::get(&js_sys::global(), &JsValue::from_str(name)).ok()?.dyn_into().ok()
}

/// A timer that is cleared when it is dropped.
#[derive(Debug)]
pub struct WebSleep {
    fired: JsFuture,
    id: JsValue,
}

impl WebSleep {
    fn new(how_long: Duration) -> Self {
        // Rounded up: a timer must not fire before its time.
        let ms = (how_long.as_secs_f64() * 1000.0).ceil().min(LONGEST_TIMEOUT_MS);
        let mut id = JsValue::UNDEFINED;
        let promise = js_sys::Promise::new(&mut |resolve, _reject| {
            let fire = Closure::once_into_js(move || {
                let _ = resolve.call0(&JsValue::UNDEFINED);
            });
            if let Some(set_timeout) = global_function("setTimeout") {
                id =
                    set_timeout.call2(&JsValue::UNDEFINED, &fire, &JsValue::from_f64(ms)).unwrap_or_default();
            }
        });
        Self { fired: JsFuture::from(promise), id }
    }
}

impl Future for WebSleep {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        Pin::new(&mut self.fired).poll(context).map(|_| ())
    }
}

impl Drop for WebSleep {
    fn drop(&mut self) {
        if let Some(clear_timeout) = global_function("clearTimeout") {
            let _ = clear_timeout.call1(&JsValue::UNDEFINED, &self.id);
        }
    }
}

impl Runtime for WebRuntime {
    type Sleep = WebSleep;

    fn spawn(&self, task: impl Future<Output = ()> + MaybeSend + 'static) {
        wasm_bindgen_futures::spawn_local(task);
    }

    fn sleep(&self, how_long: Duration) -> WebSleep {
        WebSleep::new(how_long)
    }

    fn now(&self) -> Instant {
        let performance = js_sys::Reflect::get(&js_sys::global(), &JsValue::from_str("performance"));
        let millis = performance.ok().and_then(|performance| {
            let now = js_sys::Reflect::get(&performance, &JsValue::from_str("now")).ok()?;
            now.dyn_into::<js_sys::Function>().ok()?.call0(&performance).ok()?.as_f64()
        });
        Instant::from_start(Duration::from_secs_f64(millis.unwrap_or_default().max(0.0) / 1000.0))
    }

    fn unix_millis(&self) -> i64 {
        js_sys::Date::now() as i64
    }

    fn offload<T: MaybeSend + 'static>(
        &self,
        work: impl FnOnce() -> T + MaybeSend + 'static,
    ) -> impl Future<Output = T> + MaybeSend {
        ready(work())
    }
}
