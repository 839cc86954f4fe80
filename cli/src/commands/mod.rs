//! One file a command.

pub(crate) mod bench;
pub(crate) mod bridge;
pub(crate) mod completions;
pub(crate) mod consume;
pub(crate) mod create;
pub(crate) mod delete;
pub(crate) mod dev;
pub(crate) mod group;
pub(crate) mod groups;
pub(crate) mod produce;
pub(crate) mod topics;

use anyhow::Result;

use crate::arguments::{Arguments, Command};

/// Does what was asked for.
pub(crate) async fn run(arguments: Arguments) -> Result<()> {
    let before = arguments.connection;
    match arguments.command {
        Command::Topics(command) => command.run(before).await,
        Command::Create(command) => command.run(before).await,
        Command::Delete(command) => command.run(before).await,
        Command::Produce(command) => command.run(before).await,
        Command::Consume(command) => command.run(before).await,
        Command::Groups(command) => command.run(before).await,
        Command::Group(command) => command.run(before).await,
        Command::Bench(command) => command.run(before).await,
        Command::Bridge(command) => command.run(before).await,
        Command::Dev(command) => command.run(before).await,
        Command::Completions(command) => command.run(&before),
    }
}
