//! Runs programs, shows what they are, and ends them when this one is told to end.

use std::{
    ffi::OsStr,
    io::{BufRead, BufReader, Write},
    os::unix::process::CommandExt,
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
    sync::{Mutex, Once, PoisonError},
    thread,
    time::Duration,
};

use anyhow::{Context, Result, bail};
use signal_hook::{
    consts::{SIGHUP, SIGINT, SIGTERM},
    iterator::Signals,
};

/// The folder of the workspace.
pub(crate) fn workspace() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap_or(Path::new("."))
}

/// A file under the build folder.
pub(crate) fn target(path: &str) -> PathBuf {
    ottla_kafka::target_dir().join(path)
}

/// `program` with the words of `args`, which are split at spaces.
pub(crate) fn command(program: impl AsRef<OsStr>, args: &str) -> Command {
    let mut command = Command::new(program);
    command.args(args.split_whitespace());
    command
}

/// The cargo that runs this task, with the words of `args`.
pub(crate) fn cargo(args: &str) -> Command {
    command(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()), args)
}

/// The folder of the program called `name` on the path.
pub(crate) fn find(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).find(|dir| dir.join(name).is_file())
}

/// Runs `command` to its end.
///
/// # Errors
/// When it fails.
pub(crate) fn run(mut command: Command) -> Result<()> {
    let shown = announce(&command);
    let status =
        guard(&mut command, |child| Ok(child.wait()?)).with_context(|| format!("cannot run {shown}"))?;
    if status.success() { Ok(()) } else { bail!("{shown} ended with {status}") }
}

/// Runs `command` to its end, passing each line of its standard output on and to `line`; whether it succeeded.
pub(crate) fn watch(mut command: Command, mut line: impl FnMut(&str)) -> Result<bool> {
    let shown = announce(&command);
    command.stdout(Stdio::piped());
    let status = guard(&mut command, |child| {
        let mut out = BufReader::new(child.stdout.take().context("no standard output")?);
        let mut bytes = Vec::new();
        while out.read_until(b'\n', &mut bytes)? > 0 {
            let mut stdout = std::io::stdout().lock();
            stdout.write_all(&bytes)?;
            stdout.flush()?;
            line(String::from_utf8_lossy(&bytes).trim_end());
            bytes.clear();
        }
        Ok(child.wait()?)
    });
    Ok(status.with_context(|| format!("cannot run {shown}"))?.success())
}

/// Runs `command` without showing it, and gives what it wrote.
pub(crate) fn output(command: &mut Command) -> Result<Output> {
    let shown = format!("{}", command.get_program().display());
    command.stdin(Stdio::null()).output().with_context(|| format!("cannot run {shown}"))
}

fn announce(command: &Command) -> String {
    let name = Path::new(command.get_program()).file_name().unwrap_or(command.get_program());
    let mut words = vec![name.to_string_lossy()];
    words.extend(command.get_args().map(OsStr::to_string_lossy));
    let shown = words.join(" ");
    println!("$ {shown}");
    shown
}

/// The process group of the program that runs now; ended when this program is told to end.
static RUNNING: Mutex<Option<u32>> = Mutex::new(None);

fn set_running(group: Option<u32>) {
    *RUNNING.lock().unwrap_or_else(PoisonError::into_inner) = group;
}

fn guard<T>(command: &mut Command, wait: impl FnOnce(&mut Child) -> Result<T>) -> Result<T> {
    static LISTEN: Once = Once::new();
    LISTEN.call_once(|| match Signals::new([SIGINT, SIGTERM, SIGHUP]) {
        Ok(signals) => drop(thread::spawn(|| end_with_children(signals))),
        Err(error) => eprintln!("warning: programs are not ended with this one: {error}"),
    });
    // A group of its own: what the program starts is ended with it.
    let mut child = command.stdin(Stdio::null()).process_group(0).spawn()?;
    set_running(Some(child.id()));
    let result = wait(&mut child);
    set_running(None);
    result
}

fn end_with_children(mut signals: Signals) {
    let Some(signal) = signals.forever().next() else { return };
    if let Some(group) = *RUNNING.lock().unwrap_or_else(PoisonError::into_inner) {
        let kill = |signal: &str| {
            let args = ["-s", signal, "--", &format!("-{group}")];
            Command::new("kill").args(args).stderr(Stdio::null()).status().is_ok_and(|s| s.success())
        };
        kill("TERM");
        // Ten seconds to end in order.
        let ended = (0..100).any(|_| {
            thread::sleep(Duration::from_millis(100));
            !kill("0")
        });
        if !ended {
            kill("KILL");
        }
    }
    std::process::exit(128 + signal);
}
