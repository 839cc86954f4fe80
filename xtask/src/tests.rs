//! `cargo xtask test`: every test.

use anyhow::{Result, bail};
use lexopt::{Arg, ValueExt};
use ottla_kafka::KafkaCluster;

use crate::{
    exec::{self, cargo},
    go,
    install::{self, CC, JAVA, KCAT, MAVEN},
    node::Node,
    package,
    steps::Steps,
    wasm,
};

/// One set for all that runs natively: another would compile everything again.
const WORKSPACE: &str = "--workspace --exclude ottla-wasm --features ottla-websocket/tls";

/// The brokers the client is tested on, and by which tests: the newest, the oldest it knows, and one between that is
/// old enough to have ZooKeeper and young enough to move partitions.
const VERSIONS: [(&str, &str); 3] = [
    (NEWEST, "--test kafka* --test turmoil"),
    ("2.7.1", "--test turmoil --test kafka_client --test kafka_interop"),
    ("0.10.1.1", "--test kafka*"),
];
const NEWEST: &str = "4.3.0";

#[derive(Default)]
struct Skip {
    kafka: bool,
    browser: bool,
}

pub(crate) fn run(args: lexopt::Parser) -> Result<()> {
    let skip = skip(args)?;
    let mut steps = Steps::new();
    native(&mut steps);
    wasm::run(&mut steps, !skip.browser);
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
    steps.tests("Unit and integration tests", || {
        Ok(cargo(&format!("test --no-fail-fast {WORKSPACE} --tests")))
    });
    steps.tests("Codecs, with zstd in C", || {
        install::programs(&[CC])?;
        Ok(cargo("test --no-fail-fast -p ottla --features zstd-c --lib record"))
    });
    steps.tests("Documentation tests", || Ok(cargo(&format!("test --no-fail-fast {WORKSPACE} --doc"))));
}

fn kafka(steps: &mut Steps) {
    let mut go = None;
    steps.step("Java, Maven, Go, kcat", || {
        install::programs(&[JAVA, MAVEN, KCAT])?;
        go = go::ensure()?;
        Ok(())
    });
    let features = "--features ottla-kafka/kafka --features ottla-tests/kafka --features ottla-cli/kafka";
    steps.tests("Kafka's own schemas", || {
        Ok(cargo(&format!("test --no-fail-fast {WORKSPACE} {features} --test schema")))
    });
    for (version, tests) in VERSIONS {
        steps.tests(&format!("On real Kafka {version}"), || {
            // One cluster at a time: three brokers take 1.5 GB.
            let mut command =
                cargo(&format!("test --no-fail-fast {WORKSPACE} {features} {tests} -- --test-threads 1"));
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
    let mut ready = None;
    steps.step("The command with its dashboard", || {
        let node = Node::ensure()?;
        package::dashboard(&node)?;
        node.packages("tests/browser")?;
        exec::run(cargo(&format!("build {WORKSPACE} --bin ottla")))?;
        ready = Some(node);
        Ok(())
    });
    // Without it there is nothing to look at, and the step has said so.
    let Some(node) = ready else { return };
    let mut cluster = None;
    if !skip.kafka {
        steps.step("Real Kafka for the pages", || {
            cluster = Some(KafkaCluster::start(NEWEST, 1)?);
            Ok(())
        });
    }
    steps.tests("The npm package and the dashboard, in Node and Chromium", || {
        let mut command = node.command("npm", "test")?;
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
