//! What a Produce request brings for one partition, checked as far as it can be without the log.

use bytes::Bytes;
use ottla::{
    protocol::ErrorCode,
    record::{
        BatchHeader, Compression, DecodeOptions, RecordError, RecordSet, batches, check_crc, up_convert,
    },
};

use crate::topics::{Refusal, refuse};

/// Records looked at in one go.
const STRIDE: usize = 4096;

/// A batch that decompresses to more is not looked into, but refused.
pub(crate) const MOST_DECOMPRESSED: usize = 256 << 20;

/// The first Produce version with batches of format 2, one for each partition.
const WITH_BATCHES: i16 = 3;

/// The first Produce version that may use zstd (KIP-110).
const WITH_ZSTD: i16 = 7;

/// One sound batch of format 2.
#[derive(Debug)]
pub(crate) struct Incoming {
    pub(crate) header: BatchHeader,
    pub(crate) bytes: Bytes,
    /// The largest of the batches or messages it came as, in bytes.
    pub(crate) largest: usize,
    /// A record has no key.
    pub(crate) keyless: bool,
}

impl Incoming {
    /// Checks what came in a request of this version.
    ///
    /// # Errors
    /// As Kafka refuses it.
    pub(crate) fn check(version: i16, records: Option<Bytes>) -> Result<Self, Refusal> {
        let records = records.unwrap_or_default();
        if version < WITH_BATCHES {
            return from_messages(&records);
        }
        let mut found = batches(&records);
        let (header, bytes) = match found.next() {
            Some(Ok(batch)) => batch,
            Some(Err(error)) => return refuse(ErrorCode::CORRUPT_MESSAGE, error.to_string()),
            None => return invalid("a partition's records are not one whole batch"),
        };
        if !found.rest().is_empty() {
            return invalid("a partition has more than one batch");
        }
        if header.magic != 2 {
            return invalid(format!(
                "Produce version {version} takes batches of format 2, not {}",
                header.magic
            ));
        }
        check_crc(&bytes).or_else(|error| refuse(ErrorCode::CORRUPT_MESSAGE, error.to_string()))?;
        check_header(version, &header)?;
        let keyless = check_records(&header, &bytes)?;
        Ok(Self { header, largest: bytes.len(), bytes, keyless })
    }
}

fn invalid<T>(why: impl Into<String>) -> Result<T, Refusal> {
    refuse(ErrorCode::INVALID_RECORD, why)
}

fn check_header(version: i16, header: &BatchHeader) -> Result<(), Refusal> {
    if header.is_control() {
        return invalid("a client wrote a control batch");
    }
    if header.is_transactional() {
        return refuse(ErrorCode::INVALID_TXN_STATE, "this broker has no transactions");
    }
    if header.base_offset != 0 {
        return invalid(format!("a batch's base offset is 0 from a client, not {}", header.base_offset));
    }
    if header.count < 1 || header.count - 1 != header.last_offset_delta {
        let BatchHeader { count, last_offset_delta, .. } = header;
        return invalid(format!("{count} records with a last offset delta of {last_offset_delta}"));
    }
    if header.producer_id >= 0 && (header.base_sequence < 0 || header.producer_epoch < 0) {
        return invalid("an idempotent producer's batch has no sequence number or epoch");
    }
    match header.compression() {
        Ok(Compression::Zstd) if version < WITH_ZSTD => refuse(
            ErrorCode::UNSUPPORTED_COMPRESSION_TYPE,
            format!("zstd needs Produce version {WITH_ZSTD}, not {version}"),
        ),
        Ok(_) => Ok(()),
        Err(error) => refuse(ErrorCode::UNSUPPORTED_COMPRESSION_TYPE, error.to_string()),
    }
}

/// Looks at every record, and tells whether one has no key.
fn check_records(header: &BatchHeader, bytes: &Bytes) -> Result<bool, Refusal> {
    let mut keyless = false;
    let mut expected = header.base_offset;
    let options = DecodeOptions { max_decompressed_bytes: MOST_DECOMPRESSED, ..DecodeOptions::default() };
    let mut set = RecordSet::new(bytes.clone(), options);
    while let Some(records) = set.next_records(STRIDE).or_else(unsound)? {
        for record in records.iter() {
            keyless |= record.key.is_none();
            if record.offset != expected {
                return invalid(format!(
                    "a record with offset delta {} where {expected} is due",
                    record.offset
                ));
            }
            expected += 1;
        }
    }
    if expected != header.last_offset() + 1 {
        return invalid(format!("{expected} records where the header says {}", header.count));
    }
    Ok(keyless)
}

fn unsound<T>(error: RecordError) -> Result<T, Refusal> {
    let code = match error {
        RecordError::Crc { .. } => ErrorCode::CORRUPT_MESSAGE,
        RecordError::TooLarge { .. } => ErrorCode::MESSAGE_TOO_LARGE,
        _ => ErrorCode::INVALID_RECORD,
    };
    refuse(code, error.to_string())
}

/// Makes one batch of the messages of formats 0 and 1 that old clients send (KIP-98 keeps them
/// welcome). It is compressed as they were.
fn from_messages(set: &Bytes) -> Result<Incoming, Refusal> {
    let mut largest = 0;
    let mut found = batches(set);
    for message in found.by_ref() {
        let (header, bytes) =
            message.or_else(|error| refuse(ErrorCode::CORRUPT_MESSAGE, error.to_string()))?;
        if header.magic > 1 {
            return invalid(format!("Produce below version {WITH_BATCHES} takes no format {}", header.magic));
        }
        check_crc(&bytes).or_else(|error| refuse(ErrorCode::CORRUPT_MESSAGE, error.to_string()))?;
        largest = largest.max(bytes.len());
    }
    if !found.rest().is_empty() || largest == 0 {
        return invalid("a partition's records are not whole messages");
    }
    let bytes = up_convert(set, MOST_DECOMPRESSED).or_else(unsound)?;
    match BatchHeader::parse(&bytes) {
        Ok(Some(header)) if header.count > 0 => {
            let keyless = check_records(&header, &bytes)?;
            Ok(Incoming { header, bytes, largest, keyless })
        }
        _ => invalid("a partition has no records"),
    }
}
