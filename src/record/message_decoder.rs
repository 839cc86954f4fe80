//! Message sets of formats 0 and 1, bare or inside a compressed wrapper.

use bytes::Bytes;

use super::batch_header::{PREFIX, i32_at};
use super::records::{Entry, Records};
use super::{BatchHeader, Compression, RecordError};

/// A run of messages that is being read: uncompressed ones in a row, or the inside of one wrapper.
#[derive(Debug)]
pub(super) struct OpenMessages {
    data: Bytes,
    at: usize,
    /// What to add to the offset of a message: relative offsets count from the first one of their wrapper (KIP-31).
    base: i64,
    append_time: Option<i64>,
    wrapper: Option<BatchHeader>,
}

/// The key and the value of a message: where they begin, and their lengths, −1 for null.
type Fields = ((u32, i32), (u32, i32));

impl OpenMessages {
    /// Messages in a row at the front of `data`.
    pub(super) fn bare(data: &Bytes) -> Result<Self, RecordError> {
        Self::over(data.clone(), None)
    }

    /// The messages inside the wrapper that `header` was read from.
    pub(super) fn inside(header: &BatchHeader, message: &Bytes, limit: usize) -> Result<Self, RecordError> {
        header.check_crc(message)?;
        let (_, (at, length)) = fields(message, 0, header)?;
        let packed =
            usize::try_from(length).ok().and_then(|length| message.get(at as usize..at as usize + length));
        let packed = packed.ok_or(RecordError::Malformed("a compressed message without a value"))?;
        let data = Bytes::from(header.compression()?.decompress_as(packed, limit, header.magic)?);
        let mut inside = Self::over(data, Some(*header))?;
        let last = inside.last_offset()?;
        if header.magic == 1 {
            inside.base = header.base_offset.wrapping_sub(last);
            inside.append_time = header.is_log_append_time().then_some(header.max_timestamp);
        }
        Ok(inside)
    }

    fn over(data: Bytes, wrapper: Option<BatchHeader>) -> Result<Self, RecordError> {
        if data.len() > u32::MAX as usize {
            return Err(RecordError::TooLarge { limit: u32::MAX as usize });
        }
        Ok(Self { data, at: 0, base: 0, append_time: None, wrapper })
    }

    /// Offset of the last message as it is written, relative or not.
    fn last_offset(&self) -> Result<i64, RecordError> {
        let mut at = 0;
        let mut last = None;
        while let Some(header) = self.header_at(at)? {
            last = Some(header.base_offset);
            at += header.size();
        }
        match last {
            Some(last) if at == self.data.len() => Ok(last),
            _ => Err(RecordError::Malformed("a compressed message that holds no whole messages")),
        }
    }

    fn header_at(&self, at: usize) -> Result<Option<BatchHeader>, RecordError> {
        BatchHeader::parse(self.data.get(at..).unwrap_or_default())
    }

    /// The next message of this run.
    fn next_header(&self) -> Result<Option<BatchHeader>, RecordError> {
        let Some(header) = self.header_at(self.at)? else { return Ok(None) };
        let plain = header.magic < 2 && header.compression()? == Compression::None;
        match self.wrapper {
            Some(_) if !plain => Err(RecordError::Malformed("a compressed message inside another")),
            None if !plain => Ok(None),
            _ => Ok(Some(header)),
        }
    }

    /// Decodes up to `max` messages into `records`, those below `from_offset` left out; says where to go on.
    ///
    /// With an error, what came before it has been decoded, and [`consumed`](Self::consumed) says how far.
    pub(super) fn decode(
        &mut self,
        from_offset: i64,
        max: usize,
        records: &mut Records,
        next: &mut i64,
    ) -> Result<(), RecordError> {
        let mut chunk_base = None;
        let mut room = max;
        let outcome = loop {
            if room == 0 {
                break Ok(());
            }
            let header = match self.next_header() {
                Ok(Some(header)) => header,
                Ok(None) => break Ok(()),
                Err(error) => break Err(error),
            };
            let (key, value) = match self.message(&header) {
                Ok(fields) => fields,
                Err(error) => break Err(error),
            };
            self.at += header.size();
            let offset = self.base.wrapping_add(header.base_offset);
            *next = (*next).max(offset.saturating_add(1));
            if offset < from_offset {
                continue;
            }
            let delta = chunk_base.and_then(|base| u32::try_from(offset.wrapping_sub(base)).ok());
            let offset_delta = delta.unwrap_or_else(|| {
                records.begin_chunk(&self.data, offset);
                chunk_base = Some(offset);
                0
            });
            records.push(self.entry(&header, offset_delta, key, value));
            room -= 1;
        };
        records.end_chunk();
        outcome
    }

    fn message(&self, header: &BatchHeader) -> Result<Fields, RecordError> {
        header.check_crc(self.data.get(self.at..).unwrap_or_default())?;
        fields(&self.data, self.at, header)
    }

    fn entry(&self, header: &BatchHeader, offset_delta: u32, key: (u32, i32), value: (u32, i32)) -> Entry {
        let value_end = value.0 + value.1.max(0) as u32;
        Entry {
            timestamp: self.append_time.unwrap_or(header.base_timestamp),
            offset_delta,
            key_at: key.0,
            key_len: key.1,
            value_at: value.0,
            value_len: value.1,
            end: value_end,
        }
    }

    /// Bytes decoded so far of what this was opened over.
    pub(super) fn consumed(&self) -> usize {
        self.at
    }

    /// Whether all messages inside a wrapper are decoded.
    pub(super) fn is_done(&self) -> bool {
        self.at >= self.data.len()
    }

    /// The wrapper, if there is one.
    pub(super) fn wrapper(&self) -> Option<&BatchHeader> {
        self.wrapper.as_ref()
    }
}

/// Finds key and value of the message at `at`.
fn fields(data: &[u8], at: usize, header: &BatchHeader) -> Result<Fields, RecordError> {
    let end = at + header.size();
    let message = data.get(..end).ok_or(RecordError::Malformed("a message that is cut short"))?;
    let key_at = at + PREFIX + if header.magic == 0 { 6 } else { 14 };
    let (key, behind) = field(message, key_at)?;
    let (value, behind) = field(message, behind)?;
    if behind != end {
        return Err(RecordError::Malformed("a message whose length does not match its fields"));
    }
    Ok((key, value))
}

fn field(message: &[u8], at: usize) -> Result<((u32, i32), usize), RecordError> {
    let length = i32_at(message, at)?;
    let at = at + 4;
    match length {
        -1 => Ok(((at as u32, -1), at)),
        0.. if length as usize <= message.len() - at => Ok(((at as u32, length), at + length as usize)),
        _ => Err(RecordError::Malformed("a field longer than its message")),
    }
}
