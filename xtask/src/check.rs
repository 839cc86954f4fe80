//! `cargo xtask check`: everything but the tests.

use anyhow::{Result, bail};

use crate::{
    deny,
    exec::{self, cargo},
    install::{self, CC},
    no_more,
    node::Node,
    package, sizes,
    steps::Steps,
    targets::{self, WASM},
};

/// Where the crate with its default features must compile without a C compiler for the target.
const TARGETS: [&str; 4] = [
    "x86_64-unknown-linux-musl",
    "aarch64-unknown-linux-gnu",
    "x86_64-pc-windows-gnu",
    "aarch64-apple-darwin",
];

/// The crates that are for the browser as well.
const BROWSER: &str =
    "-p ottla -p ottla-transport -p ottla-memory -p ottla-websocket -p ottla-broker -p ottla-wasm";

/// The features of the crate that can be left out.
const FEATURES: [&str; 9] = ["", "tcp", "websocket", "gzip", "snappy", "lz4", "zstd", "zstd-c", "tracing"];

pub(crate) fn run(args: lexopt::Parser) -> Result<()> {
    no_more(args)?;
    let mut steps = Steps::new();
    steps.step("Format", || {
        targets::component("fmt")?;
        exec::run(cargo("fmt --all --check"))?;
        exec::run(cargo("fmt --check --manifest-path tools/Cargo.toml"))
    });
    steps.step("File sizes", sizes::report);
    lint(&mut steps);
    steps.step("Documentation", || {
        install::programs(&[CC])?;
        let mut doc = cargo("doc --workspace --exclude ottla-wasm --lib --no-deps --all-features");
        doc.env("RUSTDOCFLAGS", "-D warnings");
        exec::run(doc)
    });
    portability(&mut steps);
    deny::check(&mut steps);
    steps.step("npm package", || {
        let node = Node::ensure()?;
        package::build(&node)?;
        let mut check = node.command("npm", "run check")?;
        check.current_dir("pkg");
        exec::run(check)
    });
    steps.finish()
}

fn lint(steps: &mut Steps) {
    steps.step("Lints, natively", || {
        targets::component("clippy")?;
        install::programs(&[CC])?;
        exec::run(cargo(
            "clippy --workspace --exclude ottla-wasm --all-targets --all-features -- -D warnings",
        ))?;
        // Without the tests, whose functions may be long.
        exec::run(cargo(
            "clippy --workspace --exclude ottla-wasm --lib --bins --all-features -- -D warnings -D clippy::too_many_lines",
        ))
    });
    steps.step("Lints, in wasm", || {
        targets::component("clippy")?;
        targets::target(WASM)?;
        // `zstd-c` has to be harmless here: a crate for both worlds may ask for it.
        exec::run(cargo(&format!(
            "clippy --target {WASM} {BROWSER} --features ottla/websocket,ottla/zstd-c -- -D warnings"
        )))
    });
}

fn portability(steps: &mut Steps) {
    steps.step("Features, one by one", || {
        install::programs(&[CC])?;
        FEATURES.iter().try_for_each(|feature| {
            let mut command = cargo("check -p ottla --no-default-features --features");
            command.arg(feature);
            exec::run(command)
        })
    });
    steps.step("No tokio in the core", || lacks("--no-default-features", "tokio"));
    steps.step("No C by default", || lacks("", "zstd-s"));
    for target in TARGETS {
        steps.step(&format!("Compiles for {target}"), || {
            targets::target(target)?;
            exec::run(cargo(&format!("check -p ottla --target {target}")))
        });
    }
}

/// Fails if the crate, built with `features`, depends on something whose name begins with `name`.
fn lacks(features: &str, name: &str) -> Result<()> {
    let tree = exec::output(&mut cargo(&format!("tree -p ottla {features} -e normal --prefix none")))?;
    let tree = String::from_utf8_lossy(&tree.stdout).into_owned();
    if !tree.starts_with("ottla ") {
        bail!("cargo tree gives no tree");
    }
    match tree.lines().find(|line| line.starts_with(name)) {
        Some(line) => bail!("the crate depends on {line}: `cargo tree -p ottla {features} -i {name}`"),
        None => Ok(()),
    }
}
