//! A child process that does not outlive its owner.

use std::{
    ffi::OsStr,
    fs::OpenOptions,
    io::{self, BufRead, BufReader},
    os::unix::process::CommandExt,
    path::{Path, PathBuf},
    process::{Child, ChildStdin, Command, Stdio},
    time::{Duration, Instant},
};

/// Runs `"$@"` and watches its own stdin, a pipe from the owner. When that closes, the owner is gone: kill
/// the program, take its directory away, then the directory above if it is empty. Linux's
/// `PR_SET_PDEATHSIG` would tie the program to the owner's thread instead, and a test's thread ends before
/// the tests that share its brokers.
const GUARD: &str = r#"
dir=$1; shift
exec 3<&0
"$@" </dev/null 3<&- &
program=$!
(
    read -r _ <&3
    trap '' TERM
    kill -9 $program
    while kill -0 $program; do sleep 0.1; done
    rm -rf "$dir"
    rmdir "${dir%/*}"
) >/dev/null 2>&1 &
watch=$!
exec 3<&-
echo $program
exec >&-
wait $program
kill $watch
"#;

/// A running program, its log, and the pipe that keeps it alive.
#[derive(Debug)]
pub(crate) struct Process {
    guard: Child,
    alive: Option<ChildStdin>,
    pid: u32,
    log: PathBuf,
}

impl Process {
    /// Starts `java` with `args`; both its streams are added to `dir/log`.
    pub(crate) fn java<S: AsRef<OsStr>>(dir: &Path, args: impl IntoIterator<Item = S>) -> io::Result<Self> {
        let log = dir.join("log");
        let log_file = OpenOptions::new().create(true).append(true).open(&log)?;
        let mut guard = Command::new("sh")
            .args(["-c", GUARD, "guard"])
            .arg(dir)
            .args(["sh", "-c", r#"log=$1; shift; exec java "$@" >>"$log" 2>&1"#, "java"])
            .arg(&log)
            .args(args)
            .current_dir(dir)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(log_file)
            // A Ctrl-C at the terminal is for the owner, which then stops its brokers in order.
            .process_group(0)
            .spawn()?;
        let alive = guard.stdin.take();
        let mut line = String::new();
        if let Some(stdout) = guard.stdout.take() {
            BufReader::new(stdout).read_line(&mut line)?;
        }
        let pid = line.trim().parse().map_err(|_| io::Error::other("cannot start sh"))?;
        Ok(Self { guard, alive, pid, log })
    }

    pub(crate) fn pid(&self) -> u32 {
        self.pid
    }

    /// Sends the signal called `name`, such as `TERM` or `STOP`.
    pub(crate) fn signal(&self, name: &str) -> io::Result<()> {
        let status = Command::new("kill").args(["-s", name]).arg(self.pid.to_string()).status()?;
        if status.success() {
            Ok(())
        } else {
            Err(io::Error::other(format!("kill -s {name} {} failed", self.pid)))
        }
    }

    pub(crate) fn has_ended(&mut self) -> io::Result<bool> {
        Ok(self.guard.try_wait()?.is_some())
    }

    /// Kills it at once and waits until it is gone.
    pub(crate) fn kill(&mut self) -> io::Result<()> {
        if !self.has_ended()? {
            // It may end by itself in between: what counts is that it is gone.
            let _ = self.signal("KILL");
            self.guard.wait()?;
        }
        Ok(())
    }

    /// Waits until it has ended by itself, and kills it when `within` is over.
    pub(crate) fn wait(&mut self, within: Duration) -> io::Result<()> {
        let until = Instant::now() + within;
        while !self.has_ended()? {
            if Instant::now() > until {
                return self.kill();
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        Ok(())
    }

    /// The last lines of its log, for an error.
    pub(crate) fn log_end(&self) -> String {
        let text = std::fs::read(&self.log).unwrap_or_default();
        let text = String::from_utf8_lossy(&text);
        let lines: Vec<&str> = text.lines().collect();
        lines[lines.len().saturating_sub(20)..].join("\n")
    }
}

/// Whether a process has this id.
pub(crate) fn is_alive(pid: &str) -> bool {
    Command::new("kill").args(["-0", pid]).stderr(Stdio::null()).status().is_ok_and(|status| status.success())
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.kill();
        self.alive.take();
    }
}
