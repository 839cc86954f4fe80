//! A transport that cuts its connections: at random, in either direction, in the middle of a frame.

use bytes::{Bytes, BytesMut};
use fastrand::Rng;
use ottla::transport::{BrokerAddress, ByteRx, ByteTx, Transport};
use ottla_memory::{Rx, Tx, pipe_with_capacity};
use std::{
    io,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

/// Dials through another transport, and lets each connection carry a random number of bytes before it is
/// cut. Its tasks run on the current tokio runtime. Clones share their dice.
pub struct Cutting<T> {
    inner: Arc<T>,
    shared: Arc<Shared>,
}

impl<T> Clone for Cutting<T> {
    fn clone(&self) -> Self {
        Self { inner: Arc::clone(&self.inner), shared: Arc::clone(&self.shared) }
    }
}

struct Shared {
    rng: Mutex<Rng>,
    calm: AtomicBool,
    cuts: AtomicUsize,
    largest: u32,
}

/// What becomes of a connection.
#[derive(Clone, Copy, Debug)]
struct Fate {
    /// Bytes from the client before it strikes.
    up: usize,
    /// Bytes to the client before it strikes.
    down: usize,
    end: End,
    /// How long it takes to strike in full.
    pause: Duration,
    seed: u64,
}

/// How a connection ends.
#[derive(Clone, Copy, Debug)]
enum End {
    /// Both sides see the end at once; what is on the way is lost.
    Cut,
    /// The client sees the end at once; the broker gets everything that was sent, only later.
    LateForTheBroker,
    /// The broker gets everything; no answer comes through any more, and nobody is told.
    AnswersLost,
    /// Nothing comes through any more either way, and nobody is told.
    Silence,
}

impl<T: Transport> Cutting<T> {
    /// Cuts by dice of that seed, each connection after at most `2^largest` bytes.
    pub fn new(inner: T, seed: u64, largest: u32) -> Self {
        let shared = Shared {
            rng: Mutex::new(Rng::with_seed(seed)),
            calm: AtomicBool::new(false),
            cuts: AtomicUsize::new(0),
            largest,
        };
        Self { inner: Arc::new(inner), shared: Arc::new(shared) }
    }

    /// Connections dialled from now on last.
    pub fn calm_down(&self) {
        self.shared.calm.store(true, Ordering::Relaxed);
    }

    /// How many connections have been cut.
    pub fn cuts(&self) -> usize {
        self.shared.cuts.load(Ordering::Relaxed)
    }

    fn fate(&self) -> Option<Fate> {
        if self.shared.calm.load(Ordering::Relaxed) {
            return None;
        }
        let mut rng = self.shared.rng.lock().unwrap_or_else(PoisonError::into_inner);
        let mut bytes = |largest| (1 << rng.u32(3..=largest)) + rng.usize(..64);
        let (up, down) = (bytes(self.shared.largest), bytes(self.shared.largest));
        let end = match rng.u8(..10) {
            0..5 => End::Cut,
            5..8 => End::LateForTheBroker,
            8 => End::AnswersLost,
            _ => End::Silence,
        };
        Some(Fate { up, down, end, pause: Duration::from_millis(rng.u64(..80)), seed: rng.u64(..) })
    }
}

impl<T: Transport> Transport for Cutting<T> {
    type Tx = Tx;
    type Rx = Rx;

    async fn connect(&self, to: &BrokerAddress) -> io::Result<(Tx, Rx)> {
        let fate = self.fate();
        if fate.is_some_and(|fate| fate.seed % 16 == 0) {
            return Err(io::Error::new(io::ErrorKind::ConnectionRefused, "the dice say no"));
        }
        let broker = self.inner.connect(to).await?;
        let (client, relay) = pipe_with_capacity(16 * 1024);
        let shared = Arc::clone(&self.shared);
        tokio::spawn(async move {
            let fate = fate.unwrap_or(Fate {
                up: usize::MAX,
                down: usize::MAX,
                end: End::Cut,
                pause: Duration::ZERO,
                seed: 0,
            });
            carry(relay, broker, fate, &shared.cuts).await;
        });
        Ok(client)
    }
}

async fn carry(
    (mut to_client, mut from_client): (Tx, Rx),
    (mut to_broker, mut from_broker): (impl ByteTx, impl ByteRx),
    fate: Fate,
    cuts: &AtomicUsize,
) {
    let mut rng = Rng::with_seed(fate.seed);
    let left = {
        let down_rng = rng.fork();
        let up = pump(&mut from_client, &mut to_broker, fate.up, rng);
        let down = pump(&mut from_broker, &mut to_client, fate.down, down_rng);
        tokio::select! {
            left = up => left,
            left = down => left.map(|_| Bytes::new()),
        }
    };
    let Some(left) = left else { return };
    cuts.fetch_add(1, Ordering::Relaxed);
    match fate.end {
        End::Cut => {}
        End::LateForTheBroker => {
            drop(to_client);
            tokio::time::sleep(fate.pause).await;
            deliver(left, &mut from_client, &mut to_broker, &mut from_broker).await;
        }
        End::AnswersLost => deliver(left, &mut from_client, &mut to_broker, &mut from_broker).await,
        End::Silence => while read(&mut from_client).await.is_some() {},
    }
}

/// Gives the broker all that the client still says, and keeps its answers.
async fn deliver(
    left: Bytes,
    from_client: &mut Rx,
    to_broker: &mut impl ByteTx,
    from_broker: &mut impl ByteRx,
) {
    let all = async {
        let mut left = Some(left);
        while let Some(bytes) = left {
            if to_broker.write_all(&[bytes]).await.is_err() {
                return;
            }
            left = read(from_client).await;
        }
        // What was asked is answered before the end is seen.
        tokio::time::sleep(Duration::from_millis(20)).await;
    };
    tokio::select! {
        () = all => {}
        () = async { while read(from_broker).await.is_some() {} } => {}
    }
}

/// Carries up to `budget` bytes: then gives what is left of the last ones read. `None` at the end.
async fn pump(from: &mut impl ByteRx, to: &mut impl ByteTx, budget: usize, mut rng: Rng) -> Option<Bytes> {
    let mut budget = budget;
    loop {
        let mut bytes = read(from).await?;
        if rng.u8(..4) == 0 {
            tokio::time::sleep(Duration::from_millis(rng.u64(..8))).await;
        }
        let now = bytes.split_to(bytes.len().min(budget));
        budget -= now.len();
        to.write_all(&[now]).await.ok()?;
        if budget == 0 {
            return Some(bytes);
        }
    }
}

async fn read(from: &mut impl ByteRx) -> Option<Bytes> {
    let mut into = BytesMut::with_capacity(4096);
    match from.recv(&mut into).await {
        Ok(1..) => Some(into.freeze()),
        _ => None,
    }
}
