//! The tests that run as wasm, in Node and in Chromium.

use std::process::Command;

use anyhow::Result;

use crate::{
    echo::Echo,
    install::{self, CHROMEDRIVER, CHROMIUM},
    node::Node,
    package,
    steps::Steps,
    targets::{self, WASM},
};

const EVERYWHERE: &str = "-p ottla-memory -p ottla-websocket -p ottla-client-suite --lib --tests";
/// Codecs and decoders do the same in every engine.
const IN_NODE: &str = "-p ottla-fuzz";

pub(crate) fn run(steps: &mut Steps, in_browser: bool) {
    let mut echo = None;
    steps.step("For tests as wasm: target, runner, Node, a bridge to talk to", || {
        targets::target(WASM)?;
        Node::ensure()?;
        package::tools()?;
        echo = Some(Echo::start()?);
        Ok(())
    });
    let Some(echo) = &echo else { return };
    steps.tests("As wasm, in Node", || {
        let mut command = test(echo, &format!("{EVERYWHERE} {IN_NODE}"))?;
        // Node has a WebSocket of its own from 22 on.
        command.env("NODE_OPTIONS", "--experimental-websocket");
        Ok(command)
    });
    if in_browser {
        steps.step("Chromium", || install::programs(&[CHROMIUM, CHROMEDRIVER]));
        steps.tests("As wasm, in Chromium", || {
            let mut command = test(echo, EVERYWHERE)?;
            command.env("WASM_BINDGEN_USE_BROWSER", "1");
            Ok(command)
        });
    }
}

fn test(echo: &Echo, what: &str) -> Result<Command> {
    let mut command =
        Node::ensure()?.command("cargo", &format!("test --target {WASM} --no-fail-fast {what}"))?;
    command.env("OTTLA_ECHO_PORT", echo.port());
    // For a whole test program; its default of 20 seconds is short for a machine that is shared.
    command.env("WASM_BINDGEN_TEST_TIMEOUT", "300");
    Ok(command)
}
