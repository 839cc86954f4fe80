//! How much memory this process takes.

use std::{
    fs,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use tokio::task::JoinHandle;

/// Generous: a Writer's buffer and a Reader's queue may fill after the warm-up, and the judge keeps 20 bytes a
/// record. Half a KiB that leaks with each of 150 000 records is found all the same.
const MOST_GROWTH: u64 = 64 << 20;

/// Looks at the memory that this process takes, again and again.
#[derive(Debug)]
pub(crate) struct Meter {
    peak: Arc<AtomicU64>,
    looking: JoinHandle<()>,
    warm: AtomicU64,
}

impl Meter {
    pub(crate) fn start() -> Self {
        let peak = Arc::new(AtomicU64::new(0));
        let looking = tokio::spawn({
            let peak = Arc::clone(&peak);
            async move {
                loop {
                    peak.fetch_max(resident(), Ordering::Relaxed);
                    tokio::time::sleep(Duration::from_millis(100)).await;
                }
            }
        });
        Self { peak, looking, warm: AtomicU64::new(0) }
    }

    /// From here on memory is to stay flat.
    pub(crate) fn is_warm(&self) {
        let now = resident();
        self.warm.store(now, Ordering::Relaxed);
        self.peak.store(now, Ordering::Relaxed);
    }

    /// Holds the growth since against the limit. Gives it, in MiB.
    pub(crate) fn assert_flat(self) -> u64 {
        let (peak, warm) = (self.peak.load(Ordering::Relaxed), self.warm.load(Ordering::Relaxed));
        assert!(warm > 0, "it never became warm");
        let growth = peak - warm;
        assert!(growth <= MOST_GROWTH, "memory grew from {} to {} MiB", warm >> 20, peak >> 20);
        growth >> 20
    }
}

impl Drop for Meter {
    fn drop(&mut self) {
        self.looking.abort();
    }
}

/// The resident memory, in bytes.
fn resident() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() << 10
}

#[tokio::test]
async fn growth_is_seen() {
    let meter = Meter::start();
    meter.is_warm();
    let many = std::hint::black_box(vec![1u8; 20 << 20]);
    while meter.peak.load(Ordering::Relaxed) < meter.warm.load(Ordering::Relaxed) + (10 << 20) {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert_eq!(many.len(), 20 << 20);
    assert!(meter.assert_flat() >= 10);
}

#[tokio::test]
#[should_panic = "memory grew"]
async fn too_much_growth_is_a_failure() {
    let meter = Meter::start();
    meter.is_warm();
    meter.peak.fetch_add(MOST_GROWTH + 1, Ordering::Relaxed);
    meter.assert_flat();
}
