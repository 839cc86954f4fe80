use bytes::Bytes;

use crate::{
    error::{Error, ErrorKind},
    record::{Compression, SealedBatch},
};

/// From this version on Produce carries batches (format 2) and not message sets.
const BATCHES_SINCE: i16 = 3;
/// From this version on a broker may be sent zstd (KIP-110).
const ZSTD_SINCE: i16 = 7;

/// A batch in the format that a version of Produce carries. `stamp` is the producer's id, its epoch
/// and the sequence, each -1 where there is none.
pub(crate) fn produce_bytes(
    sealed: &mut SealedBatch,
    codec: Compression,
    version: i16,
    (producer_id, epoch, sequence): (i64, i16, i32),
) -> Result<Bytes, Error> {
    if codec == Compression::Zstd && version < ZSTD_SINCE {
        let what = "the broker is too old for zstd (it needs 2.1): choose another compression";
        return Err(Error::new(ErrorKind::Unsupported, what).not_sent());
    }
    if version < BATCHES_SINCE {
        let magic = if version < 2 { 0 } else { 1 };
        return sealed.to_message_set(magic, codec).map_err(|cause| Error::from(cause).not_sent());
    }
    Ok(sealed.stamp(producer_id, epoch, sequence))
}
