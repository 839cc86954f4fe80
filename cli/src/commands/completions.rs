use anyhow::Result;
use clap::CommandFactory;
use clap_complete::Shell;

use crate::{arguments::Arguments, connection::Connection, output::Output};

/// Print a shell's completions for this command
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Example:
  ottla completions bash > ~/.local/share/bash-completion/completions/ottla")]
pub(crate) struct Completions {
    /// The shell
    shell: Shell,
}

impl Completions {
    pub(crate) fn run(self, before: &Connection) -> Result<()> {
        before.must_be_absent("completions")?;
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut Arguments::command(), "ottla", &mut script);
        let mut output = Output::new();
        output.line(script.trim_ascii_end())?;
        output.flush()
    }
}
