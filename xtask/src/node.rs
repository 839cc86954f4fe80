//! Node, npm and the packages of the folders that use them.

use std::{path::PathBuf, process::Command};

use anyhow::{Context, Result};

use crate::{
    exec,
    install::{self, NODE, NPM},
};

/// What a distribution's Node is replaced by when it is too old.
const OWN: &str = "node@22";

/// Node and npm as they are on this machine, or as they are made to be.
#[derive(Clone, Debug)]
pub(crate) struct Node {
    /// Where our own Node is, when the system's is too old.
    own: Option<PathBuf>,
}

impl Node {
    /// Makes sure that Node 20 or later and npm are there.
    pub(crate) fn ensure() -> Result<Self> {
        if NODE.lack().is_none() && NPM.lack().is_none() {
            return Ok(Self { own: None });
        }
        let from_system = install::programs(&[NODE, NPM]);
        if from_system.is_ok() {
            return Ok(Self { own: None });
        }
        if NPM.lack().is_some() {
            return from_system.map(|()| Self { own: None });
        }
        // npm carries Node itself: enough where the system's own is too old.
        let prefix = exec::target("tools");
        let bin = prefix.join("node_modules/node/bin");
        if !bin.join("node").is_file() {
            let mut command = exec::command("npm", "install --no-audit --no-fund --prefix");
            command.arg(&prefix).arg(OWN);
            exec::run(command).context("Node 20 or later is needed, and npm could not bring it")?;
        }
        Ok(Self { own: Some(bin) })
    }

    /// `program` with the words of `args`, with this Node on its path.
    pub(crate) fn command(&self, program: &str, args: &str) -> Result<Command> {
        let mut command = exec::command(program, args);
        if let Some(bin) = &self.own {
            install::path_first(&mut command, bin)?;
        }
        Ok(command)
    }

    /// Installs what `folder/package-lock.json` names, unless it is there. Our own package is installed as a
    /// copy: there it is only if it is no older than what it was copied from.
    pub(crate) fn packages(&self, folder: &str) -> Result<()> {
        let folder = exec::workspace().join(folder);
        let modified = |path: &str| folder.join(path).metadata().and_then(|m| m.modified());
        // npm writes the second file at the end of an installation.
        let (wanted, installed) =
            (modified("package-lock.json"), modified("node_modules/.package-lock.json"));
        let copied = folder.join("node_modules/ottla").exists();
        let original = exec::workspace().join("pkg/dist/index.js").metadata().and_then(|m| m.modified());
        let fresh = |installed| {
            let as_wanted = wanted.is_ok_and(|wanted| wanted <= installed);
            as_wanted && !(copied && original.is_ok_and(|original| original > installed))
        };
        if installed.is_ok_and(fresh) {
            return Ok(());
        }
        let mut command = self.command("npm", "ci --no-audit --no-fund")?;
        command.current_dir(&folder);
        exec::run(command)
    }
}
