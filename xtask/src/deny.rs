//! Licences, sources and doubles among the dependencies, by cargo-deny.

use anyhow::{Context, Result};

use crate::{exec, steps::Steps};

/// Makes sure that cargo-deny is there: built from its crate, which takes minutes once.
fn ensure() -> Result<()> {
    let there = exec::output(&mut exec::cargo("deny --version"));
    if there.is_ok_and(|output| output.status.success()) {
        return Ok(());
    }
    println!("building cargo-deny, once: this takes some minutes");
    exec::run(exec::cargo("install --quiet --locked cargo-deny")).context("cargo-deny cannot be installed")
}

pub(crate) fn check(steps: &mut Steps) {
    steps.step("Dependencies: licences, sources, doubles", || {
        ensure()?;
        let mut command = exec::cargo("deny --workspace --all-features check licenses bans sources");
        command.arg("--hide-inclusion-graph");
        exec::run(command)
    });
    let faults = "Dependencies: known faults";
    // The list of faults is a git repository; not every network lets one reach it.
    match exec::output(&mut exec::cargo("deny fetch db")) {
        Ok(output) if output.status.success() => {
            steps.command(faults, exec::cargo("deny --workspace --all-features check advisories"));
        }
        _ => steps.not_run(faults, "their list cannot be reached from here"),
    }
}
