//! Kafka's own command line tools.

use std::{
    fs,
    io::{self, Read, Write},
    process::{Child, Command, ExitStatus, Stdio},
    thread,
    time::{Duration, Instant},
};

use crate::{Jars, KafkaCluster};

/// No tool of a test works longer than this.
const PATIENCE: Duration = Duration::from_secs(120);

/// What a tool left.
#[derive(Debug)]
#[non_exhaustive]
pub struct ToolOutput {
    /// How it ended.
    pub status: ExitStatus,
    /// Its standard output, byte for byte.
    pub stdout: Vec<u8>,
    /// Its standard error, as text.
    pub stderr: String,
}

impl KafkaCluster {
    /// Runs a main class from this version's jars: see [`Jars::run`].
    ///
    /// # Errors
    /// As [`Jars::run`].
    pub fn run_tool<S: AsRef<str>>(
        &self,
        main_class: &str,
        args: &[S],
        stdin: &[u8],
    ) -> io::Result<ToolOutput> {
        self.jars().run(main_class, args, stdin)
    }

    /// Creates `topic`, a replica on every broker, by Kafka's own tool: this takes a second or two.
    ///
    /// # Errors
    /// When the tool fails; with what it said.
    pub fn create_topic(&self, topic: &str, partitions: usize) -> io::Result<()> {
        let (option, address) = match self.zookeeper() {
            Some(zookeeper) if !self.version().at_least(&[2, 2]) => ("--zookeeper", zookeeper),
            _ => ("--bootstrap-server", self.bootstrap()),
        };
        let (partitions, replicas) = (partitions.to_string(), self.brokers().to_string());
        let numbers = ["--partitions", &partitions, "--replication-factor", &replicas];
        let args = [&["--create", "--topic", topic, option, &address], numbers.as_slice()].concat();
        self.run_tool(self.jars().topic_command(), &args, b"").map(drop)
    }

    /// Begins to move the partitions of `topic`, from the first on, to these brokers, by their node ids: the first
    /// is the preferred leader. From Kafka 2.4.
    ///
    /// # Errors
    /// When the tool fails; with what it said.
    pub fn reassign(&self, topic: &str, replicas: &[Vec<i32>]) -> io::Result<()> {
        let partitions: Vec<String> = replicas
            .iter()
            .enumerate()
            .map(|(i, nodes)| format!(r#"{{"topic":"{topic}","partition":{i},"replicas":{nodes:?}}}"#))
            .collect();
        let plan = self.dir().join("reassignment.json");
        fs::write(&plan, format!(r#"{{"version":1,"partitions":[{}]}}"#, partitions.join(",")))?;
        let (bootstrap, plan) = (self.bootstrap(), plan.display().to_string());
        let args = ["--bootstrap-server", &bootstrap, "--reassignment-json-file", &plan, "--execute"];
        self.run_tool(self.jars().reassign_command(), &args, b"").map(drop)
    }

    /// Has the preferred leader of every partition elected, wherever it is in sync. From Kafka 2.4.
    ///
    /// # Errors
    /// When the tool fails; with what it said.
    pub fn elect_preferred(&self) -> io::Result<()> {
        let bootstrap = self.bootstrap();
        let args =
            ["--bootstrap-server", &bootstrap, "--election-type", "preferred", "--all-topic-partitions"];
        self.run_tool(self.jars().election_command(), &args, b"").map(drop)
    }
}

impl Jars {
    /// Runs a main class from this version's jars, such as `org.apache.kafka.tools.TopicCommand`, with `stdin`
    /// as its input.
    ///
    /// # Errors
    /// When it cannot be started, fails, or is not done within two minutes; with what it said.
    pub fn run<S: AsRef<str>>(&self, main_class: &str, args: &[S], stdin: &[u8]) -> io::Result<ToolOutput> {
        let mut command = Command::new("java");
        command.args(["-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"]);
        command.args(self.log_options()).args(["-cp", &self.class_path(), main_class]);
        command.args(args.iter().map(AsRef::as_ref));
        run(command, main_class, stdin)
    }

    /// The class of the console consumer in this version.
    pub fn console_consumer(&self) -> &'static str {
        self.moved("org.apache.kafka.tools.consumer.ConsoleConsumer", "kafka.tools.ConsoleConsumer")
    }

    /// The class of the console producer in this version.
    pub fn console_producer(&self) -> &'static str {
        self.moved("org.apache.kafka.tools.ConsoleProducer", "kafka.tools.ConsoleProducer")
    }

    /// The class of the topic tool in this version.
    pub fn topic_command(&self) -> &'static str {
        self.moved("org.apache.kafka.tools.TopicCommand", "kafka.admin.TopicCommand")
    }

    /// The class of the tool that moves partitions in this version.
    pub fn reassign_command(&self) -> &'static str {
        self.moved(
            "org.apache.kafka.tools.reassign.ReassignPartitionsCommand",
            "kafka.admin.ReassignPartitionsCommand",
        )
    }

    /// The class of the tool that has leaders elected in this version.
    pub fn election_command(&self) -> &'static str {
        self.moved("org.apache.kafka.tools.LeaderElectionCommand", "kafka.admin.LeaderElectionCommand")
    }

    /// The tools have moved one after another.
    fn moved(&self, now: &'static str, then: &'static str) -> &'static str {
        if self.has_class("kafka-tools", now) { now } else { then }
    }
}

/// Runs `command` to its end with `stdin` as its input, for at most two minutes.
pub(crate) fn run(mut command: Command, name: &str, stdin: &[u8]) -> io::Result<ToolOutput> {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|e| io::Error::new(e.kind(), format!("cannot run {name}: {e}")))?;
    let (pipe_in, pipe_out, pipe_err) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
    let (status, stdout, stderr) = thread::scope(|scope| {
        // The three pipes move at their own pace: a full one would stop the tool.
        scope.spawn(move || pipe_in.map(|mut pipe| pipe.write_all(stdin)));
        let out = scope.spawn(move || read_all(pipe_out));
        let err = scope.spawn(move || read_all(pipe_err));
        let status = wait(&mut child, name);
        (status, out.join().unwrap_or_default(), err.join().unwrap_or_default())
    });
    let stderr = String::from_utf8_lossy(&stderr).into_owned();
    let status = status.map_err(|e| io::Error::new(e.kind(), format!("{e}: {stderr}")))?;
    if status.success() {
        return Ok(ToolOutput { status, stdout, stderr });
    }
    let stdout = String::from_utf8_lossy(&stdout);
    Err(io::Error::other(format!("{name} failed with {status}:\n{stdout}{stderr}")))
}

fn read_all(pipe: Option<impl Read>) -> Vec<u8> {
    let mut all = Vec::new();
    if let Some(mut pipe) = pipe {
        let _ = pipe.read_to_end(&mut all);
    }
    all
}

fn wait(child: &mut Child, name: &str) -> io::Result<ExitStatus> {
    let until = Instant::now() + PATIENCE;
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(status);
        }
        if Instant::now() > until {
            child.kill()?;
            child.wait()?;
            return Err(io::Error::new(
                io::ErrorKind::TimedOut,
                format!("{name} did not end in {PATIENCE:?}"),
            ));
        }
        thread::sleep(Duration::from_millis(20));
    }
}
