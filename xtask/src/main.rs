//! The tasks of the ottla workspace: `cargo xtask demo | test | check | pkg | kafka`.
#![expect(clippy::print_stdout, reason = "a command line program")]

mod check;
mod deny;
mod echo;
mod exec;
mod go;
mod install;
mod kafka;
mod node;
mod package;
mod sizes;
mod steps;
mod targets;
mod tests;
mod wasm;

use std::process::ExitCode;

use anyhow::bail;
use lexopt::Arg;

const USAGE: &str = "\
Usage: cargo xtask COMMAND

  demo [ARGUMENT]...
          Build the dashboard and run `ottla dev`: an in-memory broker, the bridge and the dashboard.
          ARGUMENTs go to `ottla dev`, such as --http 127.0.0.1:8080.
  test [--skip kafka,browser]
          Run every test: native, wasm, on real Kafka and in Chromium. --skip leaves out what it names.
  check   Formatting, lints, documentation, licences, targets, file sizes: all but the tests.
  pkg     Build the npm package into pkg/dist.
  kafka [--version V] [--brokers N] [--port P]
          Start real Kafka brokers on loopback, print the bootstrap line when they answer, run until Ctrl-C.
          V is any version from 0.10.1, by default the environment's KAFKA_VERSION or 4.3.0; N is 1 (the
          default) or 3; without P, free ports are chosen.

What a task needs and the machine lacks is installed first (with apt as root on Debian and Ubuntu, with
rustup, cargo and npm everywhere); what cannot be had ends the task with a word on how to get it.
";

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> anyhow::Result<()> {
    let mut args = lexopt::Parser::from_env();
    let command = match args.next()? {
        Some(Arg::Value(command)) => command,
        Some(Arg::Short('h') | Arg::Long("help")) => {
            print!("{USAGE}");
            return Ok(());
        }
        Some(other) => return Err(other.unexpected().into()),
        None => bail!("which task?\n\n{USAGE}"),
    };
    std::env::set_current_dir(exec::workspace())?;
    match command.to_str() {
        Some("kafka") => kafka::run(args),
        Some("demo") => package::demo(args),
        Some("test") => tests::run(args),
        Some("check") => check::run(args),
        Some("pkg") => package::run(args),
        _ => bail!("there is no task {}\n\n{USAGE}", command.display()),
    }
}

fn no_more(mut args: lexopt::Parser) -> anyhow::Result<()> {
    match args.next()? {
        Some(arg) => Err(arg.unexpected().into()),
        None => Ok(()),
    }
}
