//! Records cross to and from JavaScript many at a time, in one buffer: a record costs no call.
//! All numbers are little-endian, and a length of -1 is null; ts/pack.ts and ts/unpack.ts are the
//! other side and describe the layouts.

/// Writes what `ts/unpack.ts` reads.
#[derive(Debug, Default)]
pub(crate) struct Packer(Vec<u8>);

impl Packer {
    pub(crate) fn with_capacity(capacity: usize) -> Self {
        Self(Vec::with_capacity(capacity))
    }

    pub(crate) fn int32(&mut self, value: i32) {
        self.0.extend_from_slice(&value.to_le_bytes());
    }

    pub(crate) fn int64(&mut self, value: i64) {
        self.0.extend_from_slice(&value.to_le_bytes());
    }

    /// A field or a count of fields always fits: it came out of a frame, whose length is an `i32`.
    pub(crate) fn length(&mut self, length: usize) {
        self.int32(i32::try_from(length).unwrap_or(i32::MAX));
    }

    pub(crate) fn bytes(&mut self, value: Option<&[u8]>) {
        match value {
            Some(value) => {
                self.length(value.len());
                self.0.extend_from_slice(value);
            }
            None => self.int32(-1),
        }
    }

    pub(crate) fn finish(self) -> Vec<u8> {
        self.0
    }
}

/// The packed buffer ended too early, which only a caller that is not ts/pack.ts brings about.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Short;

/// Reads what `ts/pack.ts` writes.
#[derive(Debug)]
pub(crate) struct Unpacker<'a>(&'a [u8]);

impl<'a> Unpacker<'a> {
    pub(crate) fn new(packed: &'a [u8]) -> Self {
        Self(packed)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn int32(&mut self) -> Result<i32, Short> {
        let (bytes, rest) = self.0.split_first_chunk().ok_or(Short)?;
        self.0 = rest;
        Ok(i32::from_le_bytes(*bytes))
    }

    pub(crate) fn int64(&mut self) -> Result<i64, Short> {
        let (bytes, rest) = self.0.split_first_chunk().ok_or(Short)?;
        self.0 = rest;
        Ok(i64::from_le_bytes(*bytes))
    }

    pub(crate) fn bytes(&mut self) -> Result<Option<&'a [u8]>, Short> {
        let Ok(length) = usize::try_from(self.int32()?) else { return Ok(None) };
        let (bytes, rest) = self.0.split_at_checked(length).ok_or(Short)?;
        self.0 = rest;
        Ok(Some(bytes))
    }

    /// Text that JavaScript encoded, and so is UTF-8.
    pub(crate) fn text(&mut self) -> Result<Option<&'a str>, Short> {
        self.bytes()?.map(|bytes| std::str::from_utf8(bytes).map_err(|_| Short)).transpose()
    }
}
