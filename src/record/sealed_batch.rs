//! A closed batch: compressed, stamped with its producer, sent, and sent again.

use bytes::Bytes;

use super::batch_header::{PREFIX, TRANSACTIONAL};
use super::batch_mut;
use super::{BatchHeader, Compression, RecordError, message_encoder};

/// A batch whose records are final.
///
/// [`compress`](Self::compress) it (or not), then [`stamp`](Self::stamp) it, which gives the bytes to send. It stays
/// until the broker has answered: a retry under another producer id, epoch or sequence (KIP-360) only stamps again.
#[derive(Clone, Debug)]
pub struct SealedBatch {
    bytes: Bytes,
    header: BatchHeader,
    spare: Option<Vec<u8>>,
}

impl SealedBatch {
    pub(super) fn new(buffer: Vec<u8>, count: u32, base_timestamp: i64, max_timestamp: i64) -> Self {
        let header = BatchHeader {
            base_offset: 0,
            batch_length: (buffer.len() - PREFIX) as i32,
            leader_epoch: -1,
            magic: 2,
            crc: 0,
            attributes: 0,
            last_offset_delta: (count as i32 - 1).max(0),
            base_timestamp,
            max_timestamp,
            producer_id: -1,
            producer_epoch: -1,
            base_sequence: -1,
            count: count as i32,
        };
        Self { bytes: Bytes::from(buffer), header, spare: None }
    }

    /// Compresses the records, at `level` if the codec has levels (of those built in by default, gzip: 0 to 9).
    ///
    /// Takes time in proportion to the size: meant for `Runtime::offload`. If the result were not smaller, the batch
    /// stays as it is, which costs its readers nothing.
    ///
    /// # Errors
    /// [`RecordError::CodecMissing`] if the codec was not built in; what the codec reports.
    pub fn compress(mut self, codec: Compression, level: Option<i32>) -> Result<Self, RecordError> {
        self.compress_in_place(codec, level)?;
        Ok(self)
    }

    /// The same for a batch that is to be kept if it fails: then it is as before.
    ///
    /// # Errors
    /// As [`compress`](Self::compress).
    pub fn compress_in_place(&mut self, codec: Compression, level: Option<i32>) -> Result<(), RecordError> {
        if codec == Compression::None || self.compression() != Compression::None || self.header.count == 0 {
            return Ok(());
        }
        let raw = self.bytes.get(BatchHeader::SIZE..).unwrap_or_default();
        let mut buffer = Vec::with_capacity(BatchHeader::SIZE + raw.len() / 2);
        buffer.resize(BatchHeader::SIZE, 0);
        codec.compress_into(raw, level, 2, &mut buffer)?;
        if buffer.len() < self.bytes.len() {
            self.header.batch_length = (buffer.len() - PREFIX) as i32;
            self.header.attributes |= i16::from(codec.id());
            self.spare = reclaim(std::mem::replace(&mut self.bytes, Bytes::from(buffer)));
        }
        Ok(())
    }

    /// Makes the batch part of a transaction (or not), from the next [`stamp`](Self::stamp) on.
    pub fn set_transactional(&mut self, transactional: bool) {
        self.header.attributes &= !TRANSACTIONAL;
        if transactional {
            self.header.attributes |= TRANSACTIONAL;
        }
    }

    /// Fills in the header and gives the whole batch, ready for a Produce request of version 3 or later.
    ///
    /// −1, −1, −1 is for producers without idempotence. May be called again with other values: the batch is changed in
    /// place if the earlier result is gone, else copied.
    pub fn stamp(&mut self, producer_id: i64, producer_epoch: i16, base_sequence: i32) -> Bytes {
        self.header.producer_id = producer_id;
        self.header.producer_epoch = producer_epoch;
        self.header.base_sequence = base_sequence;
        let mut buffer = Vec::from(std::mem::take(&mut self.bytes));
        batch_mut::write_header(&mut buffer, &self.header);
        self.bytes = Bytes::from(buffer);
        self.bytes.clone()
    }

    /// The records as a message set for a broker before 0.11 (Produce versions 0–2): `magic` 0 for brokers before
    /// 0.10, else 1 (KIP-31, KIP-32).
    ///
    /// Works from the records, compressed already or not.
    ///
    /// # Errors
    /// Headers, which these formats do not have; zstd, which they do not know; what the codec reports.
    pub fn to_message_set(&self, magic: i8, codec: Compression) -> Result<Bytes, RecordError> {
        message_encoder::from_sealed(&self.bytes, &self.header, magic, codec)
    }

    /// Bytes of the whole batch.
    #[must_use]
    pub fn len(&self) -> usize {
        self.bytes.len()
    }

    /// Whether it holds no record.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.header.count == 0
    }

    /// Number of records.
    #[must_use]
    pub fn count(&self) -> u32 {
        self.header.count as u32
    }

    /// Largest timestamp, in ms.
    #[must_use]
    pub fn max_timestamp(&self) -> i64 {
        self.header.max_timestamp
    }

    /// How the records are compressed now.
    #[must_use]
    pub fn compression(&self) -> Compression {
        self.header.compression().unwrap_or_default()
    }

    /// The buffer that compression has emptied, once: for [`BatchBuilder::recycled`](super::BatchBuilder::recycled).
    pub fn take_spare(&mut self) -> Option<Vec<u8>> {
        self.spare.take()
    }

    /// Gives the buffer back for [`BatchBuilder::recycled`](super::BatchBuilder::recycled), if nobody else holds it.
    #[must_use]
    pub fn recycle(self) -> Option<Vec<u8>> {
        self.spare.or_else(|| reclaim(self.bytes))
    }
}

fn reclaim(bytes: Bytes) -> Option<Vec<u8>> {
    bytes.is_unique().then(|| Vec::from(bytes))
}
