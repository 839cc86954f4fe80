use std::{collections::VecDeque, time::Duration};

use bytes::Bytes;
use futures::channel::oneshot;
use ottla_transport::Instant;

use crate::error::Error;

/// More unanswered requests than a caller could mean. Beyond it, callers wait.
const MOST_IN_FLIGHT: usize = 256;

/// The state of a connection between its callers and its driver: which requests wait to be written,
/// and which for an answer. It does no I/O and reads no clock.
#[derive(Debug)]
pub(super) struct Session {
    next_id: i32,
    outgoing: VecDeque<Outgoing>,
    /// In the order of sending, which is the order of answering.
    waiting: VecDeque<Waiting>,
    broken: Option<Error>,
    /// By when what is being written must be, unless its answers have deadlines of their own.
    writing: Option<Due>,
    last_used: Instant,
    idle_timeout: Duration,
    /// What the driver's timer is set to.
    alarm: Instant,
}

#[derive(Debug)]
struct Outgoing {
    id: i32,
    frame: Vec<Bytes>,
    /// Whoever waits for no more than its being written, and for how long.
    posted: Option<(Due, Posted)>,
}

/// By when something must be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Due {
    /// The request's name.
    pub(super) asked: &'static str,
    pub(super) deadline: Instant,
    pub(super) timeout: Duration,
}

/// Told that a request without an answer is written, or why it never will be.
pub(super) type Posted = oneshot::Sender<Result<(), Error>>;

#[derive(Debug)]
struct Waiting {
    id: i32,
    due: Due,
    reply: oneshot::Sender<Result<Bytes, Error>>,
}

/// Why a response cannot belong to this session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unexpected {
    /// Nothing was asked.
    NothingAsked,
    /// The answer to another request than the one whose turn it is.
    OutOfTurn { expected: i32, got: i32 },
}

/// What time brings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tick {
    /// Nothing until then.
    Until(Instant),
    /// A request was not answered by its deadline.
    Unanswered(Due),
    /// A request could not be written by its deadline.
    Unwritten(Due),
    /// The connection has carried nothing for too long.
    Idle,
}

impl Session {
    pub(super) fn new(now: Instant, idle_timeout: Duration) -> Self {
        Self {
            next_id: 0,
            outgoing: VecDeque::new(),
            waiting: VecDeque::new(),
            broken: None,
            writing: None,
            last_used: now,
            idle_timeout,
            alarm: now + idle_timeout,
        }
    }

    pub(super) fn broken(&self) -> Option<&Error> {
        self.broken.as_ref()
    }

    pub(super) fn has_room(&self) -> bool {
        self.waiting.len().max(self.outgoing.len()) < MOST_IN_FLIGHT
    }

    pub(super) fn next_correlation_id(&mut self) -> i32 {
        let id = self.next_id;
        self.next_id = self.next_id.wrapping_add(1) & i32::MAX;
        id
    }

    /// Takes a request in. Whether its deadline is earlier than what the timer is set to.
    pub(super) fn queue(
        &mut self,
        id: i32,
        frame: Vec<Bytes>,
        due: Due,
        reply: oneshot::Sender<Result<Bytes, Error>>,
    ) -> bool {
        self.outgoing.push_back(Outgoing { id, frame, posted: None });
        self.waiting.push_back(Waiting { id, due, reply });
        self.is_sooner(due)
    }

    /// Takes a request in that the broker does not answer. What it gives is as with [`Session::queue`].
    pub(super) fn post(&mut self, id: i32, frame: Vec<Bytes>, due: Due, posted: Posted) -> bool {
        self.outgoing.push_back(Outgoing { id, frame, posted: Some((due, posted)) });
        self.is_sooner(due)
    }

    fn is_sooner(&mut self, due: Due) -> bool {
        let sooner = due.deadline < self.alarm;
        self.alarm = self.alarm.min(due.deadline);
        sooner
    }

    /// Everything that waits to be written, as one run of buffers, and who is to be told once it is.
    pub(super) fn take_outgoing(&mut self, now: Instant) -> (Vec<Bytes>, Vec<Posted>) {
        self.last_used = now;
        let (mut buffers, mut posted) = (Vec::new(), Vec::new());
        self.writing = None;
        for outgoing in self.outgoing.drain(..) {
            buffers.extend(outgoing.frame);
            if let Some((due, told)) = outgoing.posted {
                self.writing.get_or_insert(due);
                posted.push(told);
            }
        }
        (buffers, posted)
    }

    /// Hands a response to the caller whose turn it is.
    pub(super) fn receive(&mut self, now: Instant, id: i32, body: Bytes) -> Result<(), Unexpected> {
        self.last_used = now;
        let expected = self.waiting.front().ok_or(Unexpected::NothingAsked)?.id;
        if expected != id {
            return Err(Unexpected::OutOfTurn { expected, got: id });
        }
        if let Some(waiting) = self.waiting.pop_front() {
            let _ = waiting.reply.send(Ok(body)); // The caller may have given up.
        }
        Ok(())
    }

    /// What is due at `now`. Sets the alarm.
    pub(super) fn tick(&mut self, now: Instant) -> Tick {
        let posted = self.outgoing.iter().filter_map(|outgoing| Some(outgoing.posted.as_ref()?.0));
        let unwritten = self.writing.into_iter().chain(posted).min_by_key(|due| due.deadline);
        let unanswered = self.waiting.iter().map(|waiting| waiting.due).min_by_key(|due| due.deadline);
        let next = match (unwritten, unanswered) {
            (Some(due), _) if due.deadline <= now => return Tick::Unwritten(due),
            (_, Some(due)) if due.deadline <= now => return Tick::Unanswered(due),
            (unwritten, unanswered) => unwritten.into_iter().chain(unanswered).map(|due| due.deadline).min(),
        };
        let idle = self.last_used + self.idle_timeout;
        self.alarm = match next {
            None if idle <= now => return Tick::Idle,
            next => next.unwrap_or(idle),
        };
        Tick::Until(self.alarm)
    }

    /// Ends the session. Only the first error counts.
    pub(super) fn fail(&mut self, error: Error) {
        let error = self.broken.get_or_insert(error).clone();
        let mut unwritten = Vec::new();
        for outgoing in self.outgoing.drain(..) {
            unwritten.push(outgoing.id);
            if let Some((_, posted)) = outgoing.posted {
                let _ = posted.send(Err(error.clone().not_sent()));
            }
        }
        for waiting in self.waiting.drain(..) {
            let error =
                if unwritten.contains(&waiting.id) { error.clone().not_sent() } else { error.clone() };
            let _ = waiting.reply.send(Err(error));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorKind;

    fn at(seconds: u64) -> Instant {
        Instant::from_start(Duration::from_secs(seconds))
    }

    fn due(deadline: u64) -> Due {
        Due { asked: "Fetch", deadline: at(deadline), timeout: Duration::from_secs(5) }
    }

    fn ask(session: &mut Session, deadline: u64) -> (i32, oneshot::Receiver<Result<Bytes, Error>>) {
        let (sender, reply) = oneshot::channel();
        let id = session.next_correlation_id();
        session.queue(id, vec![Bytes::from_static(b"frame")], due(deadline), sender);
        (id, reply)
    }

    #[test]
    fn answers_go_to_callers_in_order() {
        let mut session = Session::new(at(0), Duration::from_secs(60));
        let (first, mut first_reply) = ask(&mut session, 5);
        let (second, mut second_reply) = ask(&mut session, 5);
        assert_eq!(
            session.receive(at(1), second, Bytes::new()),
            Err(Unexpected::OutOfTurn { expected: first, got: second })
        );
        session.receive(at(1), first, Bytes::from_static(b"1")).unwrap();
        session.receive(at(1), second, Bytes::from_static(b"2")).unwrap();
        assert_eq!(first_reply.try_recv().unwrap().unwrap().unwrap(), "1");
        assert_eq!(second_reply.try_recv().unwrap().unwrap().unwrap(), "2");
        assert_eq!(session.receive(at(1), 2, Bytes::new()), Err(Unexpected::NothingAsked));
    }

    #[test]
    fn a_sooner_deadline_asks_for_a_new_alarm() {
        let mut session = Session::new(at(0), Duration::from_secs(60));
        let (sender, _reply) = oneshot::channel();
        assert!(session.queue(0, Vec::new(), due(10), sender), "sooner than the idle timeout");
        let (sender, _reply) = oneshot::channel();
        assert!(!session.queue(1, Vec::new(), due(11), sender));
        assert_eq!(session.tick(at(9)), Tick::Until(at(10)));
        assert_eq!(session.tick(at(10)), Tick::Unanswered(due(10)));
    }

    #[test]
    fn an_idle_connection_is_told_so() {
        let mut session = Session::new(at(0), Duration::from_secs(60));
        assert_eq!(session.tick(at(59)), Tick::Until(at(60)));
        let (id, _reply) = ask(&mut session, 70);
        session.take_outgoing(at(59));
        session.receive(at(61), id, Bytes::new()).unwrap();
        assert_eq!(session.tick(at(70)), Tick::Until(at(121)));
        assert_eq!(session.tick(at(121)), Tick::Idle);
    }

    #[test]
    fn failure_tells_the_unsent_from_the_unknown() {
        let mut session = Session::new(at(0), Duration::from_secs(60));
        let (_, mut sent) = ask(&mut session, 5);
        session.take_outgoing(at(1));
        let (_, mut unsent) = ask(&mut session, 5);
        session.fail(Error::new(ErrorKind::Io, "gone"));
        session.fail(Error::new(ErrorKind::Io, "a later error does not count"));
        assert!(!sent.try_recv().unwrap().unwrap().unwrap_err().is_not_sent());
        assert!(unsent.try_recv().unwrap().unwrap().unwrap_err().is_not_sent());
        assert_eq!(session.broken().unwrap().to_string(), "gone");
    }

    #[test]
    fn what_is_posted_is_told_to_be_written_or_never_sent() {
        let mut session = Session::new(at(0), Duration::from_secs(60));
        let (sender, mut written) = oneshot::channel();
        session.post(0, vec![Bytes::from_static(b"frame")], due(5), sender);
        assert!(written.try_recv().unwrap().is_none(), "in the queue is not written");
        let (buffers, posted) = session.take_outgoing(at(1));
        assert_eq!((buffers.len(), posted.len()), (1, 1));
        let (sender, mut unwritten) = oneshot::channel();
        session.post(1, Vec::new(), due(5), sender);
        session.fail(Error::new(ErrorKind::Io, "gone"));
        assert!(unwritten.try_recv().unwrap().unwrap().unwrap_err().is_not_sent());
    }

    #[test]
    fn what_is_never_written_is_overdue_too() {
        let mut session = Session::new(at(0), Duration::from_secs(60));
        let (sender, _told) = oneshot::channel();
        assert!(session.post(0, Vec::new(), due(5), sender));
        assert_eq!(session.tick(at(5)), Tick::Unwritten(due(5)), "nobody takes it");
        let _told = session.take_outgoing(at(4));
        assert_eq!(session.tick(at(5)), Tick::Unwritten(due(5)), "nobody reads it");
        session.take_outgoing(at(6));
        assert_eq!(session.tick(at(6)), Tick::Until(at(66)), "it is written");
    }

    #[test]
    fn correlation_ids_stay_positive() {
        let mut session = Session::new(at(0), Duration::from_secs(60));
        session.next_id = i32::MAX;
        assert_eq!(session.next_correlation_id(), i32::MAX);
        assert_eq!(session.next_correlation_id(), 0);
    }
}
