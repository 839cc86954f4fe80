//! The cases of `cargo bench`, as wasm: prints its figures and asserts nothing about them.
//!
//! `cargo test --release -p ottla-benches --target wasm32-unknown-unknown --test wasm -- --nocapture`
#![cfg(target_family = "wasm")]

use wasm_bindgen_test::{console_log, wasm_bindgen_test};

/// Time for each of the rounds, of which the best counts, in ms.
const ROUND: f64 = 60.0;
const ROUNDS: usize = 5;

#[wasm_bindgen_test]
fn cases() {
    for mut case in ottla_benches::cases() {
        (case.run)();
        let best = (0..ROUNDS).map(|_| round(&mut case.run)).fold(f64::INFINITY, f64::min);
        assert!(best.is_finite());
        match case.records {
            0 => console_log!("{:<44} {:>8.0} MB/s", case.name, case.bytes as f64 / best / 1e3),
            records => console_log!("{:<44} {:>8.1} ns a record", case.name, best * 1e6 / records as f64),
        }
    }
}

/// Runs for a while; ms a run.
fn round(run: &mut dyn FnMut()) -> f64 {
    let start = js_sys::Date::now();
    let mut runs = 0;
    loop {
        run();
        runs += 1;
        let spent = js_sys::Date::now() - start;
        if spent >= ROUND {
            return spent / f64::from(runs);
        }
    }
}
