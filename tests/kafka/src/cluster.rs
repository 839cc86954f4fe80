//! A running cluster.

use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::atomic::{AtomicUsize, Ordering},
    thread,
    time::{Duration, Instant},
};

use crate::{
    Jars, Mode, Version, ports, probe,
    process::{self, Process},
    properties::{self, Layout},
};

/// A broker answers within this, or the start has failed. Generous: machines are shared.
const PATIENCE: Duration = Duration::from_secs(120);

/// What to start.
#[derive(Clone, Debug)]
pub struct Config {
    version: String,
    brokers: usize,
    port: Option<u16>,
    properties: Vec<(String, String)>,
}

impl Config {
    /// One broker of `version`, such as `4.3.0`, on a free port.
    pub fn new(version: &str) -> Self {
        Self { version: version.to_owned(), brokers: 1, port: None, properties: Vec::new() }
    }

    /// The number of brokers, from 1 (the default) to 9.
    pub fn brokers(mut self, brokers: usize) -> Self {
        self.brokers = brokers;
        self
    }

    /// The port of the first broker; the others follow it. By default, free ports are chosen.
    pub fn port(mut self, port: u16) -> Self {
        self.port = Some(port);
        self
    }

    /// Adds a line to every broker's `server.properties`; the last of a key wins.
    pub fn set(mut self, key: &str, value: &str) -> Self {
        self.properties.push((key.to_owned(), value.to_owned()));
        self
    }

    /// Starts the cluster and waits until every broker knows all others.
    ///
    /// # Errors
    /// When the version is no version, jars cannot be fetched, or a broker does not come up: with the end of
    /// its log.
    pub fn start(self) -> io::Result<KafkaCluster> {
        KafkaCluster::start_config(self)
    }
}

/// A cluster of real Kafka brokers on loopback, gone when dropped. Brokers are counted from 0 here; broker
/// `i` has the node id `i + 1`.
#[derive(Debug)]
pub struct KafkaCluster {
    // Brokers go before ZooKeeper, and both before their directory.
    brokers: Vec<Option<Process>>,
    _zookeeper: Option<Process>,
    dir: Directory,
    jars: Jars,
    layout: Layout,
}

impl KafkaCluster {
    /// Starts `brokers` brokers of `version` on free ports and waits until every one knows all others.
    ///
    /// # Errors
    /// As [`Config::start`].
    pub fn start(version: &str, brokers: usize) -> io::Result<Self> {
        Config::new(version).brokers(brokers).start()
    }

    fn start_config(config: Config) -> io::Result<Self> {
        let version: Version = config.version.parse()?;
        if !(1..=9).contains(&config.brokers) {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "a cluster has from 1 to 9 brokers"));
        }
        let jars = Jars::fetch(&version)?;
        let dir = Directory::create(&version)?;
        let layout = layout(&config)?;
        let mut cluster = Self { brokers: Vec::new(), _zookeeper: None, dir, jars, layout };
        if cluster.version().mode() == Mode::ZooKeeper {
            cluster._zookeeper = Some(cluster.start_zookeeper()?);
        }
        for i in 0..config.brokers {
            cluster.prepare(i, &config.properties)?;
        }
        if cluster.version().mode() == Mode::Kraft {
            cluster.format()?;
        }
        for i in 0..config.brokers {
            let process = cluster.launch(i)?;
            cluster.brokers.push(Some(process));
        }
        for i in 0..config.brokers {
            cluster.wait_until_up(i)?;
        }
        Ok(cluster)
    }

    /// The brokers' addresses, as `host:port,host:port`.
    pub fn bootstrap(&self) -> String {
        let addresses: Vec<String> = (0..self.layout.ports.len()).map(|i| self.address(i)).collect();
        addresses.join(",")
    }

    /// The address of broker `i`, as `host:port`.
    pub fn address(&self, i: usize) -> String {
        format!("127.0.0.1:{}", self.layout.ports[i])
    }

    /// How many brokers it has, running or not.
    pub fn brokers(&self) -> usize {
        self.layout.ports.len()
    }

    /// The version that runs.
    pub fn version(&self) -> &Version {
        self.jars.version()
    }

    /// The jars it runs from, which also hold Kafka's message schemas and tools.
    pub fn jars(&self) -> &Jars {
        &self.jars
    }

    /// ZooKeeper's address, which the oldest versions' `TopicCommand` wants; `None` with KRaft.
    pub fn zookeeper(&self) -> Option<String> {
        (self.version().mode() == Mode::ZooKeeper)
            .then(|| format!("127.0.0.1:{}", self.layout.zookeeper_port))
    }

    /// Where its files are: `node-1/` and so on, with `server.properties`, `data/` and the broker's `log`.
    pub fn dir(&self) -> &Path {
        &self.dir.path
    }

    /// The process id of broker `i`, or `None` while it is down.
    pub fn pid(&self, i: usize) -> Option<u32> {
        self.brokers[i].as_ref().map(Process::pid)
    }

    /// Kills broker `i` as `kill -9` does and waits until it is gone. Its data stays for [`Self::restart`].
    ///
    /// # Errors
    /// When it cannot be killed.
    pub fn kill9(&mut self, i: usize) -> io::Result<()> {
        self.brokers[i].take().map_or(Ok(()), |mut process| process.kill())
    }

    /// Stops broker `i` in order (SIGTERM), so that it hands over what it leads first, and waits until it is gone;
    /// kills it if that takes too long. Its data stays for [`Self::restart`].
    ///
    /// # Errors
    /// When it cannot be ended.
    pub fn shut_down(&mut self, i: usize) -> io::Result<()> {
        let Some(mut process) = self.brokers[i].take() else { return Ok(()) };
        process.signal("TERM")?;
        process.wait(PATIENCE)
    }

    /// Stops broker `i` from running at all (SIGSTOP): it keeps its connections and answers nothing.
    ///
    /// # Errors
    /// When it is down.
    pub fn pause(&self, i: usize) -> io::Result<()> {
        self.running(i)?.signal("STOP")
    }

    /// Lets broker `i` run on after [`Self::pause`].
    ///
    /// # Errors
    /// When it is down.
    pub fn resume(&self, i: usize) -> io::Result<()> {
        self.running(i)?.signal("CONT")
    }

    /// Starts broker `i` again, on its port and with its data, and waits until it answers; kills it first if
    /// it runs.
    ///
    /// # Errors
    /// When it does not come up.
    pub fn restart(&mut self, i: usize) -> io::Result<()> {
        self.kill9(i)?;
        let until = Instant::now() + PATIENCE;
        loop {
            self.brokers[i] = Some(self.launch(i)?);
            match self.wait_until_up(i) {
                // ZooKeeper may still hold the killed broker's registration; the new one then ends itself.
                Err(_) if self.zookeeper().is_some() && Instant::now() < until => self.kill9(i)?,
                done => return done,
            }
        }
    }

    /// Stops every broker in order (SIGTERM), kills what has not ended after ten seconds, and removes the data.
    ///
    /// # Errors
    /// When a process cannot be ended.
    pub fn stop(mut self) -> io::Result<()> {
        for process in self.brokers.iter().flatten() {
            let _ = process.signal("TERM");
        }
        let until = Instant::now() + Duration::from_secs(10);
        for process in self.brokers.iter_mut().flatten() {
            process.wait(until.saturating_duration_since(Instant::now()))?;
        }
        Ok(())
    }

    fn running(&self, i: usize) -> io::Result<&Process> {
        self.brokers[i].as_ref().ok_or_else(|| io::Error::other(format!("broker {i} is down")))
    }

    fn node_dir(&self, i: usize) -> PathBuf {
        self.dir.path.join(format!("node-{}", i + 1))
    }

    fn prepare(&self, i: usize, own: &[(String, String)]) -> io::Result<()> {
        let dir = self.node_dir(i);
        fs::create_dir_all(&dir)?;
        let text = properties::broker(self.version(), &self.layout, i + 1, &dir, own);
        fs::write(dir.join("server.properties"), text)
    }

    fn java(&self, memory: &str) -> Vec<String> {
        let mut args = vec![format!("-Xmx{memory}"), "-XX:+UseSerialGC".to_owned()];
        args.extend(self.jars.log_options());
        args.extend(["-cp".to_owned(), self.jars.class_path()]);
        args
    }

    fn format(&self) -> io::Result<()> {
        // Any 16 bytes in base64url are a cluster's id.
        let id = "b3R0bGEtdGVzdC1jbHVzdA";
        for i in 0..self.layout.ports.len() {
            let config = self.node_dir(i).join("server.properties").display().to_string();
            self.run_tool("kafka.tools.StorageTool", &["format", "-t", id, "-c", &config], b"")?;
        }
        Ok(())
    }

    fn launch(&self, i: usize) -> io::Result<Process> {
        let mut args = self.java("384m");
        args.extend(["kafka.Kafka".to_owned(), "server.properties".to_owned()]);
        Process::java(&self.node_dir(i), args)
    }

    fn start_zookeeper(&self) -> io::Result<Process> {
        let dir = self.dir.path.join("zookeeper");
        fs::create_dir_all(&dir)?;
        fs::write(dir.join("zk.properties"), properties::zookeeper(&self.layout, &dir))?;
        let mut args = self.java("192m");
        args.extend([
            "org.apache.zookeeper.server.quorum.QuorumPeerMain".to_owned(),
            "zk.properties".to_owned(),
        ]);
        Process::java(&dir, args)
    }

    fn wait_until_up(&mut self, i: usize) -> io::Result<()> {
        let (port, all) = (self.layout.ports[i], self.layout.ports.len());
        let down = self.brokers.iter().filter(|b| b.is_none()).count();
        let process = self.brokers[i].as_mut().ok_or_else(|| io::Error::other("the broker is down"))?;
        let until = Instant::now() + PATIENCE;
        loop {
            let known = probe::known_brokers(port);
            if known.as_ref().is_ok_and(|known| *known >= all - down) {
                return Ok(());
            }
            let ended = process.has_ended()?;
            if ended || Instant::now() > until {
                let why = if ended { "ended".to_owned() } else { format!("is not ready ({known:?})") };
                let (version, end) = (self.jars.version(), process.log_end());
                return Err(io::Error::other(format!("Kafka {version} on port {port} {why}:\n{end}")));
            }
            thread::sleep(Duration::from_millis(100));
        }
    }
}

fn layout(config: &Config) -> io::Result<Layout> {
    let n = config.brokers;
    let mut free = ports::free(2 * n + 1)?;
    let zookeeper_port = free.pop().unwrap_or_default();
    let quorum_ports = free.split_off(n);
    let ports = match config.port {
        Some(first) => (first..).take(n).collect(),
        None => free,
    };
    if ports.len() < n {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "no room for the brokers' ports"));
    }
    Ok(Layout { ports, quorum_ports, zookeeper_port })
}

/// The cluster's files, removed with it.
#[derive(Debug)]
struct Directory {
    path: PathBuf,
}

impl Directory {
    fn create(version: &Version) -> io::Result<Self> {
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        let root = crate::target_dir().join("kafka-data");
        sweep(&root);
        let name = format!("{version}-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let path = root.join(name);
        remove(&path)?;
        fs::create_dir_all(&path)?;
        Ok(Self { path })
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        let _ = remove(&self.path);
    }
}

fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_dir_all(path) {
        Err(e) if e.kind() != io::ErrorKind::NotFound => Err(e),
        _ => Ok(()),
    }
}

/// Removes what was left by processes that were killed between making a directory and starting the broker
/// that guards it.
fn sweep(root: &Path) {
    for entry in fs::read_dir(root).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let owner = name.to_str().and_then(|name| name.rsplit('-').nth(1));
        if owner.is_some_and(|pid| !process::is_alive(pid)) {
            let _ = remove(&entry.path());
        }
    }
}
