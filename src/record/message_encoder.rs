//! Message sets of formats 0 and 1, for brokers before 0.11 and for old clients of a broker.

use bytes::{BufMut, Bytes};

use super::batch_decoder::OpenBatch;
use super::batch_header::{LOG_APPEND_TIME, PREFIX};
use super::{BatchHeader, Compression, RecordError, RecordRef, Records, crc};

/// How messages are to be written.
#[derive(Clone, Copy, Debug)]
pub(super) struct MessageFormat {
    /// 0 or 1.
    pub(super) magic: i8,
    pub(super) codec: Compression,
    /// Whether timestamps are those of the append.
    pub(super) append_time: bool,
}

/// The records of a batch of our own as a message set; its CRC is not looked at.
pub(super) fn from_sealed(
    batch: &Bytes,
    header: &BatchHeader,
    magic: i8,
    codec: Compression,
) -> Result<Bytes, RecordError> {
    let mut records = Records::default();
    OpenBatch::unchecked(header, batch.clone(), usize::MAX)?.decode(
        i64::MIN,
        usize::MAX,
        &mut records,
        &mut 0,
    )?;
    if records.iter().any(|record| record.headers().len() > 0) {
        return Err(RecordError::HeadersUnsupported { magic });
    }
    message_set(&records, MessageFormat { magic, codec, append_time: false })
}

/// Encodes `records`; headers are left out.
pub(super) fn message_set(records: &Records, format: MessageFormat) -> Result<Bytes, RecordError> {
    let (magic, codec) = (format.magic, format.codec);
    if !matches!(magic, 0 | 1) {
        return Err(RecordError::UnsupportedMagic(magic));
    }
    if codec == Compression::Zstd {
        return Err(RecordError::CodecFormat { codec, magic });
    }
    let (Some(first), Some(last)) =
        (records.get(0), records.len().checked_sub(1).and_then(|last| records.get(last)))
    else {
        return Ok(Bytes::new());
    };
    let plain = MessageFormat { codec: Compression::None, ..format };
    let size = records.iter().map(|record| message_size(magic, &record)).sum();
    let mut set = Vec::with_capacity(size);
    // KIP-31: offsets inside a wrapper of format 1 count from the first one; those of format 0 are absolute.
    let base = if codec != Compression::None && magic == 1 { first.offset } else { 0 };
    for record in records {
        let record = RecordRef { offset: record.offset.wrapping_sub(base), ..record };
        append_message(&mut set, plain, &record)?;
    }
    if codec == Compression::None {
        return Ok(Bytes::from(set));
    }
    let mut packed = Vec::new();
    codec.compress_into(&set, None, magic, &mut packed)?;
    let timestamp = records.iter().map(|record| record.timestamp).max().unwrap_or(-1);
    let wrapper = RecordRef { timestamp, ..RecordRef::bare(last.offset, Some(&packed)) };
    let mut set = Vec::with_capacity(message_size(magic, &wrapper));
    append_message(&mut set, format, &wrapper)?;
    Ok(Bytes::from(set))
}

/// Bytes of `record` as a message.
fn message_size(magic: i8, record: &RecordRef<'_>) -> usize {
    let fields = record.key.map_or(0, <[u8]>::len) + record.value.map_or(0, <[u8]>::len);
    PREFIX + if magic == 0 { 14 } else { 22 } + fields
}

fn append_message(
    set: &mut Vec<u8>,
    format: MessageFormat,
    record: &RecordRef<'_>,
) -> Result<(), RecordError> {
    let length = message_size(format.magic, record) - PREFIX;
    set.put_i64(record.offset);
    set.put_i32(i32::try_from(length).map_err(|_| RecordError::BatchFull)?);
    let crc_at = set.len();
    set.put_u32(0);
    set.put_i8(format.magic);
    if format.magic == 0 {
        set.put_u8(format.codec.id());
    } else {
        let append_time = if format.append_time { LOG_APPEND_TIME as u8 } else { 0 };
        set.put_u8(format.codec.id() | append_time);
        set.put_i64(record.timestamp);
    }
    for field in [record.key, record.value] {
        set.put_i32(field.map_or(-1, |field| field.len() as i32));
        set.put_slice(field.unwrap_or_default());
    }
    let crc = crc::crc32(set.get(crc_at + 4..).unwrap_or_default());
    if let Some(place) = set.get_mut(crc_at..crc_at + 4) {
        place.copy_from_slice(&crc.to_be_bytes());
    }
    Ok(())
}
