//! Records of any shape, written and read back.

use bytes::Bytes;
use ottla::record::{
    BatchBuilder, Compression, DecodeOptions, Header, OwnedRecord, RecordSet, SealedBatch, down_convert,
    up_convert,
};

/// Makes records of the bytes, and sends them through every format with the codec that the first byte names.
///
/// # Panics
/// If they do not come back as they were.
pub fn records(data: &[u8]) {
    let [codec, shape @ ..] = data else { return };
    let Some(codec) = Compression::ALL.get(usize::from(*codec) % Compression::ALL.len()) else { return };
    let mut records = shaped(shape);
    let bytes = compressed(&records, *codec);
    assert_eq!(decode(&bytes), records);
    for record in &mut records {
        record.headers.clear();
    }
    if *codec == Compression::Zstd {
        return;
    }
    let Ok(old) = down_convert(&bytes, 1, usize::MAX) else { panic!("cannot be written in format 1") };
    assert_eq!(decode(&old), records);
    let Ok(new) = up_convert(&old, usize::MAX) else { panic!("cannot be written in format 2") };
    assert_eq!(decode(&new), records);
    let Ok(set) = sealed(&records).to_message_set(0, *codec) else { panic!("cannot be written in format 0") };
    for record in &mut records {
        record.timestamp = -1;
    }
    assert_eq!(decode(&set), records);
}

/// Records from bytes: a byte for each choice, then what it asks for.
fn shaped(mut shape: &[u8]) -> Vec<OwnedRecord> {
    let mut records = Vec::new();
    while let Some((timestamp, rest)) = shape.split_first_chunk() {
        shape = rest;
        records.push(OwnedRecord {
            offset: records.len() as i64,
            timestamp: i64::from_be_bytes(*timestamp) >> (timestamp[7] & 63),
            key: field(&mut shape),
            value: field(&mut shape),
            headers: headers(&mut shape),
        });
    }
    records
}

fn field(shape: &mut &[u8]) -> Option<Bytes> {
    let (size, rest) = shape.split_first()?;
    let (field, rest) = rest.split_at(usize::from(*size).min(rest.len()));
    *shape = rest;
    (*size != 255).then(|| Bytes::copy_from_slice(field))
}

fn headers(shape: &mut &[u8]) -> Vec<Header> {
    let Some((count, rest)) = shape.split_first() else { return Vec::new() };
    *shape = rest;
    let header = |_| Header {
        key: String::from_utf8_lossy(&field(shape).unwrap_or_default()).into(),
        value: field(shape),
    };
    (0..count & 3).map(header).collect()
}

fn sealed(records: &[OwnedRecord]) -> SealedBatch {
    let mut batch = BatchBuilder::new(0);
    for record in records {
        let (key, value) = (record.key.as_deref(), record.value.as_deref());
        let pushed = batch.push(key, value, &record.headers, record.timestamp);
        assert_eq!(pushed.map(i64::from), Ok(record.offset));
    }
    batch.seal()
}

fn compressed(records: &[OwnedRecord], codec: Compression) -> Bytes {
    match sealed(records).compress(codec, None) {
        Ok(mut batch) => batch.stamp(-1, -1, -1),
        Err(error) => panic!("{error}"),
    }
}

fn decode(set: &Bytes) -> Vec<OwnedRecord> {
    let mut decoder = RecordSet::new(set.clone(), DecodeOptions::default());
    let mut decoded = Vec::new();
    loop {
        match decoder.next_records(usize::MAX) {
            Ok(Some(records)) => decoded.extend((0..records.len()).filter_map(|index| records.owned(index))),
            Ok(None) => return decoded,
            Err(error) => panic!("{error}"),
        }
    }
}
