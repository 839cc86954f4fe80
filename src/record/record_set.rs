//! One partition's bytes of a Fetch response, decoded a slice at a time.

use bytes::Bytes;

use super::batch_decoder::OpenBatch;
use super::message_decoder::OpenMessages;
use super::transaction::AbortedTransactions;
use super::{BatchHeader, Compression, RecordError, Records};

/// How to decode a [`RecordSet`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DecodeOptions {
    /// Leave out records below this offset: brokers answer with whole batches. Default 0.
    pub from_offset: i64,
    /// Most bytes that one batch may decompress to, and about the most that one call of
    /// [`next_records`](RecordSet::next_records) holds. Default 64 MiB: the usual limit for a batch is 1 MiB, compressed.
    pub max_decompressed_bytes: usize,
    /// Leave out the records of aborted transactions. Default false.
    pub read_committed: bool,
    /// The aborted transactions of the Fetch response, `(producer id, first offset)`; for `read_committed`.
    pub aborted: Vec<(i64, i64)>,
}

impl Default for DecodeOptions {
    fn default() -> Self {
        Self { from_offset: 0, max_decompressed_bytes: 64 << 20, read_committed: false, aborted: Vec::new() }
    }
}

/// Decoder of one partition's bytes: any mix of message formats 0, 1 and 2.
///
/// Batches are opened one after the other as records are asked for. Control batches are never shown; a partial batch at
/// the end, which brokers may send, is not an error.
#[derive(Debug)]
pub struct RecordSet {
    rest: Bytes,
    open: Option<Open>,
    from_offset: i64,
    limit: usize,
    read_committed: bool,
    aborted: AbortedTransactions,
    next_offset: i64,
    failed: Option<RecordError>,
}

#[derive(Debug)]
enum Open {
    Batch(OpenBatch),
    Messages(OpenMessages),
}

impl RecordSet {
    /// Over the bytes of one partition.
    #[must_use]
    pub fn new(bytes: Bytes, options: DecodeOptions) -> Self {
        Self {
            rest: bytes,
            open: None,
            from_offset: options.from_offset,
            limit: options.max_decompressed_bytes,
            read_committed: options.read_committed,
            aborted: AbortedTransactions::new(&options.aborted),
            next_offset: options.from_offset,
            failed: None,
        }
    }

    /// Decodes up to `max` more records (fewer if they take up much memory); `None` at the end.
    ///
    /// # Errors
    /// What is wrong with the batch at [`next_offset`](Self::next_offset). Records before it are given out first, and the
    /// error comes again with every further call.
    pub fn next_records(&mut self, max: usize) -> Result<Option<Records>, RecordError> {
        let mut records = Records::default();
        while self.failed.is_none() && records.len() < max && records.buffer_bytes() < self.limit {
            match self.step(max, &mut records) {
                Ok(true) => {}
                Ok(false) => break,
                Err(error) => self.failed = Some(error),
            }
        }
        match &self.failed {
            Some(error) if records.is_empty() => Err(error.clone()),
            _ => Ok(Some(records).filter(|records| !records.is_empty())),
        }
    }

    /// The offset to go on from: behind everything that was given out or left out so far.
    #[must_use]
    pub fn next_offset(&self) -> i64 {
        self.next_offset
    }

    /// Decodes from the open batch, or opens the next; false at the end.
    fn step(&mut self, max: usize, records: &mut Records) -> Result<bool, RecordError> {
        match &mut self.open {
            None => self.open_next(),
            Some(Open::Batch(batch)) => {
                let mut next = self.next_offset;
                let outcome = batch.decode(self.from_offset, max - records.len(), records, &mut next);
                let done = batch.is_done();
                self.advance(next);
                if done {
                    self.open = None;
                }
                outcome.map(|()| true)
            }
            Some(Open::Messages(messages)) => {
                let mut next = self.next_offset;
                let before = records.len();
                let outcome = messages.decode(self.from_offset, max - before, records, &mut next);
                let stopped = max > records.len() || messages.is_done();
                let bare = messages.wrapper().is_none().then(|| messages.consumed());
                self.advance(next);
                outcome?;
                if stopped {
                    self.open = None;
                    if let Some(consumed) = bare {
                        let _ = self.rest.split_to(consumed);
                    }
                }
                Ok(true)
            }
        }
    }

    /// Offsets only grow, whatever a batch says: a reader must never go in circles.
    fn advance(&mut self, next: i64) {
        self.next_offset = self.next_offset.max(next);
    }

    /// Opens the batch at the front of the rest, or steps over it.
    fn open_next(&mut self) -> Result<bool, RecordError> {
        let Some(header) = BatchHeader::parse(&self.rest)? else { return Ok(false) };
        if header.magic < 2 && header.compression()? == Compression::None {
            // Stays in the rest until the run of bare messages has been read.
            self.open = Some(Open::Messages(OpenMessages::bare(&self.rest)?));
            return Ok(true);
        }
        let whole = self.rest.split_to(header.size());
        let before = header.next_offset() <= self.from_offset;
        let hidden = match header.is_control() || header.is_transactional() {
            true if self.read_committed => self.aborted.hides(&header, &whole)?,
            _ => header.is_control(),
        };
        if before || hidden {
            // A damaged batch must not pass for one that is not to be seen.
            header.check_crc(&whole)?;
            self.advance(header.next_offset());
        } else if header.magic == 2 {
            self.open = Some(Open::Batch(OpenBatch::new(&header, whole, self.limit)?));
        } else {
            self.open = Some(Open::Messages(OpenMessages::inside(&header, &whole, self.limit)?));
        }
        Ok(true)
    }
}
