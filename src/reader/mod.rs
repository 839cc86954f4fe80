//! Reading records: fetched many at a time, decoded when they are asked for.

mod answer;
mod builder;
mod commit;
mod cursor;
mod cursors;
#[cfg(test)]
mod cursors_tests;
mod fetch_session;
mod group_settings;
mod grouped;
mod keeper;
mod lag;
mod lane;
mod leaders;
mod plan;
mod position;
mod queue;
mod rebalance;
mod records;
mod response;
mod start;
mod stats;
mod stop;
#[cfg(test)]
mod stops_tests;
mod tenure;
mod wanted;

use std::{
    fmt,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use event_listener::Event;
use futures::Stream;
use ottla_transport::{DynRuntime, Runtime};
use parking_lot::Mutex;

use self::{
    builder::Options,
    cursors::Cursors,
    grouped::Membered,
    keeper::Keeper,
    queue::{Fetched, Queued},
    wanted::Wanted,
};
pub use self::{
    builder::ReaderBuilder,
    commit::Commit,
    rebalance::{Rebalance, RebalanceKind},
    records::Records,
    start::{OutOfRange, Start},
    stats::ReaderStats,
    stop::Stop,
};
use crate::{
    client::Client,
    cluster::{Cluster, Purpose},
    error::{Error, ErrorKind},
    message::Message,
    record::{DecodeOptions, RecordSet},
    tasks::Tasks,
};

/// How many records [`Reader::read`] decodes at a time.
const READ_AHEAD: usize = 500;

/// Reads the records of topics: of all their partitions, or of some.
///
/// It fetches ahead, within its limit, and goes on through moves of leaders and restarts of brokers.
/// Several tasks may read through one Reader at a time; each record goes to one of them.
pub struct Reader {
    shared: Arc<Shared>,
    tasks: Arc<Tasks>,
}

/// What the handle and its tasks share.
struct Shared {
    cluster: Arc<Cluster>,
    /// Its connections are its own.
    purpose: Purpose,
    options: Options,
    /// What is being handed out. Locked before the cursors are.
    decoding: Mutex<Decoding>,
    cursors: Mutex<Cursors>,
    /// What is to be read: of a member of a group, what the group has assigned.
    wanted: Mutex<Vec<Wanted>>,
    /// The membership in a group, if there is to be one.
    member: OnceLock<Box<dyn Membered>>,
    /// A cursor moved, or there is room again: lanes look for work.
    work: Event,
    /// Something can be handed out.
    arrived: Event,
    /// A cursor has no leader.
    leader_lost: Event,
    closed: AtomicBool,
}

/// Records between their arrival and their reader.
#[derive(Default)]
struct Decoding {
    set: Option<(Fetched, RecordSet)>,
    /// Decoded for [`Reader::read`], and not yet read. A seek drops it.
    ahead: Option<Records>,
    /// What was handed out last to the member of a group, and counts as done with when more is wanted.
    handed: Option<Handed>,
    /// How many records were handed out.
    messages: u64,
    /// How long callers waited for them.
    waited: Duration,
}

/// Up to where records were handed out, and under which claim.
#[derive(Clone, Copy, Debug)]
struct Handed {
    cursor: usize,
    claim: u64,
    next: i64,
}

impl Reader {
    /// Sets up a Reader.
    pub fn builder(client: &Client) -> ReaderBuilder {
        ReaderBuilder::new(client.clone())
    }

    fn start(client: &Client, options: Options, limits: cursors::Limits) -> Self {
        let cluster = Arc::clone(client.cluster());
        let shared = Arc::new(Shared {
            purpose: cluster.new_reader(),
            cluster,
            decoding: Mutex::default(),
            cursors: Mutex::new(Cursors::new(limits, options.wanted.len())),
            wanted: Mutex::new(options.wanted.clone()),
            member: OnceLock::new(),
            options,
            work: Event::new(),
            arrived: Event::new(),
            leader_lost: Event::new(),
            closed: AtomicBool::new(false),
        });
        let tasks = Arc::new(Tasks::default());
        let keeper = Keeper::new(Arc::clone(&shared), Arc::downgrade(&tasks));
        tasks.spawn(shared.runtime(), keeper.run());
        if let Some(membership) = &shared.options.group {
            (membership.join)(&shared, membership, limits.start, &tasks);
        }
        Self { shared, tasks }
    }

    /// The next message. Waits until there is one.
    ///
    /// # Errors
    /// The topic or partition does not exist, the offset is out of range, records are damaged, the
    /// Reader is closed, or the cluster cannot be read from for longer than the Reader's patience;
    /// or everything is read up to where [`ReaderBuilder::stop`] says ([`ErrorKind::End`]).
    /// Reading may be tried again: after damage, and after the end, [`Reader::seek`] elsewhere.
    ///
    /// # Cancel safety
    /// Safe: no message is lost.
    pub async fn read(&self) -> Result<Message, Error> {
        self.done_before().await?;
        self.next(|decoding| self.next_message(decoding, true)).await
    }

    /// The same, and what it hands out counts as done with only once it is committed: for members of a
    /// group that commit by hand.
    ///
    /// # Errors
    /// As [`Reader::read`].
    ///
    /// # Cancel safety
    /// Safe: no message is lost.
    pub async fn fetch(&self) -> Result<Message, Error> {
        self.next(|decoding| self.next_message(decoding, false)).await
    }

    /// The next records, at most `max` of them, all of one partition. Waits until there is at least
    /// one. The fast way: see [`Records`].
    ///
    /// # Errors
    /// As [`Reader::read`].
    ///
    /// # Cancel safety
    /// Safe: no record is lost.
    pub async fn poll(&self, max: usize) -> Result<Records, Error> {
        self.done_before().await?;
        self.next(|decoding| self.next_records(decoding, max.max(1))).await
    }

    /// The messages as a stream. It ends when the Reader is closed, and where it stops; other errors
    /// are items.
    pub fn stream(&self) -> impl Stream<Item = Result<Message, Error>> + '_ {
        futures::stream::unfold((), |()| async {
            match self.read().await {
                Err(_) if self.shared.is_closed() => None,
                Err(error) if error.kind() == ErrorKind::End => None,
                item => Some((item, ())),
            }
        })
    }

    /// Ends reading at once: whoever waits for a record gets an error. A member of a group commits what is
    /// done with and leaves the group, for at most 10 s: see [`Reader::close_within`].
    ///
    /// # Cancel safety
    /// Call it again after a drop.
    pub async fn close(&self) {
        let _ = self.close_within(Duration::from_secs(10)).await;
    }

    /// Ends reading at once. A member of a group commits what is done with, which with
    /// [`ReaderBuilder::auto_commit`] is all that was handed out, and leaves the group (a static member does
    /// not: it is expected back): all that for at most `limit`.
    ///
    /// # Errors
    /// What is done with could not be committed: it will be read again.
    ///
    /// # Cancel safety
    /// Call it again after a drop.
    pub async fn close_within(&self, limit: Duration) -> Result<(), Error> {
        self.shared.closed.store(true, Ordering::Release);
        self.shared.arrived.notify(usize::MAX);
        let left = self.leave_group(limit).await;
        self.tasks.stop().await;
        self.shared.cluster.release(self.shared.purpose);
        left
    }

    /// What there is to take, or will be.
    async fn next<T>(&self, take: impl Fn(&mut Decoding) -> Result<Option<T>, Error>) -> Result<T, Error> {
        loop {
            // As long as something is there nobody has to listen for more.
            if let Some(taken) = take(&mut self.shared.decoding.lock())? {
                return Ok(taken);
            }
            let arrived = self.shared.arrived.listen();
            if let Some(taken) = take(&mut self.shared.decoding.lock())? {
                return Ok(taken);
            }
            let since = self.shared.runtime().now();
            arrived.await;
            self.shared.decoding.lock().waited += self.shared.runtime().now().since(since);
        }
    }

    fn next_records(&self, decoding: &mut Decoding, max: usize) -> Result<Option<Records>, Error> {
        let records = match decoding.ahead.take().filter(|_| !self.shared.is_closed()) {
            None => self.decode(decoding, max)?,
            Some(mut ahead) => {
                let records = ahead.split_to(max);
                decoding.ahead = Some(ahead).filter(|ahead| !ahead.is_empty());
                Some(records)
            }
        };
        if let Some(records) = &records {
            decoding.messages += records.len() as u64;
            if records.claim != 0 {
                decoding.hand_out(records, records.last_offset());
            }
        }
        Ok(records)
    }

    fn next_message(&self, decoding: &mut Decoding, auto: bool) -> Result<Option<Message>, Error> {
        let ahead = decoding.ahead.take().filter(|_| !self.shared.is_closed());
        let ahead = match ahead {
            None => self.decode(decoding, READ_AHEAD)?,
            ahead => ahead,
        };
        let Some(mut ahead) = ahead else { return Ok(None) };
        let message = ahead.take_first();
        if auto && ahead.claim != 0 {
            decoding.hand_out(&ahead, message.as_ref().map(|message| message.offset));
        }
        decoding.ahead = Some(ahead).filter(|ahead| !ahead.is_empty());
        decoding.messages += 1;
        Ok(message)
    }

    /// Decodes what has arrived. `None` when nothing has.
    fn decode(&self, decoding: &mut Decoding, max: usize) -> Result<Option<Records>, Error> {
        loop {
            if self.shared.is_closed() {
                return Err(Error::closed("reader"));
            }
            let Some((fetched, mut set)) =
                decoding.set.take().map_or_else(|| self.arrived(), |it| Ok(Some(it)))?
            else {
                return Ok(None);
            };
            let decoded = set.next_records(max);
            let mut cursors = self.shared.cursors.lock();
            let mut taken = None;
            match decoded {
                Ok(Some(records)) => {
                    let records = fetched.records(records);
                    taken = Some(records).filter(|records| !records.is_empty());
                    let next = set.next_offset();
                    cursors.read_up_to(&fetched, next.min(fetched.bound));
                    if next < fetched.bound {
                        decoding.set = Some((fetched, set));
                        return Ok(taken);
                    }
                }
                Ok(None) => cursors.read_up_to(&fetched, fetched.next_offset),
                Err(cause) => cursors.damaged(&fetched, cause.into()),
            }
            cursors.queue.release(fetched.bytes.len());
            if cursors.budget().is_some() {
                self.shared.work.notify(usize::MAX);
            }
            if fetched.bound < i64::MAX {
                // It may have been the last: others wait for what does not come.
                self.shared.arrived.notify(usize::MAX);
            }
            drop(cursors);
            if taken.is_some() {
                return Ok(taken);
            }
        }
    }

    /// What has arrived next, to be decoded.
    fn arrived(&self) -> Result<Option<(Fetched, RecordSet)>, Error> {
        let mut cursors = self.shared.cursors.lock();
        match cursors.pop() {
            Some(Queued::Failed { error, .. }) => Err(error),
            Some(Queued::Fetched(fetched)) => Ok(Some(self.open(fetched))),
            None if cursors.is_at_end() => {
                let what = "everything is read up to where the reader stops: seek to go on";
                Err(Error::new(ErrorKind::End, what))
            }
            None => Ok(None),
        }
    }

    fn open(&self, fetched: Fetched) -> (Fetched, RecordSet) {
        let options = DecodeOptions {
            from_offset: fetched.from_offset,
            max_decompressed_bytes: self.shared.options.max_decompressed_bytes,
            read_committed: self.shared.options.read_committed,
            aborted: fetched.aborted.clone(),
        };
        let set = RecordSet::new(fetched.bytes.clone(), options);
        (fetched, set)
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        self.tasks.abort();
        self.shared.member.get().inspect(|member| member.abandon());
        self.shared.cluster.release(self.shared.purpose);
    }
}

impl fmt::Debug for Reader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reader").field("wanted", &self.shared.options.wanted).finish_non_exhaustive()
    }
}

impl Decoding {
    fn hand_out(&mut self, records: &Records, last: Option<i64>) {
        let Some(last) = last else { return };
        self.handed = Some(Handed { cursor: records.cursor, claim: records.claim, next: last + 1 });
    }

    /// Drops what a seek, or a rebalance, has overtaken.
    fn drop_overtaken(&mut self, cursors: &mut Cursors) {
        self.ahead.take_if(|ahead| !cursors.is_current(ahead.cursor, ahead.generation));
        let overtaken = |fetched: &Fetched| !cursors.is_current(fetched.cursor, fetched.generation);
        if let Some((fetched, _)) = self.set.take_if(|(fetched, _)| overtaken(fetched)) {
            cursors.queue.release(fetched.bytes.len());
        }
    }
}

impl Shared {
    fn is_closed(&self) -> bool {
        self.closed.load(Ordering::Acquire)
    }

    fn runtime(&self) -> &DynRuntime {
        &self.cluster.runtime
    }

    /// Something changed: lanes and callers look again.
    fn wake(&self) {
        self.work.notify(usize::MAX);
        self.arrived.notify(usize::MAX);
    }

    /// The same after an answer, which may have told that a leader is none any more.
    fn announce(&self) {
        self.wake();
        if self.cursors.lock().leaders.is_any_missing() {
            self.leader_lost.notify(usize::MAX);
        }
    }
}
