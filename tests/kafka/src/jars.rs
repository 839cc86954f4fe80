//! A version's jars, fetched once by Maven.

use std::{
    fs, io,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::{Mutex, PoisonError},
};

use crate::{Mode, Version};

/// The jars of one Kafka version, on disk.
#[derive(Clone, Debug)]
pub struct Jars {
    dir: PathBuf,
    version: Version,
}

impl Jars {
    /// The jars of `version`, from `target/kafka/VERSION/`, fetched there first if they are missing.
    ///
    /// # Errors
    /// When Maven is missing or fails, with the end of what it said.
    pub fn fetch(version: &Version) -> io::Result<Self> {
        static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
        let _guard = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
        let root = crate::target_dir().join("kafka");
        let dir = root.join(version.to_string());
        if !dir.is_dir() {
            // Fetched aside and renamed, so that a directory that exists is a whole one.
            let part = root.join(format!(".{version}-{}", std::process::id()));
            let fetched = download(version, &part).and_then(|()| fs::rename(&part, &dir));
            if fetched.is_err() {
                let _ = fs::remove_dir_all(&part);
            }
            // Another process may have been first.
            fetched.or_else(|error| if dir.is_dir() { Ok(()) } else { Err(error) })?;
        }
        Ok(Self { dir, version: version.clone() })
    }

    /// The version they are of.
    pub fn version(&self) -> &Version {
        &self.version
    }

    /// The directory that holds the jars; `first/` in it comes first on the class path.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// The jar called `ARTIFACT-VERSION.jar`, such as `kafka-clients`.
    ///
    /// # Errors
    /// When there is none.
    pub fn jar(&self, artifact: &str) -> io::Result<PathBuf> {
        for entry in fs::read_dir(&self.dir)? {
            let path = entry?.path();
            let version = path.file_name().and_then(|n| n.to_str()).and_then(|n| n.strip_prefix(artifact));
            if version.is_some_and(|v| {
                v.ends_with(".jar") && v.starts_with('-') && v[1..].starts_with(|c: char| c.is_ascii_digit())
            }) {
                return Ok(path);
            }
        }
        Err(io::Error::new(io::ErrorKind::NotFound, format!("no {artifact} jar in {}", self.dir.display())))
    }

    /// Whether the jar of `artifact` holds `class`: a jar's own listing has its files' names as they are.
    pub(crate) fn has_class(&self, artifact: &str, class: &str) -> bool {
        let name = format!("{}.class", class.replace('.', "/"));
        let jar = self.jar(artifact).and_then(fs::read).unwrap_or_default();
        jar.windows(name.len()).any(|window| window == name.as_bytes())
    }

    /// Java's options for quiet logs.
    pub(crate) fn log_options(&self) -> [String; 2] {
        [
            format!("-Dlog4j.configuration=file:{}", self.dir.join("log4j.properties").display()),
            "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn".to_owned(),
        ]
    }

    pub(crate) fn class_path(&self) -> String {
        let dir = self.dir.display();
        format!("{dir}/first/*:{dir}/*")
    }
}

/// For the brokers that log by log4j: warnings to standard output.
const LOG4J: &str = "log4j.rootLogger=WARN, out\n\
    log4j.appender.out=org.apache.log4j.ConsoleAppender\n\
    log4j.appender.out.layout=org.apache.log4j.PatternLayout\n\
    log4j.appender.out.layout.ConversionPattern=%d %p %c: %m%n\n";

fn download(version: &Version, into: &Path) -> io::Result<()> {
    eprintln!("fetching the jars of Kafka {version} with mvn");
    fs::create_dir_all(into.join("first"))?;
    copy_dependencies(into, &broker_artifacts(version), into)?;
    if version.mode() == Mode::ZooKeeper {
        // On Java 17 the old brokers' ZooKeeper client fails: a newer one shadows it.
        let shadows = [
            "org.apache.zookeeper:zookeeper:3.5.10".to_owned(),
            "log4j:log4j:1.2.17".to_owned(),
            "javax.xml.bind:jaxb-api:2.3.1".to_owned(),
        ];
        copy_dependencies(into, &shadows, &into.join("first"))?;
    }
    fs::write(into.join("log4j.properties"), LOG4J)?;
    fs::remove_file(into.join("pom.xml"))
}

fn broker_artifacts(version: &Version) -> Vec<String> {
    let mut artifacts = vec![format!("org.apache.kafka:kafka_{}:{version}", version.scala())];
    if version.mode() == Mode::Kraft {
        artifacts.push(format!("org.apache.kafka:kafka-tools:{version}"));
    }
    // The later ones come without anything that would show their logs.
    if version.at_least(&[4]) {
        artifacts.push("org.slf4j:slf4j-simple:1.7.36".to_owned());
    }
    artifacts
}

fn copy_dependencies(work: &Path, artifacts: &[String], into: &Path) -> io::Result<()> {
    let pom = work.join("pom.xml");
    fs::write(&pom, pom_of(artifacts))?;
    let output = Command::new("mvn")
        .args(["-q", "-B", "dependency:copy-dependencies"])
        .arg(format!("-DoutputDirectory={}", into.display()))
        .arg("-f")
        .arg(&pom)
        .stdin(Stdio::null())
        .output()
        .map_err(|e| io::Error::new(e.kind(), format!("cannot run mvn, which fetches Kafka's jars: {e}")))?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stdout);
    let why = said.lines().find(|line| line.contains("ERROR")).unwrap_or("it gave no reason").trim();
    Err(io::Error::other(format!("mvn could not fetch {}: {why}", artifacts.join(", "))))
}

fn pom_of(artifacts: &[String]) -> String {
    let dependencies: String = artifacts
        .iter()
        .filter_map(|a| {
            let mut parts = a.splitn(3, ':');
            let (group, artifact, version) = (parts.next()?, parts.next()?, parts.next()?);
            Some(format!(
                "<dependency><groupId>{group}</groupId><artifactId>{artifact}</artifactId>\
                 <version>{version}</version></dependency>"
            ))
        })
        .collect();
    format!(
        "<project><modelVersion>4.0.0</modelVersion><groupId>ottla</groupId><artifactId>brokers</artifactId>\
         <version>1</version><dependencies>{dependencies}</dependencies></project>"
    )
}
