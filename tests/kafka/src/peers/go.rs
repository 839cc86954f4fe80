//! franz-go and kafka-go, through the program in `tests/peers-go`.

use std::{
    io,
    path::{Path, PathBuf},
    process::Command,
    sync::OnceLock,
};

use base64::{Engine, engine::general_purpose::STANDARD};
use serde::{Deserialize, Serialize};

use super::{PeerRecord, nonsense};
use crate::tools;

/// A record as a line of JSON; bytes in base64.
#[derive(Serialize, Deserialize)]
struct Line {
    partition: i32,
    offset: i64,
    timestamp: i64,
    key: Option<String>,
    value: Option<String>,
    headers: Vec<LineHeader>,
}

#[derive(Serialize, Deserialize)]
struct LineHeader {
    key: String,
    value: Option<String>,
}

pub(super) fn produce(
    client: &str,
    bootstrap: &str,
    topic: &str,
    partition: i32,
    codec: &str,
    records: &[PeerRecord],
) -> io::Result<()> {
    let mut lines = Vec::new();
    for record in records {
        serde_json::to_writer(&mut lines, &to_line(record))?;
        lines.push(b'\n');
    }
    let mut command = Command::new(program()?);
    command.args(["produce", "-client", client, "-b", bootstrap, "-t", topic, "-c", codec]);
    command.args(["-p", &partition.to_string()]);
    tools::run(command, client, &lines).map(drop)
}

pub(super) fn consume(
    client: &str,
    bootstrap: &str,
    topic: &str,
    count: usize,
) -> io::Result<Vec<PeerRecord>> {
    let mut command = Command::new(program()?);
    command.args(["consume", "-client", client, "-b", bootstrap, "-t", topic, "-n", &count.to_string()]);
    let output = tools::run(command, client, b"")?;
    serde_json::Deserializer::from_slice(&output.stdout)
        .into_iter::<Line>()
        .map(|line| from_line(line.map_err(nonsense)?))
        .collect()
}

fn to_line(record: &PeerRecord) -> Line {
    let text = |bytes: &Option<Vec<u8>>| bytes.as_ref().map(|bytes| STANDARD.encode(bytes));
    let headers =
        record.headers.iter().map(|(key, value)| LineHeader { key: key.clone(), value: text(value) });
    Line {
        partition: record.partition,
        offset: record.offset,
        timestamp: record.timestamp,
        key: text(&record.key),
        value: text(&record.value),
        headers: headers.collect(),
    }
}

fn from_line(line: Line) -> io::Result<PeerRecord> {
    let bytes = |text: Option<String>| text.map(|text| STANDARD.decode(text).map_err(nonsense)).transpose();
    let headers = line.headers.into_iter().map(|header| Ok((header.key, bytes(header.value)?)));
    Ok(PeerRecord {
        partition: line.partition,
        offset: line.offset,
        timestamp: line.timestamp,
        headers: headers.collect::<io::Result<_>>()?,
        key: bytes(line.key)?,
        value: bytes(line.value)?,
    })
}

/// The program, built by the first who asks.
fn program() -> io::Result<&'static Path> {
    static BUILT: OnceLock<Result<PathBuf, String>> = OnceLock::new();
    let built = BUILT.get_or_init(|| build().map_err(|error| error.to_string()));
    built.as_deref().map_err(|error| io::Error::other(error.clone()))
}

fn build() -> io::Result<PathBuf> {
    let program = crate::target_dir().join("peers-go");
    let mut command = Command::new("go");
    command.arg("build").arg("-o").arg(&program).arg(".");
    command.current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/../peers-go"));
    // A Go that is older than the program asks for fetches the one it asks for.
    command.env("GOTOOLCHAIN", "auto").env("GOFLAGS", "-buildvcs=false");
    tools::run(command, "go", b"")?;
    Ok(program)
}
