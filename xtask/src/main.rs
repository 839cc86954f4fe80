//! The tasks of the ottla workspace: `cargo xtask demo | test | check | pkg | kafka`.

fn main() {}
