//! `cargo xtask kafka`: real brokers to develop against.

use std::{
    io::Write,
    sync::mpsc::{self, RecvTimeoutError},
    thread,
    time::Duration,
};

use lexopt::{Arg, ValueExt};
use ottla_kafka::Config;
use signal_hook::{
    consts::{SIGHUP, SIGINT, SIGTERM},
    iterator::Signals,
};

pub(crate) fn run(mut args: lexopt::Parser) -> anyhow::Result<()> {
    let (mut version, mut brokers, mut port) = (ottla_kafka::default_version(), 1, None);
    while let Some(arg) = args.next()? {
        match arg {
            Arg::Long("version") => version = args.value()?.string()?,
            Arg::Long("brokers") => brokers = args.value()?.parse()?,
            Arg::Long("port") => port = Some(args.value()?.parse()?),
            other => return Err(other.unexpected().into()),
        }
    }
    let config = Config::new(&version).brokers(brokers);
    let config = match port {
        Some(port) => config.port(port),
        None => config,
    };
    // Heard from before the start on, so that brokers that are still starting are stopped as well.
    let (tx, ended) = mpsc::sync_channel(1);
    let mut signals = Signals::new([SIGINT, SIGTERM, SIGHUP])?;
    thread::spawn(move || {
        for signal in signals.forever() {
            // A second one adds nothing.
            let _ = tx.try_send(signal);
        }
    });

    eprintln!("starting Kafka {version}, brokers: {brokers}");
    let (started_tx, started) = mpsc::sync_channel(1);
    thread::spawn(move || {
        let _ = started_tx.send(config.start());
    });
    let cluster = loop {
        match started.recv_timeout(Duration::from_millis(100)) {
            Ok(cluster) => break cluster?,
            // The processes and their data go with this one.
            Err(_) if ended.try_recv().is_ok() => anyhow::bail!("stopped before it was up"),
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => anyhow::bail!("the start has panicked"),
        }
    };
    println!("bootstrap {}", cluster.bootstrap());
    std::io::stdout().flush()?;
    ended.recv()?;
    eprintln!("stopping");
    Ok(cluster.stop()?)
}
