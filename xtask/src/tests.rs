//! `cargo xtask test`: every test.

use std::process::Command;

use anyhow::{Context, Result, bail};
use lexopt::{Arg, ValueExt};
use ottla_kafka::KafkaCluster;

use crate::{
    echo::Echo,
    exec::{self, cargo},
    go,
    install::{self, CHROMEDRIVER, CHROMIUM, JAVA, KCAT, MAVEN},
    node::Node,
    package,
    steps::Steps,
    targets::{self, WASM},
};

/// One set for all native runs: another would compile everything again.
const NATIVE: &str = "test --workspace --exclude ottla-wasm --no-fail-fast";

/// The brokers the client is tested on: the newest, and the oldest it knows.
const VERSIONS: [&str; 2] = ["4.3.0", "0.10.1.1"];

/// What is tested as wasm too.
const TESTS_AS_WASM: &str = "-p ottla-memory -p ottla-websocket -p ottla-client-suite --lib --tests";

#[derive(Default)]
struct Skip {
    kafka: bool,
    browser: bool,
}

pub(crate) fn run(args: lexopt::Parser) -> Result<()> {
    let skip = skip(args)?;
    let mut steps = Steps::new();
    native(&mut steps);
    wasm(&mut steps, &skip);
    if !skip.kafka {
        kafka(&mut steps);
    }
    if !skip.browser {
        browser(&mut steps, &skip);
    }
    for (left_out, name) in [(skip.kafka, "Real Kafka"), (skip.browser, "Chromium")] {
        if left_out {
            steps.not_run(name, "as --skip says");
        }
    }
    steps.finish()
}

fn skip(mut args: lexopt::Parser) -> Result<Skip> {
    let mut skip = Skip::default();
    while let Some(arg) = args.next()? {
        match arg {
            Arg::Long("skip") => {
                for name in args.value()?.string()?.split(',') {
                    match name {
                        "kafka" => skip.kafka = true,
                        "browser" => skip.browser = true,
                        _ => bail!("--skip knows kafka and browser, not {name:?}"),
                    }
                }
            }
            other => return Err(other.unexpected().into()),
        }
    }
    Ok(skip)
}

fn native(steps: &mut Steps) {
    // Tests that need more than Rust stand behind a feature, and are left out here.
    steps.tests("Unit and integration tests", || Ok(cargo(&format!("{NATIVE} --tests"))));
    steps.tests("Documentation tests", || Ok(cargo(&format!("{NATIVE} --doc"))));
}

fn wasm(steps: &mut Steps, skip: &Skip) {
    steps.step("wasm tools", || {
        targets::target(WASM)?;
        Node::ensure()?;
        package::tools()
    });
    let command = |what: &str| -> Result<Command> {
        let mut command =
            Node::ensure()?.command("cargo", &format!("test --target {WASM} --no-fail-fast {what}"))?;
        // For a whole test program; its default of 20 seconds is short for a machine that is shared.
        command.env("WASM_BINDGEN_TEST_TIMEOUT", "300");
        Ok(command)
    };
    let mut echo = None;
    steps.step("A bridge for the tests as wasm", || {
        echo = Some(Echo::start()?);
        Ok(())
    });
    let port = echo.as_ref().map(Echo::port).unwrap_or_default();
    let command = |what: &str| -> Result<Command> {
        let mut command = command(what)?;
        command.env("OTTLA_ECHO_PORT", port);
        Ok(command)
    };
    steps.tests("Tests as wasm, in Node", || {
        let mut command = command(TESTS_AS_WASM)?;
        // Node 20 has a WebSocket, but only when asked for it.
        command.env("NODE_OPTIONS", "--experimental-websocket");
        Ok(command)
    });
    if !skip.browser {
        steps.step("Chromium", || install::programs(&[CHROMIUM, CHROMEDRIVER]));
        steps.tests("Tests as wasm, in Chromium", || {
            let mut command = command(TESTS_AS_WASM)?;
            command.env("WASM_BINDGEN_USE_BROWSER", "1");
            Ok(command)
        });
    }
}

fn kafka(steps: &mut Steps) {
    let mut go = None;
    steps.step("Java, Maven, Go, kcat", || {
        install::programs(&[JAVA, MAVEN, KCAT])?;
        go = go::ensure()?;
        Ok(())
    });
    let features = "--features ottla-kafka/kafka,ottla-tests/kafka";
    steps.tests("Kafka's own schemas", || Ok(cargo(&format!("{NATIVE} {features} --test schema"))));
    for version in VERSIONS {
        steps.tests(&format!("On real Kafka {version}"), || {
            // One cluster at a time: three brokers take 1.5 GB.
            let mut command = cargo(&format!("{NATIVE} {features} --test kafka* -- --test-threads 1"));
            command.env("KAFKA_VERSION", version);
            if let Some(dir) = &go {
                install::path_first(&mut command, dir)?;
            }
            Ok(command)
        });
    }
}

/// The npm package and the dashboard, as their users have them: `tests/browser`.
fn browser(steps: &mut Steps, skip: &Skip) {
    let mut node = None;
    steps.step("The command with its dashboard", || {
        let node = node.insert(Node::ensure()?);
        package::dashboard(node)?;
        node.packages("tests/browser")?;
        exec::run(cargo("build --package ottla-cli"))
    });
    let mut cluster = None;
    if !skip.kafka {
        steps.step("Real Kafka for the pages", || {
            cluster = Some(KafkaCluster::start(VERSIONS[0], 1)?);
            Ok(())
        });
    }
    steps.tests("The npm package and the dashboard, in Node and Chromium", || {
        let mut command = node.context("there is no Node")?.command("npm", "test")?;
        command.current_dir("tests/browser").env("OTTLA_BIN", exec::target("debug/ottla"));
        if let Some(folder) = exec::find("chromium") {
            command.env("CHROMIUM", folder.join("chromium"));
        }
        if let Some(cluster) = &cluster {
            command.env("OTTLA_KAFKA_BOOTSTRAP", cluster.bootstrap());
        }
        Ok(command)
    });
}
