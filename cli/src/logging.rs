use tracing_subscriber::{
    filter::{LevelFilter, Targets},
    fmt,
    layer::SubscriberExt,
    util::SubscriberInitExt,
};

/// Logs to stderr: what ottla does at `-v`, every request and other crates' affairs at `-vv`.
pub(crate) fn start(verbose: u8) {
    let (own, others) = match verbose {
        0 => return,
        1 => (LevelFilter::DEBUG, LevelFilter::WARN),
        _ => (LevelFilter::TRACE, LevelFilter::DEBUG),
    };
    // A prefix: it means ottla_broker and ottla_bridge too.
    let filter = Targets::new().with_target("ottla", own).with_default(others);
    let lines = fmt::layer().with_writer(std::io::stderr).with_ansi(false);
    tracing_subscriber::registry().with(filter).with(lines).init();
}
