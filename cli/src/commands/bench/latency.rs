use std::time::Duration;

use anyhow::Result;
use ottla::{Record, Writer};
use tokio::time::Instant;

use super::{
    Bench, corpus,
    meter::{Measured, Meter},
};

/// Writes one record after the other.
pub(super) async fn run(bench: &Bench) -> Result<Measured> {
    let values = corpus::values(bench.size as usize);
    let client = bench.connection.client()?;
    let writer = Writer::builder(&client)
        .topic(bench.topic.as_str())
        .compression(bench.codec)
        .linger(Duration::ZERO)
        .build()?;
    let mut latencies = Vec::new();
    let mut bytes = 0;
    let meter = Meter::start();
    let wanted = usize::try_from(bench.records)?;
    for value in values.iter().cycle().take(wanted) {
        let start = Instant::now();
        writer.send(Record::new(value)).await?.await?;
        latencies.push(start.elapsed());
        bytes += value.len() as u64;
    }
    let measured = meter.stop(bench, bench.records, bytes, latencies)?;
    writer.close(super::CLOSING).await?;
    client.close().await;
    Ok(measured)
}
