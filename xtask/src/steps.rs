//! A row of steps, each shown as it runs; the row goes on past a failure and fails at its end.

use std::{process::Command, time::Instant};

use anyhow::{Result, bail};

use crate::exec;

/// What has been run so far.
pub(crate) struct Steps {
    began: Instant,
    done: Vec<Step>,
    not_run: Vec<String>,
}

struct Step {
    name: String,
    seconds: u64,
    error: Option<String>,
    tally: Tally,
}

/// Tests counted from the lines in which test runners sum up.
#[derive(Clone, Copy, Default, Debug, PartialEq, Eq)]
pub(crate) struct Tally {
    passed: u64,
    failed: u64,
    skipped: u64,
}

impl Tally {
    fn count(&mut self, line: &str) {
        // cargo: `test result: ok. 3 passed; 0 failed; 1 ignored; …`
        if let Some(result) = line.trim_start().strip_prefix("test result:") {
            let words: Vec<&str> = result.split([' ', ';']).filter(|word| !word.is_empty()).collect();
            for pair in words.windows(2) {
                let Ok(n) = pair[0].parse::<u64>() else { continue };
                match pair[1] {
                    "passed" => self.passed += n,
                    "failed" => self.failed += n,
                    "ignored" => self.skipped += n,
                    _ => {}
                }
            }
        }
        // node: `# pass 3` or, on a terminal, `ℹ pass 3`
        let mut words = line.split_whitespace();
        if matches!(words.next(), Some("#" | "ℹ")) {
            let (name, n) = (words.next(), words.next().and_then(|n| n.parse::<u64>().ok()));
            match (name, n) {
                (Some("pass"), Some(n)) => self.passed += n,
                (Some("fail"), Some(n)) => self.failed += n,
                (Some("skipped"), Some(n)) => self.skipped += n,
                _ => {}
            }
        }
    }
}

impl Steps {
    pub(crate) fn new() -> Self {
        Self { began: Instant::now(), done: Vec::new(), not_run: Vec::new() }
    }

    /// A step that is one program.
    pub(crate) fn command(&mut self, name: &str, command: Command) {
        self.step(name, || exec::run(command));
    }

    /// A step that is one test program, whose results are counted. A run without a single test has failed.
    pub(crate) fn tests(&mut self, name: &str, command: impl FnOnce() -> Result<Command>) {
        let mut tally = Tally::default();
        self.step(name, || match exec::watch(command()?, |line| tally.count(line))? {
            true if tally.passed == 0 => bail!("it ran no test"),
            true => Ok(()),
            false => bail!("tests failed"),
        });
        if let Some(step) = self.done.last_mut() {
            step.tally = tally;
        }
    }

    /// Any other step.
    pub(crate) fn step(&mut self, name: &str, work: impl FnOnce() -> Result<()>) {
        println!("\n=== {name}");
        let began = Instant::now();
        let error = work().err().map(|error| format!("{error:#}"));
        let seconds = began.elapsed().as_secs();
        match &error {
            None => println!("=== {name}: ok, {seconds} s"),
            Some(error) => println!("=== {name}: FAILED, {seconds} s: {error}"),
        }
        self.done.push(Step { name: name.to_owned(), seconds, error, tally: Tally::default() });
    }

    /// A step that cannot be run here, and does not have to: it is shown as such.
    pub(crate) fn not_run(&mut self, name: &str, why: &str) {
        println!("\n=== {name}: NOT RUN, {why}");
        self.not_run.push(format!("{name}: {why}"));
    }

    /// Shows all steps; for tests, ends with the sum of their results.
    ///
    /// # Errors
    /// When a step has failed.
    pub(crate) fn finish(self) -> Result<()> {
        println!("\n=== Summary, {} s", self.began.elapsed().as_secs());
        let mut sum = Tally::default();
        for Step { name, seconds, error, tally } in &self.done {
            let result = if error.is_none() { "ok    " } else { "FAILED" };
            print!("{result} {seconds:>5} s  {name}");
            if *tally != Tally::default() {
                print!(": {} passed, {} failed, {} skipped", tally.passed, tally.failed, tally.skipped);
            }
            println!("{}", error.as_ref().map_or(String::new(), |error| format!(": {error}")));
            sum.passed += tally.passed;
            sum.failed += tally.failed;
            sum.skipped += tally.skipped;
        }
        for step in &self.not_run {
            println!("NOT RUN         {step}");
        }
        if sum != Tally::default() {
            println!("\n{} passed, {} failed, {} skipped", sum.passed, sum.failed, sum.skipped);
        }
        let failed = self.done.iter().filter(|step| step.error.is_some()).count();
        if failed > 0 { bail!("{failed} of {} steps failed", self.done.len()) } else { Ok(()) }
    }
}

#[cfg(test)]
mod test {
    use super::*;

    #[test]
    fn counts_what_the_runners_say() {
        let mut tally = Tally::default();
        tally.count(
            "test result: ok. 12 passed; 0 failed; 3 ignored; 0 measured; 0 filtered out; finished in 0.1s",
        );
        tally.count("test result: FAILED. 1 passed; 2 failed; 0 ignored; 0 filtered out");
        tally.count("    test result: nonsense");
        tally.count("# pass 4");
        tally.count("ℹ fail 1");
        tally.count("# tests 5");
        assert_eq!(tally, Tally { passed: 17, failed: 3, skipped: 3 });
    }

    #[test]
    fn a_failed_step_fails_the_row_but_does_not_end_it() {
        let mut steps = Steps::new();
        steps.step("bad", || bail!("it broke"));
        let mut ran = false;
        steps.step("good", || {
            ran = true;
            Ok(())
        });
        assert!(ran);
        assert_eq!(steps.finish().unwrap_err().to_string(), "1 of 2 steps failed");
    }

    #[test]
    fn a_run_without_tests_has_failed() {
        let mut steps = Steps::new();
        steps.tests("empty", || Ok(exec::command("true", "")));
        assert!(steps.finish().is_err());
    }
}
