//! Kafka's own console producer and consumer.

use std::io;

use super::{PeerRecord, nonsense};
use crate::Jars;

/// What separates fields, records and headers, and stands for null: no record of a test holds these. Some are
/// read as regular expressions.
const FIELD: &str = "~field~";
const RECORD: &str = "~record~";
const HEADER: &str = "~header~";
const NULL: &str = "~null~";

/// From here on the tools know headers, offsets and null (KIP-431); producing null came later (KIP-810).
const WHOLE: [u32; 2] = [2, 7];
const WRITES_NULL: [u32; 2] = [3, 2];

pub(super) fn produce(
    jars: &Jars,
    bootstrap: &str,
    topic: &str,
    codec: &str,
    records: &[PeerRecord],
) -> io::Result<()> {
    let headers = jars.version().at_least(&WRITES_NULL);
    let lines = records.iter().map(|record| line(record, headers)).collect::<io::Result<String>>()?;
    let old = !jars.version().at_least(&[2, 5]);
    let mut args =
        vec![if old { "--broker-list" } else { "--bootstrap-server" }.to_owned(), bootstrap.to_owned()];
    args.extend(["--topic", topic, "--compression-codec", codec].map(str::to_owned));
    let mut property =
        |name: &str, value: &str| args.extend(["--property".to_owned(), format!("{name}={value}")]);
    property("parse.key", "true");
    property("key.separator", FIELD);
    if headers {
        property("parse.headers", "true");
        property("headers.delimiter", FIELD);
        property("headers.separator", HEADER);
        property("null.marker", NULL);
    }
    jars.run(jars.console_producer(), &args, lines.as_bytes()).map(drop)
}

fn line(record: &PeerRecord, headers: bool) -> io::Result<String> {
    let text = |bytes: &Option<Vec<u8>>| match bytes {
        None if headers => Ok(NULL.to_owned()),
        None => Err(nonsense("this version's console producer writes no null")),
        Some(bytes) => match std::str::from_utf8(bytes) {
            Ok(text) if !text.contains(['\n', '\r']) => Ok(text.to_owned()),
            _ => Err(nonsense("the console producer takes lines of text")),
        },
    };
    let mut line = String::new();
    if headers {
        let parts = record.headers.iter().map(|(key, value)| Ok(format!("{key}:{}", text(value)?)));
        // Null stands for no headers as well.
        let parts = parts.collect::<io::Result<Vec<_>>>()?;
        line += &if parts.is_empty() { NULL.to_owned() } else { parts.join(HEADER) };
        line += FIELD;
    } else if !record.headers.is_empty() {
        return Err(nonsense("this version's console producer writes no headers"));
    }
    Ok(line + &text(&record.key)? + FIELD + &text(&record.value)? + "\n")
}

pub(super) fn consume(
    jars: &Jars,
    bootstrap: &str,
    topic: &str,
    partition: Option<i32>,
    count: usize,
) -> io::Result<Vec<PeerRecord>> {
    let whole = jars.version().at_least(&WHOLE);
    let mut args = ["--bootstrap-server", bootstrap, "--topic", topic].map(str::to_owned).to_vec();
    args.extend(["--max-messages".to_owned(), count.to_string()]);
    match partition {
        None => args.push("--from-beginning".to_owned()),
        Some(partition) => {
            args.extend(["--partition".to_owned(), partition.to_string()]);
            args.extend(["--offset", "earliest"].map(str::to_owned));
            // Old ones would commit to a group that they are not in, for as long as it takes.
            args.extend(["--consumer-property", "enable.auto.commit=false"].map(str::to_owned));
        }
    }
    if !jars.version().at_least(&[0, 11]) {
        args.push("--new-consumer".to_owned());
    }
    let mut property =
        |name: &str, value: &str| args.extend(["--property".to_owned(), format!("{name}={value}")]);
    for name in ["print.timestamp", "print.key"] {
        property(name, "true");
    }
    property("key.separator", FIELD);
    property("line.separator", RECORD);
    if whole {
        for name in ["print.partition", "print.offset", "print.headers"] {
            property(name, "true");
        }
        property("headers.separator", HEADER);
        property("null.literal", NULL);
    }
    let output = jars.run(jars.console_consumer(), &args, b"")?;
    let mut records: Vec<&[u8]> = split(&output.stdout, RECORD);
    records.pop();
    let parse =
        |record: &&[u8]| parse(record, whole).ok_or_else(|| nonsense(String::from_utf8_lossy(record)));
    records.iter().map(parse).collect()
}

/// `CreateTime:T, Partition:P, Offset:O, HEADERS, KEY, VALUE`; only the first and the last two from old tools.
fn parse(text: &[u8], whole: bool) -> Option<PeerRecord> {
    let fields = split(text, FIELD);
    let number = |field: &[u8]| std::str::from_utf8(field).ok()?.rsplit(':').next()?.parse::<i64>().ok();
    let bytes = |field: &[u8]| (field != NULL.as_bytes()).then(|| field.to_vec());
    let (timestamp, key, value, headers, partition, offset) = match fields.as_slice() {
        [time, partition, offset, headers, key, value] if whole => {
            (number(time)?, key, value, *headers, number(partition)?, number(offset)?)
        }
        [time, key, value] if !whole => (number(time)?, key, value, &b"NO_HEADERS"[..], 0, 0),
        _ => return None,
    };
    let header = |header: &[u8]| {
        let colon = header.iter().position(|byte| *byte == b':')?;
        Some((String::from_utf8(header[..colon].to_vec()).ok()?, bytes(&header[colon + 1..])))
    };
    let headers = match headers {
        b"NO_HEADERS" => Vec::new(),
        headers => split(headers, HEADER).into_iter().map(header).collect::<Option<_>>()?,
    };
    let partition = i32::try_from(partition).ok()?;
    Some(PeerRecord { partition, offset, timestamp, key: bytes(key), value: bytes(value), headers })
}

fn split<'a>(text: &'a [u8], separator: &str) -> Vec<&'a [u8]> {
    let separator = separator.as_bytes();
    let mut parts = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.windows(separator.len()).position(|window| window == separator) {
        parts.push(&rest[..at]);
        rest = &rest[at + separator.len()..];
    }
    parts.push(rest);
    parts
}

#[cfg(test)]
mod test {
    use super::*;

    #[test]
    fn what_the_consumer_prints() {
        let text = format!(
            "CreateTime:12{FIELD}Partition:3{FIELD}Offset:4{FIELD}a:1{HEADER}a:{NULL}{FIELD}{NULL}{FIELD}v\n"
        );
        let record = parse(text.as_bytes(), true).unwrap();
        assert_eq!((record.timestamp, record.partition, record.offset), (12, 3, 4));
        assert_eq!(record.headers, [("a".to_owned(), Some(b"1".to_vec())), ("a".to_owned(), None)]);
        assert_eq!((record.key, record.value), (None, Some(b"v\n".to_vec())));
        assert!(parse(b"anything else", true).is_none());
    }
}
