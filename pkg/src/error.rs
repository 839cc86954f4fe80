use ottla::{Error, ErrorKind, Retry};
use wasm_bindgen::prelude::*;

// Not a snippet of wasm-bindgen's: the path is that of the assembled package, dist/error.js seen
// from dist/wasm/ottla.js.
#[wasm_bindgen(raw_module = "../error.js")]
extern "C" {
    /// The class that users catch.
    pub type KafkaError;

    #[wasm_bindgen(js_name = fromWasm)]
    fn from_wasm(
        message: &str,
        kind: &str,
        code: Option<String>,
        retriable: bool,
        cause: JsValue,
    ) -> KafkaError;
}

/// The names of `ErrorKind` in ts/error.ts.
fn kind_name(kind: ErrorKind) -> &'static str {
    match kind {
        ErrorKind::Broker => "broker",
        ErrorKind::Malformed => "malformed",
        ErrorKind::Misuse => "misuse",
        ErrorKind::TooLarge => "too-large",
        ErrorKind::Unsupported => "unsupported",
        ErrorKind::Timeout => "timeout",
        ErrorKind::Closed => "closed",
        ErrorKind::End => "end",
        // Io, and what may come.
        _ => "io",
    }
}

/// The chain of causes as JavaScript has it: each an `Error` with the next as its `cause`.
fn causes(of: &(dyn std::error::Error + 'static)) -> JsValue {
    let Some(cause) = of.source() else { return JsValue::UNDEFINED };
    if let Some(cause) = cause.downcast_ref::<Error>() {
        return KafkaError::from(cause).into();
    }
    let options = js_sys::ErrorOptions::new(&causes(cause));
    js_sys::Error::new_with_error_options(&cause.to_string(), &options).into()
}

impl From<&Error> for KafkaError {
    fn from(error: &Error) -> Self {
        let code = error.code().map(|code| match code.name() {
            Some(name) => name.to_owned(),
            None => format!("UNKNOWN({})", code.0),
        });
        let retriable = error.retry() != Retry::Never;
        from_wasm(&error.to_string(), kind_name(error.kind()), code, retriable, causes(error))
    }
}

impl From<Error> for KafkaError {
    fn from(error: Error) -> Self {
        Self::from(&error)
    }
}

/// A call that can't be right, found before the client saw it.
pub(crate) fn misuse(message: &str) -> KafkaError {
    from_wasm(message, kind_name(ErrorKind::Misuse), None, false, JsValue::UNDEFINED)
}
