use clap::{ArgAction, Parser, Subcommand};

use crate::{commands, connection::Connection};

/// Kafka from the shell: topics, records, groups, measurements, a bridge for browsers, and a broker to develop against.
#[derive(Debug, Parser)]
#[command(
    name = "ottla",
    version,
    subcommand_required = true,
    arg_required_else_help = true,
    after_help = "Example:\n  ottla -b kafka.example:9092 topics\n\n\
        Data goes to stdout, everything else to stderr.\n\
        The exit code is 0 when done, 1 when something failed, 2 when the command was used wrongly."
)]
pub(crate) struct Arguments {
    /// Connection options are taken before the command, too.
    #[command(flatten)]
    pub(crate) connection: Connection,
    /// Log what happens, on stderr; twice for more
    #[arg(short, long, global = true, action = ArgAction::Count)]
    pub(crate) verbose: u8,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What can be done.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Topics(commands::topics::Topics),
    Create(commands::create::Create),
    Delete(commands::delete::Delete),
    Produce(commands::produce::Produce),
    Consume(commands::consume::Consume),
    Groups(commands::groups::Groups),
    Group(commands::group::Group),
    Bench(commands::bench::Bench),
    Bridge(commands::bridge::Bridge),
    Dev(commands::dev::Dev),
    Completions(commands::completions::Completions),
}
