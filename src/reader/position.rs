//! Where a Reader stands in each partition, and how to move it.

use std::sync::Arc;

use super::{Decoding, Reader, Start, cursors::Cursors};
use crate::error::Error;

impl Reader {
    /// Goes on somewhere else in a partition. What was fetched before is dropped. Where a Reader stops
    /// stays where it was.
    ///
    /// # Errors
    /// The partition is not among those read, or not known yet; the offset is negative.
    pub fn seek(&self, topic: &str, partition: i32, start: Start) -> Result<(), Error> {
        start.check()?;
        self.seek_in(&mut self.shared.decoding.lock(), |cursors| cursors.seek(topic, partition, start))?;
        self.shared.wake();
        Ok(())
    }

    /// Goes on somewhere else in every partition, those too that are not found yet: at an offset, or
    /// any other [`Start`]. What was fetched before is dropped.
    ///
    /// # Errors
    /// The offset is negative.
    pub fn set_offset(&self, start: impl Into<Start>) -> Result<(), Error> {
        let start = start.into();
        start.check()?;
        self.seek_in(&mut self.shared.decoding.lock(), |cursors| {
            cursors.seek_all(start);
            Ok(())
        })?;
        self.shared.wake();
        Ok(())
    }

    /// Goes on in every partition at the first record whose timestamp (milliseconds since 1970) is
    /// this or later; where there is none, after the last record.
    ///
    /// # Errors
    /// None so far.
    pub fn set_offset_at(&self, time_ms: i64) -> Result<(), Error> {
        self.set_offset(Start::Time(time_ms))
    }

    /// The offset of the next record that will be handed out of a partition, or `None` while it is
    /// not known.
    ///
    /// # Errors
    /// The partition is not among those read, or not known yet.
    pub fn offset(&self, topic: &str, partition: i32) -> Result<Option<i64>, Error> {
        self.offset_in(&self.shared.decoding.lock(), topic, partition)
    }

    /// The partitions that are read, as far as they are known.
    pub fn partitions(&self) -> Vec<(Arc<str>, i32)> {
        let cursors = self.shared.cursors.lock();
        let known = cursors.cursors.iter().filter(|cursor| !cursor.given_up);
        known.map(|cursor| (cursor.topic.clone(), cursor.partition)).collect()
    }

    /// Hands out nothing more of a partition until [`Reader::resume`]. What was fetched ahead of it is
    /// dropped, so that it takes no room, and fetched again then.
    ///
    /// # Errors
    /// The partition is not among those read, or not known yet.
    pub fn pause(&self, topic: &str, partition: i32) -> Result<(), Error> {
        let mut decoding = self.shared.decoding.lock();
        if let Some(offset) = self.offset_in(&decoding, topic, partition)? {
            let start = Start::Offset(offset);
            self.seek_in(&mut decoding, |cursors| cursors.seek(topic, partition, start))?;
        }
        self.shared.cursors.lock().find_mut(topic, partition)?.paused = true;
        Ok(())
    }

    /// Goes on with a partition where [`Reader::pause`] left it, or where a seek has moved it since.
    ///
    /// # Errors
    /// The partition is not among those read, or not known yet.
    pub fn resume(&self, topic: &str, partition: i32) -> Result<(), Error> {
        self.shared.cursors.lock().find_mut(topic, partition)?.paused = false;
        self.shared.work.notify(usize::MAX);
        Ok(())
    }

    /// Seeks, and drops what that overtakes of what is being handed out.
    fn seek_in(
        &self,
        decoding: &mut Decoding,
        seek: impl FnOnce(&mut Cursors) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let mut cursors = self.shared.cursors.lock();
        seek(&mut cursors)?;
        decoding.drop_overtaken(&mut cursors);
        Ok(())
    }

    fn offset_in(&self, decoding: &Decoding, topic: &str, partition: i32) -> Result<Option<i64>, Error> {
        let cursors = self.shared.cursors.lock();
        Ok(decoding.next_of(cursors.find(topic, partition)?))
    }
}
