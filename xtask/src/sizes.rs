//! How long the source files are.

use std::{fs, process::Command};

use anyhow::{Result, bail};

use crate::exec;

/// The aims: half of the files, nine tenths of them, and all of them are no longer than this.
const MEDIAN: usize = 150;
const MOST: usize = 350;
const LONGEST: usize = 500;

/// Prints the figures, and the files over an aim.
///
/// # Errors
/// When a file is longer than any may be.
pub(crate) fn report() -> Result<()> {
    let mut command = Command::new("git");
    command.args(["ls-files", "--cached", "--others", "--exclude-standard", "--", "*.rs", "*.ts"]);
    let listed = exec::output(&mut command)?;
    let mut files: Vec<(usize, String)> = String::from_utf8_lossy(&listed.stdout)
        .lines()
        .filter(|path| is_source(path))
        .filter_map(|path| Some((length(&fs::read_to_string(path).ok()?), path.to_owned())))
        .collect();
    if files.is_empty() {
        bail!("git lists no source files");
    }
    files.sort();
    let at = |part: usize| files[(files.len() - 1) * part / 100].0;
    println!(
        "{} files, {} lines without tests: median {} (aim {MEDIAN}), 90 % up to {} (aim {MOST})",
        files.len(),
        files.iter().map(|(lines, _)| lines).sum::<usize>(),
        at(50),
        at(90)
    );
    for (lines, path) in files.iter().rev().take_while(|(lines, _)| *lines > MOST) {
        println!("{lines:>6} {path}");
    }
    let over: Vec<&str> =
        files.iter().filter(|(lines, _)| *lines > LONGEST).map(|(_, path)| path.as_str()).collect();
    if over.is_empty() { Ok(()) } else { bail!("over {LONGEST} lines: {}", over.join(", ")) }
}

fn is_source(path: &str) -> bool {
    let folders = ["tests", "test", "e2e", "benches", "fuzz", "examples"];
    let in_tests = path.split('/').any(|part| folders.contains(&part));
    // The crate of brokers for tests lies in tests/, but is a program like any other.
    (!in_tests || path.contains("/src/")) && !path.ends_with(".test.ts") && !path.ends_with(".d.ts")
}

/// The lines before the tests that stand at a file's end.
fn length(text: &str) -> usize {
    text.lines().take_while(|line| *line != "#[cfg(test)]").count()
}

#[cfg(test)]
mod test {
    use super::*;

    #[test]
    fn tests_do_not_count() {
        assert_eq!(length("one\ntwo\n#[cfg(test)]\nmod tests {\n}\n"), 2);
        assert!(is_source("src/wire/encoder.rs") && is_source("tests/kafka/src/cluster.rs"));
        assert!(!is_source("tests/client.rs") && !is_source("www/e2e/page.ts"));
    }
}
