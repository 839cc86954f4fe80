//! Gets the programs that a task needs and the machine lacks.

use std::process::Command;

use anyhow::{Result, bail};

use crate::exec;

/// A program from the system's packages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Program {
    name: &'static str,
    /// The option that makes it tell its version, and the least major version that will do.
    version: Option<(&'static str, u32)>,
    /// The Debian packages that have it, the first that exists being taken.
    packages: &'static [&'static str],
}

pub(crate) const JAVA: Program = Program {
    name: "java",
    version: Some(("-version", 17)),
    packages: &["openjdk-17-jre-headless", "openjdk-21-jre-headless", "default-jre-headless"],
};
pub(crate) const MAVEN: Program = Program { name: "mvn", version: None, packages: &["maven"] };
pub(crate) const NODE: Program =
    Program { name: "node", version: Some(("--version", 20)), packages: &["nodejs"] };
pub(crate) const NPM: Program = Program { name: "npm", version: None, packages: &["npm"] };
pub(crate) const CHROMIUM: Program =
    Program { name: "chromium", version: None, packages: &["chromium", "chromium-browser"] };
pub(crate) const CHROMEDRIVER: Program =
    Program { name: "chromedriver", version: None, packages: &["chromium-driver", "chromium-chromedriver"] };
pub(crate) const GO: Program = Program { name: "go", version: None, packages: &["golang-go"] };
/// A C compiler: the feature `zstd-c` needs one, and nothing else does.
pub(crate) const CC: Program = Program { name: "cc", version: None, packages: &["build-essential", "gcc"] };
pub(crate) const KCAT: Program = Program { name: "kcat", version: None, packages: &["kcat"] };

impl Program {
    /// Why it will not do, if so.
    pub(crate) fn lack(&self) -> Option<String> {
        if exec::find(self.name).is_none() {
            return Some(format!("{} is not installed", self.name));
        }
        let (option, least) = self.version?;
        let output = exec::output(Command::new(self.name).arg(option)).ok()?;
        let said = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
        match major(&said) {
            Some(found) if found >= least => None,
            Some(found) => Some(format!("{} {least} or later is needed, and this is {found}", self.name)),
            None => Some(format!("{} {option} tells no version", self.name)),
        }
    }
}

/// The first number of the first word that starts like a version: `v20.1.0`, `"17.0.15"`.
fn major(said: &str) -> Option<u32> {
    said.split_whitespace().find_map(|word| {
        let digits = word.trim_start_matches(['v', '"']);
        let end = digits.find('.')?;
        digits[..end].parse().ok()
    })
}

/// Makes sure that all of `programs` are there.
///
/// # Errors
/// When one is missing and cannot be installed from here; with the command that does.
pub(crate) fn programs(programs: &[Program]) -> Result<()> {
    let missing: Vec<Program> = programs.iter().copied().filter(|p| p.lack().is_some()).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let lacks: Vec<String> = missing.iter().filter_map(Program::lack).collect();
    println!("{}", lacks.join("; "));
    if exec::find("apt-get").is_none() {
        bail!("{}: install what is missing and run this again", lacks.join("; "));
    }
    if !is_root()? {
        let packages: Vec<&str> = missing.iter().map(Program::package).collect();
        let command = format!("sudo apt-get install -y {}", packages.join(" "));
        bail!("{}. Run this, then the task again:\n    {command}", lacks.join("; "));
    }
    exec::run(exec::command("apt-get", "update -q"))?;
    let packages: Vec<&str> = missing.iter().map(Program::package).collect();
    let mut install = exec::command("apt-get", "install -q -y --no-install-recommends");
    install.args(packages).env("DEBIAN_FRONTEND", "noninteractive");
    exec::run(install)?;
    match missing.iter().find_map(Program::lack) {
        Some(lack) => bail!("{lack}, even after apt-get: install it by hand and run this again"),
        None => Ok(()),
    }
}

impl Program {
    fn package(&self) -> &'static str {
        let known = |package: &&&str| {
            let policy = exec::output(Command::new("apt-cache").args(["policy", package]));
            policy.is_ok_and(|o| {
                let said = String::from_utf8_lossy(&o.stdout).into_owned();
                said.contains("Candidate:") && !said.contains("Candidate: (none)")
            })
        };
        self.packages.iter().find(known).copied().unwrap_or(self.packages[0])
    }
}

fn is_root() -> Result<bool> {
    Ok(exec::output(Command::new("id").arg("-u"))?.stdout.trim_ascii() == b"0")
}

/// Puts `dir` first on the path of everything that is run from here.
pub(crate) fn path_first(command: &mut Command, dir: &std::path::Path) -> Result<()> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let dirs = std::iter::once(dir.to_owned()).chain(std::env::split_paths(&path));
    command.env("PATH", std::env::join_paths(dirs)?);
    Ok(())
}

#[cfg(test)]
mod test {
    use super::*;

    #[test]
    fn versions_as_programs_tell_them() {
        assert_eq!(major("openjdk version \"17.0.15\" 2025-04-15"), Some(17));
        assert_eq!(major("java version \"1.8.0_292\""), Some(1));
        assert_eq!(major("v20.20.2\n"), Some(20));
        assert_eq!(major("unknown"), None);
    }

    #[test]
    fn what_is_missing_says_so() {
        let program = Program { name: "ottla-no-such-program", version: None, packages: &["none"] };
        assert_eq!(program.lack().as_deref(), Some("ottla-no-such-program is not installed"));
        let old = Program { name: "cargo", version: Some(("--version", 1000)), packages: &["none"] };
        assert!(old.lack().unwrap().contains("1000 or later is needed, and this is 1"));
    }
}
