//! kcat, a program around librdkafka.

use std::{fs, io, process::Command};

use super::{PeerRecord, nonsense};
use crate::tools;

/// Partition, offset, timestamp, and the lengths of the key and the value (-1 for null), then both.
const FORMAT: &str = "%p %o %T %K %S\n%k%s";

pub(super) fn produce(
    bootstrap: &str,
    topic: &str,
    partition: i32,
    codec: &str,
    records: &[PeerRecord],
) -> io::Result<()> {
    if records
        .iter()
        .any(|record| record.key.is_some() || record.value.is_none() || !record.headers.is_empty())
    {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "kcat writes values only here"));
    }
    // A file a value: the only way that takes every byte.
    let folder = crate::target_dir().join(format!("kcat-{}-{topic}", std::process::id()));
    fs::create_dir_all(&folder)?;
    let written = write(&folder, bootstrap, topic, partition, codec, records);
    fs::remove_dir_all(&folder)?;
    written
}

fn write(
    folder: &std::path::Path,
    bootstrap: &str,
    topic: &str,
    partition: i32,
    codec: &str,
    records: &[PeerRecord],
) -> io::Result<()> {
    let mut command = Command::new("kcat");
    command.args(["-P", "-b", bootstrap, "-t", topic, "-z", codec, "-p", &partition.to_string()]);
    for (i, value) in records.iter().filter_map(|record| record.value.as_ref()).enumerate() {
        let file = folder.join(i.to_string());
        fs::write(&file, value)?;
        command.arg(file);
    }
    tools::run(command, "kcat", b"").map(drop)
}

pub(super) fn consume(bootstrap: &str, topic: &str, count: usize) -> io::Result<Vec<PeerRecord>> {
    let mut command = Command::new("kcat");
    command.args(["-C", "-b", bootstrap, "-t", topic, "-o", "beginning", "-q", "-f", FORMAT]);
    command.args(["-c", &count.to_string()]);
    let output = tools::run(command, "kcat", b"")?;
    let mut rest = output.stdout.as_slice();
    let mut records = Vec::new();
    while !rest.is_empty() {
        records.push(next(&mut rest).ok_or_else(|| nonsense("kcat wrote something else than asked for"))?);
    }
    Ok(records)
}

fn next(rest: &mut &[u8]) -> Option<PeerRecord> {
    let end = rest.iter().position(|byte| *byte == b'\n')?;
    let (line, after) = rest.split_at(end);
    *rest = &after[1..];
    let numbers: Vec<i64> =
        std::str::from_utf8(line).ok()?.split(' ').map(|n| n.parse().ok()).collect::<Option<_>>()?;
    let [partition, offset, timestamp, key, value] = numbers.as_slice() else { return None };
    let mut take = |length: i64| match usize::try_from(length) {
        Err(_) => Some(None),
        Ok(length) => {
            let (bytes, after) = rest.split_at_checked(length)?;
            *rest = after;
            Some(Some(bytes.to_vec()))
        }
    };
    Some(PeerRecord {
        partition: i32::try_from(*partition).ok()?,
        offset: *offset,
        timestamp: *timestamp,
        key: take(*key)?,
        value: take(*value)?,
        headers: Vec::new(),
    })
}

#[cfg(test)]
mod test {
    use super::*;

    #[test]
    fn lengths_tell_the_fields_apart() {
        let mut text: &[u8] = b"1 7 1000 -1 0\n0 8 -1 2 3\nk\nv\0w";
        let first = next(&mut text).unwrap();
        assert_eq!((first.partition, first.offset, first.timestamp), (1, 7, 1000));
        assert_eq!((first.key, first.value), (None, Some(Vec::new())));
        let second = next(&mut text).unwrap();
        assert_eq!((second.key.unwrap(), second.value.unwrap()), (b"k\n".to_vec(), b"v\0w".to_vec()));
        assert!(text.is_empty());
        assert!(next(&mut b"0 8 -1 2 30\nshort".as_slice()).is_none());
    }
}
