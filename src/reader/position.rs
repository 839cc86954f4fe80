//! Where a Reader stands in each partition, and how to move it.

use std::sync::Arc;

use super::{Decoding, Reader, Start, cursors::unknown};
use crate::error::Error;

impl Reader {
    /// Goes on somewhere else in a partition. What was fetched before is dropped.
    ///
    /// # Errors
    /// The partition is not among those read, or not known yet.
    pub fn seek(&self, topic: &str, partition: i32, start: Start) -> Result<(), Error> {
        self.seek_in(&mut self.decoding.lock(), topic, partition, start)?;
        self.shared.work.notify(usize::MAX);
        Ok(())
    }

    /// The offset of the next record that will be handed out of a partition, or `None` while it is
    /// not known.
    ///
    /// # Errors
    /// The partition is not among those read, or not known yet.
    pub fn offset(&self, topic: &str, partition: i32) -> Result<Option<i64>, Error> {
        self.offset_in(&self.decoding.lock(), topic, partition)
    }

    /// The partitions that are read, as far as they are known.
    pub fn partitions(&self) -> Vec<(Arc<str>, i32)> {
        self.shared.cursors.lock().iter().map(|cursor| (cursor.topic.clone(), cursor.partition)).collect()
    }

    /// How many records of a partition are still to be handed out, by what was last heard of its end:
    /// `None` while that, or the place of the Reader, is not known. Costs no request.
    ///
    /// # Errors
    /// The partition is not among those read, or not known yet.
    pub fn lag(&self, topic: &str, partition: i32) -> Result<Option<i64>, Error> {
        let offset = self.offset(topic, partition)?;
        let end = self.shared.cursors.lock().find(topic, partition).and_then(|cursor| cursor.high_watermark);
        Ok(end.zip(offset).map(|(end, offset)| (end - offset).max(0)))
    }

    /// Hands out nothing more of a partition until [`Reader::resume`]. What was fetched ahead of it is
    /// dropped, so that it takes no room, and fetched again then.
    ///
    /// # Errors
    /// The partition is not among those read, or not known yet.
    pub fn pause(&self, topic: &str, partition: i32) -> Result<(), Error> {
        let mut decoding = self.decoding.lock();
        if let Some(offset) = self.offset_in(&decoding, topic, partition)? {
            self.seek_in(&mut decoding, topic, partition, Start::Offset(offset))?;
        }
        self.shared.cursors.lock().set_paused(topic, partition, true)
    }

    /// Goes on with a partition where [`Reader::pause`] left it, or where a seek has moved it since.
    ///
    /// # Errors
    /// The partition is not among those read, or not known yet.
    pub fn resume(&self, topic: &str, partition: i32) -> Result<(), Error> {
        self.shared.cursors.lock().set_paused(topic, partition, false)?;
        self.shared.work.notify(usize::MAX);
        Ok(())
    }

    fn seek_in(
        &self,
        decoding: &mut Decoding,
        topic: &str,
        partition: i32,
        start: Start,
    ) -> Result<(), Error> {
        let mut cursors = self.shared.cursors.lock();
        cursors.seek(topic, partition, start)?;
        if let Some((fetched, _)) = decoding.set.take_if(|(fetched, _)| !cursors.is_current(fetched)) {
            cursors.release(fetched.bytes.len());
        }
        Ok(())
    }

    fn offset_in(&self, decoding: &Decoding, topic: &str, partition: i32) -> Result<Option<i64>, Error> {
        let cursors = self.shared.cursors.lock();
        let cursor = cursors.find(topic, partition).ok_or_else(|| unknown(topic, partition))?;
        let ahead = decoding.ahead.as_ref().filter(|ahead| {
            &*ahead.topic == topic && ahead.partition == partition && ahead.generation == cursor.generation
        });
        Ok(ahead.and_then(|ahead| ahead.iter().next().map(|record| record.offset)).or(cursor.read_at))
    }
}
