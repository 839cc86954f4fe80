use std::{
    fs,
    io::{Read, Write},
    net::TcpStream,
};

use crate::support::{Dev, ottla};

/// The answer to a GET, head and all.
fn get(dev: &Dev, path: &str) -> String {
    let host = dev.dashboard.trim_start_matches("http://").trim_end_matches('/');
    let mut stream = TcpStream::connect(host).unwrap();
    write!(stream, "GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

#[test]
fn there_is_a_little_traffic() {
    let dev = Dev::start_with("");
    assert_eq!(dev.ottla("topics").ok(), "events\t2\norders\t4\n");
    for topic in ["orders", "events"] {
        for record in dev.ottla(&format!("consume {topic} --count 3 --timeout 30s --json")).json() {
            let value: serde_json::Value = serde_json::from_str(record["value"].as_str().unwrap()).unwrap();
            assert!(value.is_object(), "{record}");
        }
    }
}

#[test]
fn the_dashboard_is_served_from_a_folder() {
    let folder = std::env::temp_dir().join(format!("ottla-dashboard-{}", std::process::id()));
    fs::create_dir_all(folder.join("assets")).unwrap();
    fs::write(folder.join("index.html"), "<!doctype html>the page").unwrap();
    fs::write(folder.join("assets/module.wasm"), b"wasm").unwrap();
    let dev = Dev::start_with(&format!("--no-traffic --dashboard {}", folder.display()));
    let page = get(&dev, "/");
    assert!(
        page.starts_with("HTTP/1.1 200") && page.contains("text/html") && page.contains("the page"),
        "{page}"
    );
    // Browsers compile wasm while it loads only if it says that it is.
    let module = get(&dev, "/assets/module.wasm");
    assert!(module.starts_with("HTTP/1.1 200") && module.contains("application/wasm"), "{module}");
    for path in ["/nothing", "/../Cargo.toml", "/%2e%2e/%2e%2e/etc/passwd", "/assets"] {
        let answer = get(&dev, path);
        assert!(!answer.starts_with("HTTP/1.1 200"), "{path}: {answer}");
    }
    assert!(get(&dev, "/healthz").starts_with("HTTP/1.1 200"));
    fs::remove_dir_all(folder).unwrap();
}

#[test]
fn ports_that_are_taken_are_told() {
    let dev = Dev::start();
    let http = dev.dashboard.trim_start_matches("http://").trim_end_matches('/');
    for (arguments, option) in [
        (format!("--kafka {} --http 127.0.0.1:0", dev.kafka), "--kafka"),
        (format!("--kafka 127.0.0.1:0 --http {http}"), "--http"),
    ] {
        let run = ottla(&format!("dev {arguments}"));
        assert!(run.error(1).contains("cannot listen on") && run.stderr.contains(option), "{run:?}");
    }
}

#[test]
#[cfg(unix)]
fn it_ends_when_told() {
    for signal in ["INT", "TERM"] {
        let dev = Dev::start_with("");
        assert_eq!(dev.ottla("consume events --count 1 --timeout 30s").ok().lines().count(), 1);
        dev.running.signal(signal);
        let run = dev.running.wait();
        assert_eq!(run.code, Some(0), "{run:?}");
    }
}
