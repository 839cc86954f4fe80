//! The cases of `cargo bench`, as wasm: prints its figures and asserts nothing about them.
//!
//! `cargo test --release -p ottla-benches --target wasm32-unknown-unknown --test wasm -- --nocapture`
#![cfg(target_family = "wasm")]

use js_sys::Function;
use wasm_bindgen_test::{console_log, wasm_bindgen_test};

/// CPU time for each of the rounds, of which the best counts, in ms.
const ROUND: f64 = 60.0;
const ROUNDS: usize = 5;
/// Until the engine has its best code, in ms.
const WARM_UP: f64 = 200.0;

#[wasm_bindgen_test]
fn cases() {
    let clock = Clock::new();
    for mut case in ottla_benches::cases() {
        round(&clock, WARM_UP, &mut case.run);
        let best = (0..ROUNDS).map(|_| round(&clock, ROUND, &mut case.run)).fold(f64::INFINITY, f64::min);
        assert!(best.is_finite());
        match case.records {
            0 => console_log!("{:<44} {:>8.0} MB/s", case.name, case.bytes as f64 / best / 1e3),
            records => console_log!("{:<44} {:>8.1} ns a record", case.name, best * 1e6 / records as f64),
        }
    }
}

/// Node's CPU time: wall time means little on a shared machine.
struct Clock(Function);

impl Clock {
    fn new() -> Self {
        Self(Function::new_no_args(
            "const used = process.cpuUsage(); return (used.user + used.system) / 1000",
        ))
    }

    /// ms since some start.
    fn now(&self) -> f64 {
        self.0.call0(&js_sys::global()).ok().and_then(|now| now.as_f64()).unwrap_or(f64::NAN)
    }
}

/// Runs for `time` ms at least; ms a run.
fn round(clock: &Clock, time: f64, run: &mut dyn FnMut()) -> f64 {
    let start = clock.now();
    let mut runs = 0;
    loop {
        for _ in 0..4 {
            run();
        }
        runs += 4;
        let spent = clock.now() - start;
        assert!(!spent.is_nan(), "this runs in Node");
        if spent >= time {
            return spent / f64::from(runs);
        }
    }
}
