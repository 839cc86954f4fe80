//! A steady write and read of numbered records.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

use ottla::{Client, Compression, Delivery, Error, OffsetAt, Reader, Record, Writer, protocol::ErrorCode};
use tokio::{
    sync::{mpsc, watch},
    task::JoinHandle,
    time::{MissedTickBehavior, interval, sleep, timeout},
};

use crate::judge::{KEYS, Log, Told};

pub(crate) const PARTITIONS: usize = 6;
/// Nothing takes so long unless it hangs, not even a broker that starts on a busy machine.
pub(crate) const PATIENCE: Duration = Duration::from_secs(300);
/// From here on fewer are written, since the blow takes its time.
const MANY: usize = 500_000;
const TICK: Duration = Duration::from_millis(10);

/// How much is written.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pace {
    /// So many at once to begin with.
    pub(crate) at_once: usize,
    /// Then so many every hundredth of a second.
    pub(crate) a_tick: usize,
    /// And so many in all, at least.
    pub(crate) at_least: usize,
}

/// How far a load has come, by partition.
#[derive(Debug, Default)]
pub(crate) struct Progress {
    sent: AtomicUsize,
    enough: AtomicBool,
    acknowledged: [AtomicUsize; PARTITIONS],
    read: [AtomicUsize; PARTITIONS],
}

impl Progress {
    /// Waits until `records` more of every partition are acknowledged, and read if anybody reads.
    pub(crate) async fn flows(&self, records: usize) {
        let is_read = self.read.iter().any(|read| read.load(Ordering::Relaxed) > 0);
        let read = self.read.iter().filter(|_| is_read);
        let counts: Vec<&AtomicUsize> = self.acknowledged.iter().chain(read).collect();
        let goals: Vec<usize> = counts.iter().map(|count| count.load(Ordering::Relaxed) + records).collect();
        let flowing = async {
            while counts.iter().zip(&goals).any(|(count, goal)| count.load(Ordering::Relaxed) < *goal) {
                sleep(Duration::from_millis(5)).await;
            }
        };
        let flows = timeout(PATIENCE, flowing).await;
        flows.unwrap_or_else(|_| panic!("nothing flows any more: {self:?}"));
    }

    /// How many records have been handed to the Writer.
    pub(crate) fn sent(&self) -> usize {
        self.sent.load(Ordering::Acquire)
    }
}

/// A steady write of numbered records.
pub(crate) struct Writing {
    pace: Pace,
    pub(crate) progress: Arc<Progress>,
    writing: JoinHandle<Writer>,
    settling: JoinHandle<Vec<Told>>,
}

impl Writing {
    pub(crate) fn start(client: &Client, topic: &Arc<str>, pace: Pace) -> Self {
        let progress = Arc::new(Progress::default());
        let writer = Writer::builder(client)
            .topic(topic.clone())
            .idempotent(true)
            .compression(Compression::Lz4)
            .delivery_timeout(PATIENCE);
        // More than the Writer's buffer holds.
        let (sent, settling) = mpsc::channel(200_000);
        Self {
            pace,
            writing: tokio::spawn(write(writer.build().unwrap(), pace, sent, Arc::clone(&progress))),
            settling: tokio::spawn(settle(settling, Arc::clone(&progress))),
            progress,
        }
    }

    /// Goes on until there are enough, and waits until all is settled.
    pub(crate) async fn finish(self) -> Vec<Told> {
        let finishing = async {
            while self.progress.sent() < self.pace.at_least {
                sleep(Duration::from_millis(5)).await;
            }
            self.progress.enough.store(true, Ordering::Relaxed);
            let writer = self.writing.await.unwrap();
            let told = self.settling.await.unwrap();
            writer.close(PATIENCE).await.unwrap();
            told
        };
        timeout(PATIENCE, finishing).await.expect("a delivery does not settle")
    }
}

/// The same, with a Reader that is there from the beginning.
pub(crate) struct Load {
    client: Client,
    topic: Arc<str>,
    writing: Writing,
    reading: JoinHandle<Vec<Log>>,
    ends: watch::Sender<Option<Vec<i64>>>,
}

/// What came of a load.
pub(crate) struct Done {
    pub(crate) told: Vec<Told>,
    /// As the Reader saw it that was there from the beginning.
    pub(crate) read: Vec<Log>,
    /// As one sees it that came later.
    pub(crate) log: Vec<Log>,
}

impl Load {
    pub(crate) fn start(client: &Client, topic: &Arc<str>, pace: Pace) -> Self {
        let writing = Writing::start(client, topic, pace);
        let (ends, told) = watch::channel(None);
        let reading = tokio::spawn(read(reader(client, topic), told, Arc::clone(&writing.progress)));
        Self { client: client.clone(), topic: topic.clone(), writing, reading, ends }
    }

    /// As [`Progress::flows`].
    pub(crate) async fn flows(&self, records: usize) {
        self.writing.progress.flows(records).await;
    }

    /// As [`Writing::finish`], and waits until all is read.
    pub(crate) async fn finish(self) -> Done {
        let told = self.writing.finish().await;
        let ends = ends(&self.client, &self.topic).await;
        self.ends.send_replace(Some(ends.clone()));
        let read = timeout(PATIENCE, self.reading).await.expect("reading hangs").unwrap();
        let log = read_log(&self.client, &self.topic, ends).await;
        Done { told, read, log }
    }
}

/// The log as it is now.
pub(crate) async fn read_log(client: &Client, topic: &Arc<str>, ends: Vec<i64>) -> Vec<Log> {
    let (_ends, told) = watch::channel(Some(ends));
    let reading = read(reader(client, topic), told, Arc::default());
    timeout(PATIENCE, reading).await.expect("reading again hangs")
}

/// Where partitions end.
pub(crate) async fn ends(client: &Client, topic: &Arc<str>) -> Vec<i64> {
    let asked: Vec<_> = (0..).take(PARTITIONS).map(|partition| (topic.clone(), partition)).collect();
    let listed = timeout(PATIENCE, client.list_offsets(&asked, OffsetAt::Last)).await.expect("listing hangs");
    listed.into_iter().map(|end| end.unwrap().offset.unwrap()).collect()
}

fn reader(client: &Client, topic: &Arc<str>) -> Reader {
    let reader = Reader::builder(client).topic(topic.clone()).wait_for_topic(PATIENCE).patience(PATIENCE);
    reader.build().unwrap()
}

/// Writes steadily, until there is enough.
async fn write(writer: Writer, pace: Pace, sent: mpsc::Sender<Delivery>, progress: Arc<Progress>) -> Writer {
    let mut ticks = interval(TICK);
    // What could not be sent in time is not made up for.
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut number = 0;
    while !progress.enough.load(Ordering::Relaxed) {
        ticks.tick().await;
        let records = match number {
            0 => pace.at_once.max(1),
            MANY.. => 1,
            _ => pace.a_tick,
        };
        for _ in 0..records {
            let (key, value) = content(number);
            let record = Record::new(value.as_bytes()).key(key.as_bytes());
            let delivery = loop {
                match writer.send(record).await {
                    Ok(delivery) => break delivery,
                    // To a broker that has just come back, the topic may be news.
                    Err(error)
                        if number == 0 && error.code() == Some(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION) =>
                    {
                        sleep(TICK).await;
                    }
                    Err(error) => panic!("record {number} is refused: {error:?}"),
                }
            };
            sent.send(delivery).await.unwrap();
            number += 1;
            progress.sent.store(number, Ordering::Release);
        }
    }
    writer
}

/// Notes what becomes of every record, in the order of writing.
async fn settle(mut sent: mpsc::Receiver<Delivery>, progress: Arc<Progress>) -> Vec<Told> {
    let mut told = Vec::new();
    while let Some(delivery) = sent.recv().await {
        let outcome = match delivery.await {
            Ok(done) => {
                let partition = usize::try_from(done.partition).unwrap();
                progress.acknowledged[partition].fetch_add(1, Ordering::Relaxed);
                Told::There(partition as u16, done.offset.map(|offset| u32::try_from(offset).unwrap()))
            }
            Err(error) => failed(told.len(), &error),
        };
        told.push(outcome);
    }
    told
}

fn failed(number: usize, error: &Error) -> Told {
    eprintln!("record {number} was not delivered: {error:?}");
    if error.is_not_sent() { Told::NotSent } else { Told::Unknown }
}

/// Reads up to the ends, once these are known.
async fn read(
    reader: Reader,
    mut ends: watch::Receiver<Option<Vec<i64>>>,
    progress: Arc<Progress>,
) -> Vec<Log> {
    let mut read = vec![Log::new(); PARTITIONS];
    let mut next = [0; PARTITIONS];
    loop {
        if ends.borrow().as_ref().is_some_and(|ends| next.iter().zip(ends).all(|(next, end)| next >= end)) {
            break;
        }
        let records = tokio::select! {
            records = reader.poll(1000) => records.unwrap(),
            changed = ends.changed() => {
                changed.expect("whoever knows the ends is gone");
                continue;
            }
        };
        let partition = usize::try_from(records.partition()).unwrap();
        for record in records.iter() {
            let number = number_of(record.value.unwrap());
            let (key, value) = content(number);
            assert_eq!((record.key, record.value), (Some(key.as_bytes()), Some(value.as_bytes())));
            read[partition].push((u32::try_from(record.offset).unwrap(), u32::try_from(number).unwrap()));
            next[partition] = record.offset + 1;
            progress.read[partition].fetch_add(1, Ordering::Relaxed);
        }
    }
    reader.close().await;
    read
}

/// Key and value of a record: about 100 bytes.
fn content(number: usize) -> (String, String) {
    ((number % KEYS as usize).to_string(), format!("{number} {:x<90}", ""))
}

pub(crate) fn number_of(value: &[u8]) -> usize {
    let text = std::str::from_utf8(value).unwrap();
    text.split(' ').next().unwrap().parse().unwrap()
}
