//! The tasks of the ottla workspace: `cargo xtask demo | test | check | pkg | kafka`.
#![expect(clippy::print_stdout, reason = "a command line program")]

mod kafka;

use std::process::ExitCode;

use lexopt::Arg;

const USAGE: &str = "\
Usage: cargo xtask COMMAND

  kafka [--version V] [--brokers N] [--port P]
          Start real Kafka brokers on loopback, print the bootstrap line when they answer, run until Ctrl-C.
          V is any version from 0.10.1, by default the environment's KAFKA_VERSION or 4.3.0; N is 1 (the
          default) or 3; without P, free ports are chosen.
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
    match args.next()? {
        Some(Arg::Value(command)) => match command.to_str() {
            Some("kafka") => kafka::run(args),
            _ => anyhow::bail!("there is no task {command:?}\n\n{USAGE}"),
        },
        Some(Arg::Short('h') | Arg::Long("help")) => {
            print!("{USAGE}");
            Ok(())
        }
        Some(other) => Err(other.unexpected().into()),
        None => anyhow::bail!("which task?\n\n{USAGE}"),
    }
}
