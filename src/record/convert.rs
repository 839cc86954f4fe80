//! Between message formats: what a broker does for clients older or newer than its log.

use bytes::Bytes;

use super::batch_header::batches;
use super::message_encoder::{MessageFormat, message_set};
use super::{BatchBuilder, BatchHeader, Compression, DecodeOptions, RecordError, RecordSet, Records};

/// A stored record set as one of message format `magic` at most (0 for Fetch versions 0 and 1, 1 for 2 and 3).
///
/// Batches of that format or below pass as they are; of newer ones, offsets, timestamps and the codec stay, headers go,
/// control batches are left out. A partial batch at the end is dropped. `limit` bounds what a batch may decompress to.
///
/// # Errors
/// zstd, which old formats do not know; damaged batches.
pub fn down_convert(set: &Bytes, magic: i8, limit: usize) -> Result<Bytes, RecordError> {
    let mut converted = Vec::with_capacity(set.len());
    for batch in batches(set) {
        let (header, batch) = batch?;
        if header.magic <= magic {
            converted.extend_from_slice(&batch);
        } else if !header.is_control() {
            let format = MessageFormat {
                magic,
                codec: header.compression()?,
                append_time: header.is_log_append_time(),
            };
            let options =
                DecodeOptions { from_offset: i64::MIN, max_decompressed_bytes: limit, ..Default::default() };
            let mut records = RecordSet::new(batch, options);
            while let Some(records) = records.next_records(usize::MAX)? {
                converted.extend_from_slice(&message_set(&records, format)?);
            }
        }
    }
    Ok(Bytes::from(converted))
}

/// A record set from a Produce request of version 0 to 2 (message formats 0 and 1) as a batch of format 2.
///
/// All messages become one batch, of the codec of the first; it has no producer, and base offset 0. A set that begins
/// with a batch of format 2 passes as it is. `limit` bounds what a message may decompress to.
///
/// # Errors
/// Damaged messages, or one that is cut short.
pub fn up_convert(set: &Bytes, limit: usize) -> Result<Bytes, RecordError> {
    const CUT: RecordError = RecordError::Malformed("a message that is cut short");
    let codec = match BatchHeader::parse(set)? {
        Some(header) if header.magic == 2 => return Ok(set.clone()),
        Some(header) => header.compression()?,
        None if set.is_empty() => return Ok(Bytes::new()),
        None => return Err(CUT),
    };
    let mut walk = batches(set);
    for batch in walk.by_ref() {
        batch?;
    }
    if !walk.rest().is_empty() {
        return Err(CUT);
    }
    let options =
        DecodeOptions { from_offset: i64::MIN, max_decompressed_bytes: limit, ..Default::default() };
    let mut messages = RecordSet::new(set.clone(), options);
    let mut batch = BatchBuilder::new(set.len());
    while let Some(records) = messages.next_records(usize::MAX)? {
        append(&mut batch, &records)?;
    }
    seal(batch, codec)
}

fn append(batch: &mut BatchBuilder, records: &Records) -> Result<(), RecordError> {
    for record in records {
        batch.push(record.key, record.value, &[], record.timestamp)?;
    }
    Ok(())
}

fn seal(batch: BatchBuilder, codec: Compression) -> Result<Bytes, RecordError> {
    Ok(batch.seal().compress(codec, None)?.stamp(-1, -1, -1))
}
