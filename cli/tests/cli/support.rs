use std::{
    io::{BufRead, BufReader, Read, Write},
    process::{Child, ChildStdout, Command, Output, Stdio},
    time::Duration,
};

use ottla::{Client, Message, Writer};
use serde_json::Value;

const OTTLA: &str = env!("CARGO_BIN_EXE_ottla");

/// Against hangs, not to measure anything.
const AT_MOST: Duration = Duration::from_secs(60);

/// What a run of `ottla` came to.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Run {
    fn of(output: Output) -> Self {
        Self {
            code: output.status.code(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// Its stdout, after checking that all went well.
    pub(crate) fn ok(self) -> String {
        assert_eq!(self.code, Some(0), "{self:?}");
        self.stdout
    }

    /// The lines of its stdout as JSON, after checking that all went well.
    pub(crate) fn json(self) -> Vec<Value> {
        self.ok().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// The first line of its stderr, after checking that it failed in the one form errors have, with nothing on stdout.
    pub(crate) fn error(&self, code: i32) -> &str {
        assert_eq!(self.code, Some(code), "{self:?}");
        assert_eq!(self.stdout, "", "{self:?}");
        let lines: Vec<_> =
            self.stderr.lines().skip_while(|line| line.ends_with("records written")).collect();
        assert!(lines[0].starts_with("error: "), "{self:?}");
        assert!(lines[1..].iter().all(|line| line.starts_with("  ")), "{self:?}");
        lines[0]
    }
}

/// Runs `ottla` with arguments parted by spaces.
pub(crate) fn ottla(arguments: &str) -> Run {
    ottla_reading(arguments, "")
}

/// The same with something on its stdin.
pub(crate) fn ottla_reading(arguments: &str, stdin: impl Into<Vec<u8>>) -> Run {
    let mut command = assert_cmd::Command::new(OTTLA);
    Run::of(command.args(arguments.split_whitespace()).write_stdin(stdin).timeout(AT_MOST).output().unwrap())
}

/// `ottla` while it runs. It is killed when this is dropped.
pub(crate) struct Running {
    child: Child,
    stdout: Option<BufReader<ChildStdout>>,
}

impl Running {
    pub(crate) fn start(arguments: &str) -> Self {
        let mut command = Command::new(OTTLA);
        command.args(arguments.split_whitespace());
        let pipes = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = pipes.spawn().unwrap();
        let stdout = child.stdout.take().map(BufReader::new);
        Self { child, stdout }
    }

    /// The next line of its stdout, without its end; empty when there is none any more.
    pub(crate) fn line(&mut self) -> String {
        let mut line = String::new();
        self.stdout.as_mut().unwrap().read_line(&mut line).unwrap();
        line.trim_end().to_owned()
    }

    pub(crate) fn write(&mut self, text: &str) {
        self.child.stdin.as_mut().unwrap().write_all(text.as_bytes()).unwrap();
    }

    /// Lets nobody read its stdout any more.
    pub(crate) fn close_stdout(&mut self) {
        self.stdout = None;
    }

    /// Sends it a signal, `INT` or `TERM`.
    #[cfg(unix)]
    pub(crate) fn signal(&self, name: &str) {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args([&format!("-{name}"), &pid]).status().unwrap().success());
    }

    /// Waits until it ends by itself. The rest of its stdout is in the result.
    pub(crate) fn wait(mut self) -> Run {
        let deadline = std::time::Duration::from_millis(20);
        let rounds = AT_MOST.as_millis() / deadline.as_millis();
        for _ in 0..rounds {
            if let Some(status) = self.child.try_wait().unwrap() {
                let mut stdout = String::new();
                if let Some(mut rest) = self.stdout.take() {
                    rest.read_to_string(&mut stdout).unwrap();
                }
                let mut stderr = String::new();
                self.child.stderr.take().unwrap().read_to_string(&mut stderr).unwrap();
                return Run { code: status.code(), stdout, stderr };
            }
            pause(deadline);
        }
        panic!("it does not end");
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[expect(clippy::disallowed_methods, reason = "a test may wait on its own thread")]
fn pause(time: Duration) {
    std::thread::sleep(time);
}

/// `ottla dev` on ports that the system chose.
pub(crate) struct Dev {
    pub(crate) running: Running,
    pub(crate) kafka: String,
    pub(crate) bridge: String,
    pub(crate) dashboard: String,
}

impl Dev {
    pub(crate) fn start() -> Self {
        Self::start_with("--no-traffic")
    }

    pub(crate) fn start_with(arguments: &str) -> Self {
        let mut running = Running::start(&format!("dev --kafka 127.0.0.1:0 --http 127.0.0.1:0 {arguments}"));
        let mut address = |name: &str| {
            let line = running.line();
            let (said, address) = line.split_once('\t').unwrap_or_else(|| panic!("{line:?}"));
            assert_eq!(said, name);
            address.to_owned()
        };
        let (kafka, bridge, dashboard) = (address("kafka"), address("bridge"), address("dashboard"));
        Self { running, kafka, bridge, dashboard }
    }

    /// Runs `ottla` with `-b` for this broker behind the arguments.
    pub(crate) fn ottla(&self, arguments: &str) -> Run {
        self.ottla_reading(arguments, "")
    }

    pub(crate) fn ottla_reading(&self, arguments: &str, stdin: impl Into<Vec<u8>>) -> Run {
        ottla_reading(&format!("{arguments} -b {}", self.kafka), stdin)
    }

    /// With a topic of so many partitions.
    pub(crate) fn with_topic(topic: &str, partitions: u32) -> Self {
        let dev = Self::start();
        assert_eq!(dev.ottla(&format!("create {topic} --partitions {partitions}")).ok(), "");
        dev
    }

    /// Writes messages by the library: what the command line has no way to write.
    pub(crate) fn write(&self, topic: &str, messages: Vec<Message>) {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        runtime.block_on(async {
            let client = Client::builder().bootstrap(&self.kafka).build().unwrap();
            let writer = Writer::builder(&client).topic(topic).build().unwrap();
            writer.write(messages).await.unwrap();
            writer.close(AT_MOST).await.unwrap();
            client.close().await;
        });
    }
}
