use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use futures::{
    future::{Either, LocalBoxFuture, select},
    pin_mut,
};
use ottla::{
    Client, Compression, NewTopic,
    transport::{DynRuntime, Runtime},
};

/// Nothing takes so long unless it hangs, not even a broker that is restarted four times.
const PATIENCE: Duration = Duration::from_secs(240);

/// Does to the cluster what clients have to survive: cuts connections, or restarts a broker.
pub type Disturb = Box<dyn Fn() -> LocalBoxFuture<'static, ()>>;

/// A release of Kafka: what the cluster is, or what it plays.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Release(pub u32, pub u32);

impl Release {
    /// Of a number such as `0.10.1.1` or `4.3.0`; 0.10.1 is `Release(0, 10)`.
    pub fn of(number: &str) -> Self {
        let mut parts = number.split('.').map(|part| part.parse().unwrap());
        Self(parts.next().unwrap(), parts.next().unwrap())
    }

    /// Whether there are headers, producer ids and batches.
    pub fn has_batches(self) -> bool {
        self >= Self(0, 11)
    }
}

/// A cluster, and a client of it.
pub struct Cluster {
    /// The client.
    pub client: Client,
    /// Its runtime.
    pub runtime: DynRuntime,
    /// What the cluster is.
    pub release: Release,
    /// Present where it can be done.
    pub disturb: Option<Disturb>,
}

impl Cluster {
    /// Runs a case, which must end.
    pub async fn run(self, case: impl AsyncFnOnce(&Self)) {
        self.in_time(case(&self)).await;
        self.in_time(self.client.close()).await;
    }

    /// What a future gives, which must come.
    pub async fn in_time<T>(&self, work: impl Future<Output = T>) -> T {
        let hangs = self.runtime.sleep(PATIENCE);
        pin_mut!(work, hangs);
        match select(work, hangs).await {
            Either::Left((done, _)) => done,
            Either::Right(_) => panic!("nothing has happened for {PATIENCE:?}"),
        }
    }

    /// A name that no topic has.
    pub fn name(&self) -> Arc<str> {
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        let (now, number) = (self.runtime.unix_millis(), NEXT.fetch_add(1, Ordering::Relaxed));
        format!("suite-{now}-{number}").into()
    }

    /// A new topic.
    pub async fn topic(&self, partitions: i32) -> Arc<str> {
        let name = self.name();
        self.client.create_topics(&[NewTopic::new(name.clone(), partitions)]).await.unwrap();
        name
    }

    /// The codecs that the release has.
    pub fn codecs(&self) -> Vec<Compression> {
        let mut codecs = vec![Compression::None, Compression::Gzip, Compression::Snappy, Compression::Lz4];
        if self.release >= Release(2, 1) {
            codecs.push(Compression::Zstd);
        }
        codecs
    }

    /// Waits a while.
    pub async fn pause(&self, millis: u64) {
        self.runtime.sleep(Duration::from_millis(millis)).await;
    }
}
