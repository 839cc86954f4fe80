//! The npm package, and the dashboard that uses it.

use std::{
    fs, io,
    path::{Path, PathBuf},
    time::SystemTime,
};

use anyhow::Result;

use crate::{
    exec::{self, cargo},
    no_more,
    node::Node,
    targets::{self, WASM},
};

pub(crate) fn run(args: lexopt::Parser) -> Result<()> {
    no_more(args)?;
    build(&Node::ensure()?)
}

/// Builds the wasm-bindgen tools: `wbg` and cargo's runner of wasm tests.
pub(crate) fn tools() -> Result<()> {
    // Where .cargo/config.toml looks for the runner, whatever CARGO_TARGET_DIR says.
    exec::run(cargo("build --locked --manifest-path tools/Cargo.toml --target-dir tools/target"))
}

/// Builds `pkg/dist`.
///
/// # Errors
/// When a part fails, or the wasm is larger than it may be.
pub(crate) fn build(node: &Node) -> Result<()> {
    targets::target(WASM)?;
    tools()?;
    exec::run(cargo(&format!("build --profile wasm --package ottla-wasm --target {WASM}")))?;
    node.packages("pkg")?;
    let wasm = exec::target(&format!("{WASM}/wasm/ottla_wasm.wasm"));
    let mut assemble = node.command("node", "pkg/build.mjs tools/target/debug/wbg")?;
    assemble.arg(wasm);
    exec::run(assemble)
}

/// Builds `www/dist`, and before it `pkg/dist`, unless they are newer than what they are made from.
pub(crate) fn dashboard(node: &Node) -> Result<()> {
    let rust = ["src", "transports", "pkg/src", "Cargo.lock"].map(PathBuf::from);
    let face = ["pkg/ts", "pkg/build.mjs", "pkg/size", "pkg/package-lock.json"].map(PathBuf::from);
    if is_stale("pkg/dist", rust.iter().chain(&face)) {
        build(node)?;
    }
    if is_stale(
        "www/dist",
        [PathBuf::from("pkg/dist"), "www/src".into(), "www/package-lock.json".into()].iter(),
    ) {
        node.packages("www")?;
        let mut command = node.command("npm", "run build")?;
        command.current_dir("www");
        exec::run(command)?;
    }
    Ok(())
}

/// `cargo xtask demo`.
pub(crate) fn demo(mut args: lexopt::Parser) -> Result<()> {
    dashboard(&Node::ensure()?)?;
    let mut command = cargo("run --package ottla-cli -- dev");
    command.args(args.raw_args()?);
    exec::run(command)
}

fn is_stale<'a>(made: &str, sources: impl Iterator<Item = &'a PathBuf>) -> bool {
    let Ok(made) = newest(Path::new(made)) else { return true };
    sources.filter_map(|path| newest(path).ok()).any(|source| source > made)
}

fn newest(path: &Path) -> io::Result<SystemTime> {
    let meta = fs::metadata(path)?;
    if !meta.is_dir() {
        return meta.modified();
    }
    let mut latest = SystemTime::UNIX_EPOCH;
    for entry in fs::read_dir(path)? {
        latest = latest.max(newest(&entry?.path())?);
    }
    Ok(latest)
}
