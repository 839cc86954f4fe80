//! Reading records: fetched many at a time, decoded when they are asked for.

mod answer;
mod builder;
mod cursor;
mod cursors;
mod keeper;
mod lane;
mod plan;
mod position;
mod queue;
mod records;
mod start;

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use event_listener::Event;
use futures::Stream;
use ottla_transport::DynRuntime;
use parking_lot::Mutex;

use self::{
    builder::Options,
    cursors::Cursors,
    keeper::Keeper,
    queue::{Fetched, Queued},
};
pub use self::{
    builder::ReaderBuilder,
    records::Records,
    start::{OutOfRange, Start},
};
use crate::{
    client::Client,
    cluster::{Cluster, Purpose},
    error::Error,
    message::Message,
    record::{DecodeOptions, RecordSet},
    tasks::Tasks,
};

/// How many records [`Reader::read`] decodes at a time.
const READ_AHEAD: usize = 500;

/// Reads the records of a topic: of one partition, or of all.
///
/// It fetches ahead, within its limit, and goes on through moves of leaders and restarts of brokers.
/// Several tasks may read through one Reader at a time; each record goes to one of them.
pub struct Reader {
    shared: Arc<Shared>,
    tasks: Arc<Tasks>,
    /// What is being handed out.
    decoding: Mutex<Decoding>,
}

/// What the handle and its tasks share.
struct Shared {
    cluster: Arc<Cluster>,
    /// Its connections are its own.
    purpose: Purpose,
    options: Options,
    cursors: Mutex<Cursors>,
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
    /// Decoded for [`Reader::read`], and not yet read.
    ahead: Option<Records>,
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
            options,
            cursors: Mutex::new(Cursors::new(limits)),
            work: Event::new(),
            arrived: Event::new(),
            leader_lost: Event::new(),
            closed: AtomicBool::new(false),
        });
        let tasks = Arc::new(Tasks::default());
        let keeper = Keeper::new(Arc::clone(&shared), Arc::downgrade(&tasks));
        tasks.spawn(shared.runtime(), keeper.run());
        Self { shared, tasks, decoding: Mutex::default() }
    }

    /// The next message. Waits until there is one.
    ///
    /// # Errors
    /// The topic or partition does not exist, the offset is out of range, records are damaged, the
    /// Reader is closed, or the cluster cannot be read from for longer than the Reader's patience.
    /// Reading may be tried again: after damage, [`Reader::seek`] past it.
    ///
    /// # Cancel safety
    /// Safe: no message is lost.
    pub async fn read(&self) -> Result<Message, Error> {
        loop {
            let arrived = self.shared.arrived.listen();
            if let Some(message) = self.next_message()? {
                return Ok(message);
            }
            arrived.await;
        }
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
        loop {
            let arrived = self.shared.arrived.listen();
            let next = self.next_records(&mut self.decoding.lock(), max.max(1))?;
            if let Some(records) = next {
                return Ok(records);
            }
            arrived.await;
        }
    }

    /// The messages as a stream. It ends when the Reader is closed; other errors are items.
    pub fn stream(&self) -> impl Stream<Item = Result<Message, Error>> + '_ {
        futures::stream::unfold((), |()| async {
            match self.read().await {
                Err(_) if self.shared.is_closed() => None,
                item => Some((item, ())),
            }
        })
    }

    /// Ends reading at once: whoever waits for a record gets an error.
    ///
    /// # Cancel safety
    /// Call it again after a drop.
    pub async fn close(&self) {
        self.shared.closed.store(true, Ordering::Release);
        self.shared.arrived.notify(usize::MAX);
        self.tasks.stop().await;
        self.shared.cluster.release(self.shared.purpose);
    }

    fn next_records(&self, decoding: &mut Decoding, max: usize) -> Result<Option<Records>, Error> {
        match self.take_ahead(decoding) {
            Some(ahead) => Ok(Some(ahead)),
            None => self.decode(decoding, max),
        }
    }

    fn next_message(&self) -> Result<Option<Message>, Error> {
        let mut decoding = self.decoding.lock();
        let Some(mut ahead) = self.next_records(&mut decoding, READ_AHEAD)? else { return Ok(None) };
        let message = ahead.message(ahead.skip);
        ahead.skip += 1;
        decoding.ahead = Some(ahead).filter(|ahead| !ahead.is_empty());
        Ok(message)
    }

    /// What [`Reader::read`] has decoded and not read yet, unless a seek has overtaken it.
    fn take_ahead(&self, decoding: &mut Decoding) -> Option<Records> {
        let ahead = decoding.ahead.take()?;
        let cursors = self.shared.cursors.lock();
        let cursor = cursors.find(&ahead.topic, ahead.partition)?;
        (!self.shared.is_closed() && cursor.generation == ahead.generation).then_some(ahead)
    }

    /// Decodes what has arrived. `None` when nothing has.
    fn decode(&self, decoding: &mut Decoding, max: usize) -> Result<Option<Records>, Error> {
        loop {
            if self.shared.is_closed() {
                return Err(Error::closed("reader"));
            }
            let (fetched, mut set) = match decoding.set.take() {
                Some(open) => open,
                None => match self.shared.cursors.lock().pop() {
                    None => return Ok(None),
                    Some(Queued::Failed { error, .. }) => return Err(error),
                    Some(Queued::Fetched(fetched)) => self.open(fetched),
                },
            };
            let decoded = set.next_records(max);
            let mut cursors = self.shared.cursors.lock();
            match decoded {
                Ok(Some(records)) => {
                    cursors.read_up_to(&fetched, set.next_offset());
                    let records = fetched.records(records);
                    decoding.set = Some((fetched, set));
                    return Ok(Some(records));
                }
                Ok(None) => cursors.read_up_to(&fetched, fetched.next_offset),
                Err(cause) => cursors.damaged(&fetched, cause.into()),
            }
            cursors.release(fetched.bytes.len());
            drop(cursors);
            self.shared.work.notify(usize::MAX);
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
        self.shared.cluster.release(self.shared.purpose);
    }
}

impl fmt::Debug for Reader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reader").field("topics", &self.shared.options.topics).finish_non_exhaustive()
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
        let cursors = self.cursors.lock();
        if self.options.topics.iter().any(|topic| cursors.is_leaderless(topic)) {
            self.leader_lost.notify(usize::MAX);
        }
    }
}
