use bytes::Bytes;
use ottla_transport::Instant;

use super::{
    cursor::{Cursor, Position},
    cursors::{Cursors, Limits},
    plan::Ask,
    queue::{Fetched, Queued},
    start::{OutOfRange, Start},
    stop::{Bound, Stop},
};
use crate::{
    error::{Error, ErrorKind, Retry},
    protocol::ErrorCode,
    record::scan,
    trace,
};

/// A broker's answer about one partition.
#[derive(Debug)]
pub(super) struct FetchAnswer {
    pub(super) high_watermark: i64,
    /// Up to where the Reader may read: short of the high watermark where transactions are open.
    pub(super) end: i64,
    pub(super) records: Bytes,
    pub(super) aborted: Vec<(i64, i64)>,
}

impl Cursors {
    /// Takes in where reading begins, or ends.
    pub(super) fn resolved(&mut self, ask: Ask, offset: Result<Option<i64>, Error>, now: Instant) {
        let Some(cursor) = self.current(ask) else { return };
        match (offset, cursor.bound, cursor.fetch_at) {
            (Ok(Some(offset)), Bound::Unresolved(stop), _) => {
                cursor.bound = Bound::At(offset);
                self.check_range(ask, stop, offset, now);
            }
            (Ok(Some(offset)), ..) => cursor.resolve(offset),
            // No record is that young: what comes next will be.
            (Ok(None), Bound::Unresolved(Stop::Time(_)), _) => cursor.bound = Bound::Unresolved(Stop::Last),
            (Ok(None), Bound::Never | Bound::At(_), Position::Unresolved(Start::Time(_))) => {
                cursor.go_to(Start::Last);
            }
            (Ok(None), ..) => {
                let what = "the broker did not say where the partition begins and ends";
                self.failed(ask, Error::new(ErrorKind::Malformed, what).or_retry(Retry::After), now);
            }
            (Err(error), ..) => self.failed(ask, error, now),
        }
    }

    /// A range that begins beyond the end of the log is none: nobody else would say so, since nothing
    /// is fetched of it.
    fn check_range(&mut self, ask: Ask, stop: Stop, end: i64, now: Instant) {
        // Of open transactions the broker does not say how far they reach.
        let knows_end = stop == Stop::Last && !self.limits.read_committed;
        if let Some(Cursor { fetch_at: Position::At(start), .. }) = self.current(ask)
            && knows_end
            && *start > end
        {
            let doing = format!("reading at offset {start} (the partition ends at {end})");
            self.failed(ask, Error::broker(ErrorCode::OFFSET_OUT_OF_RANGE, &doing, None), now);
        }
    }

    /// Takes in what was fetched.
    pub(super) fn fetched(&mut self, ask: Ask, answer: FetchAnswer, now: Instant) {
        let most = self.limits.max_batch_bytes;
        let Some(cursor) = self.current(ask).filter(|cursor| !cursor.stuck) else { return };
        let Position::At(from_offset) = cursor.fetch_at else { return };
        cursor.end = Some(answer.end);
        let scan = match scan(&answer.records) {
            Ok(scan) => scan,
            Err(cause) => {
                let error = cursor.about(cause.into());
                return self.give_up(ask.cursor, error);
            }
        };
        if scan.next_offset.is_some_and(|next_offset| next_offset <= from_offset) {
            let what = "the broker answered with records from before the offset that was asked for";
            let error = Error::new(ErrorKind::Malformed, what).or_retry(Retry::After);
            return self.failed(ask, error, now);
        }
        cursor.recovered();
        if scan.is_only_partial() {
            let larger = scan.partial.unwrap_or(0).max(cursor.fetch_bytes.saturating_mul(2));
            if cursor.fetch_bytes >= most {
                let what =
                    format!("the batch at offset {from_offset} is over the limit of {most} bytes: raise it");
                let error = cursor.about(Error::new(ErrorKind::TooLarge, what));
                return self.give_up(ask.cursor, error);
            }
            cursor.fetch_bytes = larger.min(most);
            return;
        }
        let Some(next_offset) = scan.next_offset else { return };
        cursor.fetch_at = Position::At(next_offset);
        let fetched = Fetched {
            cursor: ask.cursor,
            generation: ask.generation,
            topic: cursor.topic.clone(),
            partition: cursor.partition,
            from_offset,
            next_offset,
            bound: cursor.bound.offset(),
            high_watermark: answer.high_watermark,
            claim: cursor.tenure.as_ref().map_or(0, |tenure| tenure.claim),
            bytes: answer.records,
            aborted: answer.aborted,
        };
        self.counters.bytes += fetched.bytes.len() as u64;
        self.queue.push(Queued::Fetched(fetched));
    }

    /// Takes in that an answer held no record of any partition that was asked for. Where one is to
    /// be read up to an offset that it has passed, nothing is left before it: what was there is
    /// compacted away.
    pub(super) fn found_empty(&mut self, asks: impl Iterator<Item = Ask>) {
        for ask in asks {
            let Some(cursor) = self.current(ask) else { continue };
            if let (Position::At(next), Bound::At(bound)) = (cursor.fetch_at, cursor.bound)
                && cursor.end.is_some_and(|end| end >= bound)
            {
                cursor.bound = Bound::At(bound.min(next));
            }
        }
    }

    /// Takes in that a broker, which tells news only, told none.
    pub(super) fn nothing_new(&mut self, ask: Ask) {
        if let Some(cursor) = self.current(ask) {
            cursor.recovered();
        }
    }

    /// Takes in that a cursor's request failed.
    pub(super) fn failed(&mut self, ask: Ask, error: Error, now: Instant) {
        let Limits { patience, backoff, out_of_range, .. } = self.limits;
        let Some(cursor) = self.current(ask) else { return };
        trace!(debug, topic = &*cursor.topic, partition = cursor.partition, failures = cursor.failures,
            error = %error, "partition failed");
        let error = cursor.about(error);
        cursor.failures += 1;
        cursor.not_before = now + backoff.after(cursor.failures);
        let since = *cursor.failing_since.get_or_insert(now);
        let lost = error.code() == Some(ErrorCode::OFFSET_OUT_OF_RANGE);
        match (lost, out_of_range, error.retry()) {
            (true, OutOfRange::Restart(start), _) if cursor.fetch_at != start.into() => {
                self.restart(ask, start)
            }
            // Going on at an offset that is itself out of range would go in circles.
            (true, ..) => return self.give_up(ask.cursor, error),
            (false, _, Retry::Never | Retry::After) => {}
            _ => self.lead(ask.cursor, None),
        }
        if (error.retry() == Retry::Never && !lost) || now.since(since) >= patience {
            self.complain(Some(ask.cursor), error);
        }
    }

    /// Goes on somewhere else since the offset that was due is not in the log. What was fetched before
    /// is still handed out; what is under way is not.
    fn restart(&mut self, ask: Ask, start: Start) {
        let Some(cursor) = self.current(ask) else { return };
        trace!(warn, topic = &*cursor.topic, partition = cursor.partition, offset = ?cursor.fetch_at,
            ?start, "offset out of range: going on elsewhere");
        cursor.go_to(start);
        cursor.generation = cursor.generation.wrapping_add(1);
        let generation = cursor.generation;
        self.queue.keep(ask.cursor, generation);
    }

    /// The topic is another than the one that was read so far, under the same name.
    pub(super) fn recreated(&mut self, ask: Ask, now: Instant) {
        let bound = Bound::new(self.limits.stop);
        let Some(cursor) = self.current(ask) else { return };
        cursor.bound = bound;
        // Who has read nothing has missed nothing.
        let Position::At(offset @ 1..) = cursor.fetch_at else { return };
        let doing = format!("reading at offset {offset} (the topic was deleted and created anew)");
        self.failed(ask, Error::broker(ErrorCode::OFFSET_OUT_OF_RANGE, &doing, None), now);
    }

    /// Tells the caller of an error, unless the last one of the same cursor still waits.
    pub(super) fn complain(&mut self, cursor: Option<usize>, error: Error) {
        let complained = match cursor.and_then(|at| self.cursors.get_mut(at)) {
            Some(cursor) => std::mem::replace(&mut cursor.complained, true),
            None => self.queue.has_general_error(),
        };
        if !complained {
            trace!(warn, error = %error, topic = error.topic(), partition = error.partition(), "cannot read");
            self.queue.push(Queued::Failed { cursor, error });
        }
    }

    /// What was fetched cannot be decoded: what was fetched behind it is dropped, and so is an error that
    /// may only follow from it.
    pub(super) fn damaged(&mut self, fetched: &Fetched, error: Error) {
        let ask = Ask { cursor: fetched.cursor, generation: fetched.generation };
        let Some(cursor) = self.current(ask) else { return };
        cursor.generation = cursor.generation.wrapping_add(1);
        cursor.complained = false;
        let error = cursor.about(error);
        self.drop_overtaken();
        self.give_up(fetched.cursor, error);
    }

    /// Stands still until a seek, and says why.
    pub(super) fn give_up(&mut self, at: usize, error: Error) {
        if let Some(cursor) = self.cursors.get_mut(at) {
            cursor.stuck = true;
        }
        self.complain(Some(at), error);
    }
}
