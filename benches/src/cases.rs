//! The cases.

use std::hint::black_box;

use bytes::Bytes;
use ottla::record::{BatchBuilder, Compression, DecodeOptions, Header, RecordSet, SealedBatch, scan};

use crate::{log_line, log_text};

/// Something to measure.
#[expect(missing_debug_implementations, reason = "holds a closure")]
pub struct Case {
    /// What it is, `group/name`.
    pub name: String,
    /// Records that one run handles; 0 if the case is about bytes.
    pub records: u64,
    /// Uncompressed bytes that one run handles.
    pub bytes: u64,
    /// One run.
    pub run: Box<dyn FnMut()>,
}

const RECORDS: usize = 5000;
const TIMESTAMP: i64 = 1_700_000_000_000;
const CODECS: [Compression; 4] =
    [Compression::Gzip, Compression::Snappy, Compression::Lz4, Compression::Zstd];

/// All cases; every one is set up anew.
#[must_use]
pub fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for size in [100, 1000] {
        let lines: Vec<_> = (0..RECORDS as u64).map(|index| log_line(index, size)).collect();
        cases.push(encode(format!("encode/{size}B"), lines.clone(), None));
        cases.push(decode(format!("decode/{size}B"), batch(&lines, &[], Compression::None), RECORDS, size));
    }
    let lines: Vec<_> = (0..RECORDS as u64).map(|index| log_line(index, 100)).collect();
    let headers = [Header::new("trace", &b"0af7651916cd43dd"[..]), Header::new("type", &b"order"[..])];
    cases.push(encode("encode/100B+key+2headers".into(), lines.clone(), Some(headers.to_vec())));
    cases.push(decode(
        "decode/100B+2headers".into(),
        batch(&lines, &headers, Compression::None),
        RECORDS,
        100,
    ));
    let singles: Vec<_> = lines.chunks(1).map(|line| batch(line, &[], Compression::None)).collect();
    cases.push(decode("decode/100B, batches of 1".into(), singles.concat().into(), RECORDS, 100));
    cases.push(messages(&lines));
    cases.push(stamp(&lines));
    cases.push(scanning(&lines));
    for codec in CODECS {
        for size in [16 << 10, 1 << 20] {
            cases.extend(codec_cases(codec, size));
        }
        let name = format!("decode/100B+{codec}");
        cases.push(decode(name, batch(&lines, &[], codec), RECORDS, 100));
    }
    cases
}

fn sealed(lines: &[Vec<u8>], headers: &[Header]) -> SealedBatch {
    let mut batch = BatchBuilder::new(1 << 16);
    for (index, line) in lines.iter().enumerate() {
        let _ = batch.push(None, Some(line), headers, TIMESTAMP + index as i64 / 100);
    }
    batch.seal()
}

fn batch(lines: &[Vec<u8>], headers: &[Header], codec: Compression) -> Bytes {
    match sealed(lines, headers).compress(codec, None) {
        Ok(mut batch) => batch.stamp(1, 0, 0),
        Err(_) => Bytes::new(),
    }
}

/// Pushes records into a recycled buffer and seals it.
fn encode(name: String, lines: Vec<Vec<u8>>, headers: Option<Vec<Header>>) -> Case {
    let bytes = lines.iter().map(Vec::len).sum::<usize>() as u64;
    let mut buffer = Some(Vec::new());
    let key = headers.as_ref().map(|_| &b"customer-4711"[..]);
    let headers = headers.unwrap_or_default();
    let run = move || {
        let mut batch = BatchBuilder::recycled(buffer.take().unwrap_or_default());
        for (index, line) in lines.iter().enumerate() {
            // Only whether it went well: the whole result would be written to memory to be looked at.
            black_box(batch.push(key, Some(line), &headers, TIMESTAMP + index as i64 / 100).is_ok());
        }
        buffer = black_box(batch.seal()).recycle();
    };
    Case { name, records: RECORDS as u64, bytes, run: Box::new(run) }
}

/// Decodes a batch, CRC and decompression included, and looks at every record.
fn decode(name: String, batch: Bytes, records: usize, size: usize) -> Case {
    let run = move || {
        let mut set = RecordSet::new(batch.clone(), DecodeOptions::default());
        let mut sum = 0;
        while let Ok(Some(records)) = set.next_records(usize::MAX) {
            for record in &records {
                sum += record.offset + record.value.map_or(0, |value| value.len() as i64);
            }
        }
        black_box(sum);
    };
    Case { name, records: records as u64, bytes: (records * size) as u64, run: Box::new(run) }
}

/// The same from a message set of format 1.
fn messages(lines: &[Vec<u8>]) -> Case {
    let set = sealed(lines, &[]).to_message_set(1, Compression::None).unwrap_or_default();
    decode("decode/100B message set".into(), set, RECORDS, 100)
}

/// Fills in the header, CRC included.
fn stamp(lines: &[Vec<u8>]) -> Case {
    let mut batch = sealed(lines, &[]);
    let bytes = batch.len() as u64;
    let mut sequence = 0;
    let run = move || {
        sequence += 1;
        black_box(batch.stamp(1, 0, sequence));
    };
    Case { name: "stamp/500KB".into(), records: 0, bytes, run: Box::new(run) }
}

/// Walks over the headers of 100 batches.
fn scanning(lines: &[Vec<u8>]) -> Case {
    let mut set = Vec::new();
    for lines in lines.chunks(RECORDS / 100) {
        set.extend_from_slice(&batch(lines, &[], Compression::None));
    }
    let set = Bytes::from(set);
    let run = move || {
        let _ = black_box(scan(&set));
    };
    Case { name: "scan/100 batches of 50".into(), records: RECORDS as u64, bytes: 0, run: Box::new(run) }
}

fn codec_cases(codec: Compression, size: usize) -> [Case; 2] {
    let text = log_text(size);
    let packed = codec.compress(&text, None).unwrap_or_default();
    let shown = if size < 1 << 20 { format!("{}KiB", size >> 10) } else { format!("{}MiB", size >> 20) };
    let ratio = size as f64 / packed.len().max(1) as f64;
    let compress = move || {
        let _ = black_box(codec.compress(&text, None));
    };
    let decompress = move || {
        let _ = black_box(codec.decompress(&packed, size));
    };
    let bytes = size as u64;
    [
        Case {
            name: format!("compress/{codec} {shown} (ratio {ratio:.2})"),
            records: 0,
            bytes,
            run: Box::new(compress),
        },
        Case { name: format!("decompress/{codec} {shown}"), records: 0, bytes, run: Box::new(decompress) },
    ]
}
