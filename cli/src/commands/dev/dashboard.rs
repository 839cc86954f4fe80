use std::path::{Path, PathBuf};

use anyhow::Result;
use axum::{
    Router,
    http::{HeaderValue, StatusCode, Uri, header},
    middleware::map_response,
    response::{Html, IntoResponse, Response},
    routing::get,
};
use tower_http::services::ServeDir;

use crate::ending::Misuse;

/// The files that are part of this program: those of a release. By their names, in order.
static BUILT_IN: &[(&str, &[u8])] = &include!(concat!(env!("OUT_DIR"), "/dashboard.rs"));

/// Where the dashboard is built in the checkout that this program was compiled in.
const CHECKOUT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../www/dist");

pub(super) const NOT_BUILT: &str = "the dashboard is not built: run `cargo xtask demo` in a checkout of ottla, or name the \
     folder of a built one with --dashboard";

/// The dashboard's files.
pub(super) enum Dashboard {
    BuiltIn,
    Folder(PathBuf),
}

impl Dashboard {
    /// The folder that was asked for, or else what this program brings along, or else the checkout's.
    pub(super) fn find(folder: Option<&Path>) -> Result<Self> {
        match folder {
            Some(folder) if !folder.join("index.html").is_file() => {
                Err(Misuse::new(format!("there is no index.html in {}", folder.display())))
            }
            Some(folder) => Ok(Self::Folder(folder.to_owned())),
            None if built_in("index.html").is_some() => Ok(Self::BuiltIn),
            None => Ok(Self::Folder(CHECKOUT.into())),
        }
    }

    pub(super) fn is_there(&self) -> bool {
        match self {
            Self::BuiltIn => true,
            Self::Folder(folder) => folder.join("index.html").is_file(),
        }
    }

    /// Serves the files at `/`. A folder is looked into for each request: one that is built later appears.
    pub(super) fn router(self) -> Router {
        let router = match self {
            Self::BuiltIn => Router::new().fallback(get(serve_built_in)),
            Self::Folder(folder) => {
                let missing = {
                    let folder = folder.clone();
                    get(move || async move { not_found(folder.join("index.html").is_file()) })
                };
                Router::new().fallback_service(ServeDir::new(folder).fallback(missing))
            }
        };
        router.layer(map_response(ask_again))
    }
}

/// Lets browsers ask each time: tomorrow's dashboard is at the same address.
async fn ask_again(mut response: Response) -> Response {
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    response
}

fn built_in(name: &str) -> Option<&'static [u8]> {
    let at = BUILT_IN.binary_search_by_key(&name, |(name, _)| name).ok()?;
    BUILT_IN.get(at).map(|(_, bytes)| *bytes)
}

async fn serve_built_in(uri: Uri) -> Response {
    let name = match uri.path().trim_start_matches('/') {
        "" => "index.html",
        name => name,
    };
    let Some(bytes) = built_in(name) else { return not_found(true) };
    let kind = mime_guess::from_path(name).first_or_octet_stream();
    ([(header::CONTENT_TYPE, kind.essence_str())], bytes).into_response()
}

/// What there is to see where there is nothing.
fn not_found(built: bool) -> Response {
    if built {
        return (StatusCode::NOT_FOUND, "there is no such file\n").into_response();
    }
    let page = format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>ottla</title>\
         <body style=\"font:1rem/1.5 system-ui;max-width:40rem;margin:4rem auto;padding:0 1rem\">\
         <h1>ottla dev is running</h1><p>Only {}.</p><p>Then load this page again.</p></body></html>",
        NOT_BUILT.replacen('`', "<code>", 1).replacen('`', "</code>", 1)
    );
    (StatusCode::NOT_FOUND, Html(page)).into_response()
}
