use std::str;

use base64::{Engine, engine::general_purpose::STANDARD};
use serde::{
    Serialize, Serializer,
    ser::{SerializeMap, SerializeSeq},
};

use ottla::record::{Headers, RecordRef};

/// A record that was read, as JSON:
/// `{"topic","partition","offset","timestamp","key","value","headers":[["k","v"]]}`.
///
/// Bytes that are not UTF-8 come as `key_base64` and `value_base64` instead, and in a header as `{"base64":"…"}` in
/// place of the string. Null is null, a timestamp that is missing too.
pub(crate) struct RecordJson<'a> {
    pub(crate) topic: &'a str,
    pub(crate) partition: i32,
    pub(crate) record: RecordRef<'a>,
}

impl Serialize for RecordJson<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let record = &self.record;
        let mut map = serializer.serialize_map(Some(7))?;
        map.serialize_entry("topic", self.topic)?;
        map.serialize_entry("partition", &self.partition)?;
        map.serialize_entry("offset", &record.offset)?;
        map.serialize_entry("timestamp", &Some(record.timestamp).filter(|millis| *millis >= 0))?;
        bytes(&mut map, ["key", "key_base64"], record.key)?;
        bytes(&mut map, ["value", "value_base64"], record.value)?;
        map.serialize_entry("headers", &HeadersJson(record.headers()))?;
        map.end()
    }
}

fn bytes<M: SerializeMap>(map: &mut M, names: [&str; 2], bytes: Option<&[u8]>) -> Result<(), M::Error> {
    let [plain, base64] = names;
    match bytes.map(|bytes| str::from_utf8(bytes).map_err(|_| STANDARD.encode(bytes))) {
        None => map.serialize_entry(plain, &()),
        Some(Ok(text)) => map.serialize_entry(plain, text),
        Some(Err(encoded)) => map.serialize_entry(base64, &encoded),
    }
}

struct HeadersJson<'a>(Headers<'a>);

impl Serialize for HeadersJson<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut list = serializer.serialize_seq(Some(self.0.len()))?;
        for (key, value) in self.0.clone() {
            list.serialize_element(&(HeaderPart(key), value.map(HeaderPart)))?;
        }
        list.end()
    }
}

struct HeaderPart<'a>(&'a [u8]);

impl Serialize for HeaderPart<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match str::from_utf8(self.0) {
            Ok(text) => serializer.serialize_str(text),
            Err(_) => {
                let mut map = serializer.serialize_map(Some(1))?;
                map.serialize_entry("base64", &STANDARD.encode(self.0))?;
                map.end()
            }
        }
    }
}
