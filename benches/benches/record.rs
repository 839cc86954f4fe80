//! Encoding, decoding and the codecs: `cargo bench -p ottla-benches`.
//!
//! Measures CPU time, not wall time: the machines this runs on are shared.
#![cfg(not(target_family = "wasm"))]

use std::time::Duration;

use cpu_time::ProcessTime;
use criterion::measurement::{Measurement, ValueFormatter, WallTime};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};

/// User and system time of this process.
struct CpuTime;

impl Measurement for CpuTime {
    type Intermediate = ProcessTime;
    type Value = Duration;

    fn start(&self) -> ProcessTime {
        ProcessTime::now()
    }

    fn end(&self, start: ProcessTime) -> Duration {
        start.elapsed()
    }

    fn add(&self, a: &Duration, b: &Duration) -> Duration {
        *a + *b
    }

    fn zero(&self) -> Duration {
        Duration::ZERO
    }

    fn to_f64(&self, value: &Duration) -> f64 {
        value.as_nanos() as f64
    }

    fn formatter(&self) -> &dyn ValueFormatter {
        WallTime.formatter()
    }
}

fn record(criterion: &mut Criterion<CpuTime>) {
    for mut case in ottla_benches::cases() {
        let (group, name) = case.name.split_once('/').unwrap_or(("", &case.name));
        let mut group = criterion.benchmark_group(group);
        group.throughput(match case.records {
            0 => Throughput::Bytes(case.bytes),
            records => Throughput::Elements(records),
        });
        group.bench_function(name, |bencher| bencher.iter(&mut case.run));
        group.finish();
    }
}

criterion_group! {
    name = benches;
    config = Criterion::default()
        .with_measurement(CpuTime)
        .sample_size(20)
        .warm_up_time(Duration::from_millis(300))
        .measurement_time(Duration::from_secs(1));
    targets = record
}
criterion_main!(benches);
