use bytes::Bytes;
use ottla_transport::Instant;

use super::{
    cursor::Position,
    cursors::{Cursors, Limits},
    plan::Ask,
    queue::{Fetched, Queued},
    start::{OutOfRange, Start},
};
use crate::{
    error::{Error, ErrorKind, Retry},
    protocol::ErrorCode,
    record::scan,
};

/// A broker's answer about one partition.
#[derive(Debug)]
pub(super) struct FetchAnswer {
    pub(super) high_watermark: i64,
    pub(super) records: Bytes,
    pub(super) aborted: Vec<(i64, i64)>,
}

impl Cursors {
    /// Takes in where reading begins.
    pub(super) fn resolved(&mut self, ask: Ask, offset: Result<Option<i64>, Error>, now: Instant) {
        let Some(cursor) = self.current(ask) else { return };
        match offset {
            Ok(Some(offset)) => cursor.resolve(offset),
            // No record is that young: what comes next will be.
            Ok(None) if matches!(cursor.fetch_at, Position::Unresolved(Start::Time(_))) => {
                cursor.fetch_at = Position::Unresolved(Start::Last);
            }
            Ok(None) => {
                let what = "the broker did not say where the partition begins and ends";
                self.failed(ask, Error::new(ErrorKind::Malformed, what).or_retry(Retry::After), now);
            }
            Err(error) => self.failed(ask, error, now),
        }
    }

    /// Takes in what was fetched.
    pub(super) fn fetched(&mut self, ask: Ask, answer: FetchAnswer, now: Instant) {
        let most = self.limits.max_batch_bytes;
        let Some(cursor) = self.current(ask) else { return };
        let Position::At(from_offset) = cursor.fetch_at else { return };
        cursor.high_watermark = Some(answer.high_watermark);
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
            high_watermark: answer.high_watermark,
            bytes: answer.records,
            aborted: answer.aborted,
        };
        self.queued_bytes += fetched.bytes.len();
        self.queue.push_back(Queued::Fetched(fetched));
    }

    /// Takes in that a cursor's request failed.
    pub(super) fn failed(&mut self, ask: Ask, error: Error, now: Instant) {
        let Limits { patience, backoff, out_of_range, .. } = self.limits;
        let Some(cursor) = self.current(ask) else { return };
        if error.code() == Some(ErrorCode::OFFSET_OUT_OF_RANGE) {
            if let OutOfRange::Restart(start) = out_of_range {
                cursor.fetch_at = start.into();
                cursor.read_at = None;
                // A fixed offset may be out of range for ever: not without a pause.
                cursor.failures += 1;
                cursor.not_before = now + backoff.after(cursor.failures);
                return;
            }
            let error = cursor.about(error);
            return self.give_up(ask.cursor, error);
        }
        cursor.failures += 1;
        cursor.not_before = now + backoff.after(cursor.failures);
        let since = *cursor.failing_since.get_or_insert(now);
        if !matches!(error.retry(), Retry::Never | Retry::After) {
            cursor.leader = None;
        }
        if error.retry() == Retry::Never || now.since(since) >= patience {
            let error = cursor.about(error);
            self.complain(Some(ask.cursor), error);
        }
    }

    /// Tells the caller of an error, unless the last one of the same cursor still waits.
    pub(super) fn complain(&mut self, cursor: Option<usize>, error: Error) {
        let complained = match cursor.and_then(|at| self.cursors.get_mut(at)) {
            Some(cursor) => std::mem::replace(&mut cursor.complained, true),
            None => self.queue.iter().any(|queued| matches!(queued, Queued::Failed { cursor: None, .. })),
        };
        if !complained {
            self.queue.push_back(Queued::Failed { cursor, error });
        }
    }

    /// What was fetched cannot be decoded: what was fetched behind it is dropped.
    pub(super) fn damaged(&mut self, fetched: &Fetched, error: Error) {
        let ask = Ask { cursor: fetched.cursor, generation: fetched.generation };
        let Some(cursor) = self.current(ask) else { return };
        cursor.generation = cursor.generation.wrapping_add(1);
        cursor.complained = false;
        let error = cursor.about(error);
        // Where the damage is in a header, an error may wait that only follows from it.
        self.queue.retain(
            |queued| !matches!(queued, Queued::Failed { cursor: Some(at), .. } if *at == fetched.cursor),
        );
        self.give_up(fetched.cursor, error);
    }

    /// Stands still until a seek, and says why.
    fn give_up(&mut self, at: usize, error: Error) {
        if let Some(cursor) = self.cursors.get_mut(at) {
            cursor.stuck = true;
        }
        self.complain(Some(at), error);
    }
}
