//! The records that cross.

use ottla_kafka::PeerRecord;

type Bytes<'a> = Option<&'a [u8]>;

/// Records to be crossed.
pub(crate) struct Sample;

impl Sample {
    /// Every kind of record: null and empty kept apart, every byte, repeated headers, and enough of them that
    /// codecs need more than one block.
    pub(crate) fn all(headers: bool) -> Vec<PeerRecord> {
        let every_byte: Vec<u8> = (0..=255).collect();
        let mut records = vec![
            record(Some(b"key"), Some(b"value")),
            record(None, Some(b"no key")),
            record(Some(b""), Some(b"an empty key")),
            record(Some(b"a tombstone"), None),
            record(Some(b"an empty value"), Some(b"")),
            record(None, None),
            record(Some(&every_byte), Some(&every_byte)),
            record(Some("schlüssel".as_bytes()), Some("größe\r\n\tund 日本".as_bytes())),
        ];
        if headers {
            records[0].headers = vec![header("one", Some(b"1"))];
            records[1].headers =
                vec![header("twice", Some(b"a")), header("other", None), header("twice", Some(b"b"))];
            records[2].headers = vec![header("empty", Some(b"")), header("ключ", Some(&every_byte[128..]))];
        }
        records.extend((0..2000).map(|i| {
            let line = format!("{{\"n\":{i},\"text\":\"{}\"}}", "lorem ipsum ".repeat(i % 17));
            record(Some(i.to_string().as_bytes()), Some(line.as_bytes()))
        }));
        numbered(records)
    }

    /// The same, as far as no key and no value is null.
    pub(crate) fn without_null() -> Vec<PeerRecord> {
        let mut records = Self::all(false);
        records.retain(|record| record.key.is_some() && record.value.is_some());
        numbered(records)
    }

    /// Lines of text, all with keys.
    pub(crate) fn text(headers: bool) -> Vec<PeerRecord> {
        let mut records: Vec<PeerRecord> =
            (0..1000).map(|i| record(Some(b"k"), Some(format!("line {i}: größe").as_bytes()))).collect();
        if headers {
            records[0].headers = vec![header("a", Some(b"1")), header("a", Some(b"2"))];
            records[1].value = None;
            records[2].key = None;
        }
        numbered(records)
    }

    /// Values of any bytes, without keys.
    pub(crate) fn values() -> Vec<PeerRecord> {
        let every_byte: Vec<u8> = (0..=255).collect();
        let large = every_byte.repeat(300);
        numbered(
            [b"text".as_slice(), b"\0\n\r", &every_byte, &large]
                .map(|value| record(None, Some(value)))
                .to_vec(),
        )
    }
}

fn record(key: Bytes, value: Bytes) -> PeerRecord {
    PeerRecord { key: key.map(<[u8]>::to_vec), value: value.map(<[u8]>::to_vec), ..PeerRecord::default() }
}

fn header(key: &str, value: Bytes) -> (String, Option<Vec<u8>>) {
    (key.to_owned(), value.map(<[u8]>::to_vec))
}

fn numbered(mut records: Vec<PeerRecord>) -> Vec<PeerRecord> {
    for (offset, record) in (0..).zip(&mut records) {
        record.offset = offset;
        record.timestamp = 1_700_000_000_000 + offset;
    }
    records
}
