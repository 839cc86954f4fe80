//! `wasm-bindgen` under another name: rustc takes a program of that name for an old version of the crate.

fn main() -> anyhow::Result<()> {
    wasm_bindgen_cli::wasm_bindgen::run_cli_with_args(std::env::args_os())
}
