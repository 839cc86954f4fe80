use std::time::Duration;

use ottla_transport::Runtime;

use super::{
    Bound, Conn,
    batch_options::{BatchOptions, wait_within},
};
use crate::{
    error::{Error, ErrorKind, Retry},
    message::Message,
    protocol::{
        Request,
        fetch::{self, FetchPartition, FetchTopic, PartitionData},
    },
    record::{DecodeOptions, OwnedRecord, RecordRef, RecordSet, Records, scan},
};

/// The newest version of Fetch that names topics and not their ids, which this layer does not keep.
const NEWEST_BY_NAME: i16 = 12;

/// Records decoded at a time.
const CHUNK: usize = 512;

/// What one fetch brought, and how far it has been read.
#[derive(Debug)]
pub(super) struct Fetched {
    set: RecordSet,
    chunk: Records,
    at: usize,
    /// Where to go on from: behind what was read so far.
    pub(super) next_offset: i64,
    pub(super) high_water_mark: i64,
    pub(super) last_stable_offset: Option<i64>,
    pub(super) first_offset: Option<i64>,
    pub(super) throttle: Duration,
}

impl Fetched {
    /// The record to be read next. At the end of the batch what it hides, and what was compacted
    /// away there, has been read as well.
    pub(super) fn peek(&mut self) -> Result<Option<RecordRef<'_>>, Error> {
        if self.at >= self.chunk.len() {
            self.chunk = self.set.next_records(CHUNK)?.unwrap_or_default();
            self.at = 0;
            if self.chunk.is_empty() {
                self.next_offset = self.next_offset.max(self.set.next_offset());
            }
        }
        Ok(self.chunk.get(self.at))
    }

    /// Steps over the record that [`Fetched::peek`] showed.
    pub(super) fn step(&mut self) {
        if let Some(record) = self.chunk.get(self.at) {
            self.next_offset = record.offset.saturating_add(1);
            self.at += 1;
        }
    }

    /// Reads the next record.
    pub(super) fn message(&mut self, bound: &Bound) -> Result<Option<Message>, Error> {
        if self.peek().map_err(|error| bound.about(error))?.is_none() {
            return Ok(None);
        }
        let message = self.chunk.owned(self.at).map(|record| message(bound, record));
        self.step();
        Ok(message)
    }

    /// Reads the next record's value into a buffer: its length, or `None` at the end.
    pub(super) fn read(&mut self, bound: &Bound, buffer: &mut [u8]) -> Result<Option<usize>, Error> {
        let Some(record) = self.peek().map_err(|error| bound.about(error))? else { return Ok(None) };
        let (offset, value) = (record.offset, record.value.unwrap_or_default());
        let fits = value.len().min(buffer.len());
        if let (Some(into), Some(from)) = (buffer.get_mut(..fits), value.get(..fits)) {
            into.copy_from_slice(from);
        }
        if fits < value.len() {
            let what = format!(
                "the value at offset {offset} has {} bytes and the buffer only {fits}, which are filled: read \
                 it again with a larger one",
                value.len()
            );
            return Err(bound.about(Error::new(ErrorKind::TooLarge, what)));
        }
        self.step();
        Ok(Some(fits))
    }
}

fn message(bound: &Bound, record: OwnedRecord) -> Message {
    Message {
        topic: bound.topic.clone(),
        partition: Some(bound.partition),
        offset: record.offset,
        timestamp: Some(record.timestamp).filter(|timestamp| *timestamp >= 0),
        key: record.key,
        value: record.value,
        headers: record.headers,
        claim: 0,
        user_data: None,
    }
}

impl Conn {
    /// Asks for records from where the connection stands. When nothing has come by the deadline,
    /// that is an error; when nothing has come within the wait asked for, it is not.
    pub(super) async fn fetch(&mut self, options: &BatchOptions) -> Result<Fetched, Error> {
        let (min_bytes, max_bytes) = options.bounds(self.dialer.max_response_bytes)?;
        let bound = self.bound()?.clone();
        let version = self.version::<fetch::Request>(NEWEST_BY_NAME)?;
        let from_offset = self.stand().await?;

        let now = self.runtime.now();
        let left = self.read_deadline.map(|deadline| deadline.since(now));
        let (wait, cut) = wait_within(options.max_wait, left);
        self.busy_until = self.busy_until.max(now) + wait;
        let partition = FetchPartition {
            partition: bound.partition,
            fetch_offset: from_offset,
            partition_max_bytes: max_bytes,
            ..Default::default()
        };
        let topic =
            FetchTopic { topic: bound.topic.clone(), partitions: vec![partition], ..Default::default() };
        let request = fetch::Request {
            max_wait_ms: i32::try_from(wait.as_millis()).unwrap_or(i32::MAX),
            min_bytes,
            max_bytes,
            isolation_level: i8::from(options.read_committed),
            topics: vec![topic],
            ..Default::default()
        };
        let response = self.call_at(self.read_deadline, version, &request).await?;
        // Answers come in turn: with this one, every fetch before it is over as well.
        self.busy_until = self.runtime.now();

        let opened = self.open(response, &bound, from_offset, options.read_committed);
        let (fetched, is_empty) =
            opened.map_err(|error| bound.about(error).at_broker(self.connection.address()))?;
        if is_empty && cut {
            let error = Error::timeout("no record came before the deadline").or_retry(Retry::After);
            return Err(bound.about(error));
        }
        Ok(fetched)
    }

    /// Takes a response in. Whether it has nothing at all.
    fn open(
        &self,
        response: fetch::Response,
        bound: &Bound,
        from_offset: i64,
        read_committed: bool,
    ) -> Result<(Fetched, bool), Error> {
        Error::check(response.error_code, fetch::Request::NAME, None)?;
        let topics = response.responses.into_iter().filter(|topic| topic.topic == bound.topic);
        let mut partitions = topics.flat_map(|topic| topic.partitions);
        let data = partitions
            .find(|partition| partition.partition_index == bound.partition)
            .ok_or_else(|| self.malformed("the broker left out the partition it was asked for"))?;
        let PartitionData { error_code, high_watermark, last_stable_offset, log_start_offset, .. } = data;
        Error::check(error_code, &format!("reading from offset {from_offset}"), None)?;
        let records = data.records.unwrap_or_default();
        let found = scan(&records)?;
        if found.is_only_partial() {
            let size = found.partial.unwrap_or(0);
            let what = format!(
                "the record at offset {from_offset} does not fit into the batch's maximum of bytes: ask for at \
                 least {size}"
            );
            return Err(Error::new(ErrorKind::TooLarge, what));
        }
        let aborted = data.aborted_transactions.unwrap_or_default();
        let aborted = aborted.iter().map(|aborted| (aborted.producer_id, aborted.first_offset));
        let is_empty = records.is_empty();
        let options =
            DecodeOptions { from_offset, read_committed, aborted: aborted.collect(), ..Default::default() };
        let fetched = Fetched {
            set: RecordSet::new(records, options),
            chunk: Records::default(),
            at: 0,
            next_offset: from_offset,
            high_water_mark: high_watermark,
            last_stable_offset: Some(last_stable_offset).filter(|offset| *offset >= 0),
            first_offset: Some(log_start_offset).filter(|offset| *offset >= 0),
            throttle: Duration::from_millis(u64::try_from(response.throttle_time_ms).unwrap_or(0)),
        };
        Ok((fetched, is_empty))
    }
}
