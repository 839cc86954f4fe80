use std::{ffi::c_long, time::Duration};

use anyhow::Result;
use serde::Serialize;
use tokio::time::Instant;

use super::{Bench, Operation};

/// What was measured. The names are those that other clients are measured by.
#[derive(Debug, Serialize)]
pub(super) struct Measured {
    client: &'static str,
    op: &'static str,
    codec: String,
    size: u32,
    msgs: u64,
    wall_s: f64,
    /// Missing where the system cannot be asked, as the other two.
    cpu_s: Option<f64>,
    msgs_s: u64,
    mb_s: f64,
    cpu_us_msg: Option<f64>,
    rss_mb: Option<c_long>,
    #[serde(flatten)]
    latency: Option<Latency>,
}

#[derive(Debug, Serialize)]
struct Latency {
    p50_us: u64,
    p99_us: u64,
}

/// The clocks.
pub(super) struct Meter {
    start: Instant,
    cpu: Option<Usage>,
}

/// What the process has used so far.
#[derive(Clone, Copy, Debug)]
struct Usage {
    cpu_s: f64,
    rss_mb: c_long,
}

impl Meter {
    pub(super) fn start() -> Self {
        Self { cpu: usage(), start: Instant::now() }
    }

    /// Stops the clocks. `bytes` are those of the values; `latencies` may be empty.
    pub(super) fn stop(
        self,
        bench: &Bench,
        records: u64,
        bytes: u64,
        mut latencies: Vec<Duration>,
    ) -> Result<Measured> {
        let wall = self.start.elapsed().as_secs_f64();
        let used = usage();
        let cpu = used.zip(self.cpu).map(|(now, then)| now.cpu_s - then.cpu_s);
        latencies.sort_unstable();
        let at = |percent: usize| {
            micros(latencies.get(latencies.len() * percent / 100).copied().unwrap_or_default())
        };
        Ok(Measured {
            client: "ottla",
            op: bench.op.name(),
            codec: bench.codec.to_string(),
            size: bench.size,
            msgs: records,
            wall_s: rounded(wall),
            cpu_s: cpu.map(rounded),
            msgs_s: (records as f64 / wall) as u64,
            mb_s: rounded(bytes as f64 / wall / 1e6),
            cpu_us_msg: cpu.map(|cpu| rounded(cpu * 1e6 / records as f64)),
            rss_mb: used.map(|used| used.rss_mb),
            latency: (!latencies.is_empty()).then(|| Latency { p50_us: at(50), p99_us: at(99) }),
        })
    }
}

impl Operation {
    fn name(self) -> &'static str {
        match self {
            Self::Produce => "produce",
            Self::Consume => "consume",
            Self::Latency => "latency",
        }
    }
}

#[cfg(unix)]
fn usage() -> Option<Usage> {
    use nix::sys::{
        resource::{UsageWho, getrusage},
        time::TimeVal,
    };
    let seconds = |time: TimeVal| time.tv_sec() as f64 + time.tv_usec() as f64 / 1e6;
    let used = getrusage(UsageWho::RUSAGE_SELF).ok()?;
    // The largest it has been: in KiB, on Apple's systems in bytes.
    let unit = if cfg!(target_vendor = "apple") { 1 << 20 } else { 1 << 10 };
    Some(Usage {
        cpu_s: seconds(used.user_time()) + seconds(used.system_time()),
        rss_mb: used.max_rss() / unit,
    })
}

#[cfg(not(unix))]
fn usage() -> Option<Usage> {
    None
}

fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}

/// To three places.
fn rounded(number: f64) -> f64 {
    (number * 1000.0).round() / 1000.0
}
