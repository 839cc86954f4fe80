//! What is told of records that could not be delivered.

use std::time::Duration;

use super::batch::Batch;
use crate::{
    error::{Error, ErrorKind},
    protocol::ErrorCode,
    record::BatchHeader,
};

/// A record that no batch of the Writer's holds.
pub(super) fn too_large(size: usize, limit: usize) -> Error {
    let what = format!(
        "a record of {size} bytes, {} with the header of its batch, is over the limit of {limit}: raise batch_bytes \
         (and the topic's max.message.bytes), or send less",
        size.saturating_add(BatchHeader::SIZE)
    );
    Error::new(ErrorKind::TooLarge, what).not_sent()
}

/// The batch is more than the broker takes; less of it may pass.
pub(super) fn is_too_large(error: &Error) -> bool {
    matches!(error.code(), Some(ErrorCode::MESSAGE_TOO_LARGE | ErrorCode::RECORD_LIST_TOO_LARGE))
}

/// The topic is kept in a format that has no place for a producer's numbers.
pub(super) fn is_old_format(error: &Error) -> bool {
    error.code() == Some(ErrorCode::UNSUPPORTED_FOR_MESSAGE_FORMAT)
}

/// What the record of a batch is told that a broker has refused for good.
pub(super) fn refused(batch: &Batch, error: Error) -> Error {
    let Some(code) = error.code() else { return error };
    let doing = if is_too_large(&error) && batch.records == 1 {
        let (raw, sent) = (batch.bytes.saturating_sub(BatchHeader::SIZE), batch.sealed.len());
        let setting = if code == ErrorCode::MESSAGE_TOO_LARGE {
            "max.message.bytes (the broker's message.max.bytes)"
        } else {
            "segment.bytes"
        };
        format!(
            "writing a record of {raw} bytes ({sent} as a batch of its own; the topic's limit is its {setting})"
        )
    } else if is_old_format(&error) && batch.stamp.is_some() {
        "writing idempotently (set the topic's message.format.version to 0.11 or later, or let the Writer do without: \
         idempotent(false))"
            .to_owned()
    } else {
        return error;
    };
    Error::broker(code, &doing, None).caused_by(error)
}

/// The delivery timeout of a batch has run out.
pub(super) fn expired(last_error: Option<&Error>, uncertain: bool, limit: Duration) -> Error {
    let error = if uncertain {
        Error::timeout(format!("not acknowledged within {limit:?}: the record may or may not be in the log"))
    } else {
        Error::timeout(format!("not delivered within {limit:?}: the record is not in the log")).not_sent()
    };
    match last_error {
        Some(cause) => error.caused_by(cause.clone()),
        None => error,
    }
}

/// The Writer was closed before the broker had the batch, or had told of it.
pub(super) fn closed(uncertain: bool) -> Error {
    if uncertain {
        let what =
            "the writer was closed before the record was acknowledged: it may or may not be in the log";
        Error::new(ErrorKind::Closed, what)
    } else {
        Error::new(ErrorKind::Closed, "the writer was closed before the record was sent").not_sent()
    }
}
