//! Targets and components of the Rust toolchain.

use std::{path::PathBuf, process::Command};

use anyhow::{Context, Result};

use crate::exec;

pub(crate) const WASM: &str = "wasm32-unknown-unknown";

/// Makes sure that the standard library of `target` is there.
pub(crate) fn target(target: &str) -> Result<()> {
    if library(target)?.is_dir() {
        return Ok(());
    }
    rustup(&["target", "add", target])
        .with_context(|| format!("the Rust standard library for {target} is not installed"))
}

/// Makes sure that `component`, which is `cargo-NAME`, is there.
pub(crate) fn component(name: &str) -> Result<()> {
    let there = exec::output(Command::new(format!("cargo-{name}")).arg("--version"));
    if there.is_ok_and(|output| output.status.success()) {
        return Ok(());
    }
    let component = if name == "fmt" { "rustfmt" } else { name };
    rustup(&["component", "add", component]).with_context(|| format!("{component} is not installed"))
}

fn rustup(args: &[&str]) -> Result<()> {
    let mut command = Command::new("rustup");
    command.args(args);
    exec::run(command).context("get it with rustup, or from where this Rust came from")
}

fn library(target: &str) -> Result<PathBuf> {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let output = exec::output(Command::new(rustc).args(["--print", "target-libdir", "--target", target]))?;
    Ok(PathBuf::from(String::from_utf8_lossy(&output.stdout).trim()))
}
