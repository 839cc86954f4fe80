//! The `ottla` command: Kafka from the shell.
//!
//! Data goes to stdout, everything else to stderr. It ends with 0 when done, 1 when something failed, 2 when it was
//! used wrongly.

mod arguments;
mod commands;
mod connection;
mod duration;
mod ending;
mod input;
mod interrupt;
mod logging;
mod output;
mod place;
mod progress;
mod record_json;
mod refusal;
mod setting;

use std::process::ExitCode;

use anyhow::Context;
use clap::Parser;

use self::arguments::Arguments;

fn main() -> ExitCode {
    match Arguments::try_parse() {
        Ok(arguments) => ending::report(run(arguments)),
        Err(refused) => refusal::report(&refused),
    }
}

fn run(arguments: Arguments) -> anyhow::Result<()> {
    logging::start(arguments.verbose);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .context("the tasks of this program could not be started")?;
    let outcome = runtime.block_on(commands::run(arguments));
    // Not waiting: a thread may be reading a stdin that never ends.
    runtime.shutdown_background();
    outcome
}
