//! The rules, and proof that each can be broken.

use std::collections::BTreeMap;

use crate::paths::Names;

/// The layers of the core from the lowest up. A module may name those in the rows above its own.
pub(crate) const LAYERS: [&[&str]; 8] = [
    &["trace", "tasks", "sorting"],
    &["wire"],
    &["protocol", "record"],
    &["error", "message"],
    &["acks", "platform", "connection"],
    &["cluster"],
    // What Writers, Readers and groups are built on, of what users hold.
    &["client"],
    &["writer", "reader", "group", "conn"],
];

/// The arrows that go sideways.
const SIDEWAYS: [(&str, &str); 1] = [("reader", "group")];

/// What may name the target: where the two worlds differ. A codec in C is for one of them only.
const TARGET: [&str; 5] = [
    "src/lib.rs",
    "src/platform.rs",
    "src/record/compress/mod.rs",
    "transports/api/",
    "transports/websocket/",
];

/// The crates of the workspace that each crate may name.
pub(crate) const CRATES: [(&str, &[&str]); 9] = [
    ("transports/api/src", &[]),
    ("transports/tcp/src", &["ottla_transport"]),
    ("transports/websocket/src", &["ottla_transport"]),
    ("transports/memory/src", &["ottla_transport"]),
    ("src", &["ottla_transport", "ottla_tcp", "ottla_websocket"]),
    ("broker/src", &["ottla", "ottla_transport", "ottla_memory", "ottla_tcp"]),
    ("bridge/src", &["ottla", "ottla_transport", "ottla_tcp"]),
    ("pkg/src", &["ottla", "ottla_transport", "ottla_websocket"]),
    (
        "cli/src",
        &["ottla", "ottla_transport", "ottla_tcp", "ottla_websocket", "ottla_bridge", "ottla_broker"],
    ),
];

/// What of the core is for those who speak the protocol themselves: the embedded broker and the tests.
const INNER: [&str; 2] = ["wire", "protocol"];

fn rank(layer: &str) -> Option<usize> {
    LAYERS.iter().position(|row| row.contains(&layer))
}

/// The core's file at `path` names only layers below its own.
pub(crate) fn layers(path: &str, names: &Names, reexports: &BTreeMap<String, String>) -> Vec<String> {
    let layer = path.trim_start_matches("src/").split(['/', '.']).next().unwrap_or_default();
    if layer == "lib" {
        return Vec::new();
    }
    let Some(own) = rank(layer) else {
        return vec![format!("{path}: {layer} has no place among the layers")];
    };
    let inner = names.paths().filter(|path| path.len() > 1 && path[0] == "crate");
    let faults = inner.filter_map(|name| {
        let named = reexports.get(&name[1]).unwrap_or(&name[1]).as_str();
        let shown = name.join("::");
        match rank(named) {
            _ if named == layer || SIDEWAYS.contains(&(layer, named)) => None,
            Some(below) if below < own => None,
            Some(_) => Some(format!("{path}: {layer} may not name {named}, and has {shown}")),
            None => Some(format!("{path}: {named}, in {shown}, has no place among the layers")),
        }
    });
    faults.collect()
}

/// The core's file at `path` names no runtime, and no clock that panics in a browser.
pub(crate) fn runtime_agnostic(path: &str, names: &Names) -> Vec<String> {
    let forbidden = |name: &[String]| {
        let name: Vec<&str> = name.iter().map(String::as_str).collect();
        matches!(
            name.as_slice(),
            ["tokio", ..] | ["std", "time", "Instant" | "SystemTime", ..] | ["std", "thread", ..]
        )
    };
    let found = names.paths().filter(|name| forbidden(name));
    found.map(|name| format!("{path}: the core may not name {}", name.join("::"))).collect()
}

/// Only the places named above ask what the target is.
pub(crate) fn target(path: &str, names: &Names) -> Option<String> {
    let asks = ["target_family", "target_arch", "target_os"].into_iter().find(|word| names.has(word))?;
    let may = TARGET.iter().any(|place| path.starts_with(place));
    (!may).then(|| format!("{path}: {asks} is for {} only", TARGET.join(", ")))
}

/// The file at `path` names no crate of the workspace but those `allowed`; what is built on the client uses
/// it as any user would.
pub(crate) fn crates(path: &str, names: &Names, allowed: &[&str]) -> Vec<String> {
    let user = ["bridge/", "pkg/", "cli/"].iter().any(|folder| path.starts_with(folder));
    let faults = names.paths().filter_map(|name| {
        let first = name[0].as_str();
        let ours = first == "ottla" || first.starts_with("ottla_");
        let inner =
            user && first == "ottla" && name.get(1).is_some_and(|module| INNER.contains(&module.as_str()));
        let fault = (ours && name.len() > 1 && !allowed.contains(&first)) || inner;
        fault.then(|| format!("{path}: may not name {}", name.join("::")))
    });
    faults.collect()
}

#[cfg(test)]
mod test {
    use super::*;

    fn names(path: &str, text: &str) -> Names {
        Names::of(path, text).unwrap()
    }

    fn layer_faults(path: &str, text: &str) -> usize {
        let reexports =
            names("src/lib.rs", "pub use reader::{Reader, Start}; pub use protocol::ErrorCode;").reexports();
        layers(path, &names(path, text), &reexports).len()
    }

    #[test]
    fn an_arrow_upwards_or_sideways_is_found() {
        assert_eq!(layer_faults("src/cluster/pool.rs", "use crate::{connection::Session, ErrorCode};"), 0);
        assert_eq!(layer_faults("src/cluster/pool.rs", "use crate::{error::Error, reader::Reader};"), 1);
        assert_eq!(layer_faults("src/cluster/pool.rs", "fn f(_: crate::Reader) {}"), 1);
        assert_eq!(layer_faults("src/wire/mod.rs", "use super::protocol::Uuid;"), 1);
        assert_eq!(layer_faults("src/record/scan.rs", "use crate::protocol::Uuid;"), 1);
        assert_eq!(layer_faults("src/reader/mod.rs", "use crate::group::Member;"), 0);
        assert_eq!(layer_faults("src/group/mod.rs", "use crate::reader::Cursor;"), 1);
        assert_eq!(layer_faults("src/wire/mod.rs", "use crate::novel::Thing;"), 1);
        assert_eq!(layer_faults("src/novel.rs", ""), 1);
    }

    #[test]
    fn a_runtime_or_a_clock_is_found() {
        let faults = |text| runtime_agnostic("src/x.rs", &names("src/x.rs", text)).len();
        assert_eq!(faults("use std::time::Duration; use ottla_transport::Instant;"), 0);
        assert_eq!(faults("use std::time::{Duration, Instant};"), 1);
        assert_eq!(faults("fn f() { tokio::spawn(async {}); }"), 1);
        assert_eq!(faults("fn f() { std::thread::sleep(d) }"), 1);
    }

    #[test]
    fn a_target_asked_for_elsewhere_is_found() {
        let asks = "#[cfg(target_family = \"wasm\")] fn f() {}";
        let fault = |path| target(path, &names(path, asks));
        assert!(fault("src/platform.rs").is_none() && fault("transports/api/src/erased.rs").is_none());
        assert!(fault("src/writer/mod.rs").is_some() && fault("pkg/src/lib.rs").is_some());
        assert!(
            target(
                "cli/src/main.rs",
                &names("cli/src/main.rs", "fn f() { if cfg!(target_os = \"linux\") {} }")
            )
            .is_some()
        );
    }

    #[test]
    fn a_crate_from_above_is_found() {
        let faults = |path, text, allowed| crates(path, &names(path, text), allowed).len();
        assert_eq!(
            faults("transports/tcp/src/dial.rs", "use ottla_transport::ByteRx;", &["ottla_transport"]),
            0
        );
        assert_eq!(faults("transports/tcp/src/dial.rs", "use ottla::Client;", &["ottla_transport"]), 1);
        assert_eq!(faults("pkg/src/lib.rs", "use ottla::{Client, wire::Decoder};", &["ottla"]), 1);
        assert_eq!(faults("broker/src/lib.rs", "use ottla::wire::Decoder;", &["ottla"]), 0);
    }
}
