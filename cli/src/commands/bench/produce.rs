use anyhow::Result;
use ottla::{Record, Writer};

use super::{
    Bench, corpus,
    meter::{Measured, Meter},
};

/// Writes as fast as it goes, through the one call that every program has.
pub(super) async fn run(bench: &Bench) -> Result<Measured> {
    let values = corpus::values(bench.size as usize);
    let client = bench.connection.client()?;
    let writer = Writer::builder(&client).topic(bench.topic.as_str()).compression(bench.codec).build()?;
    let meter = Meter::start();
    let mut bytes = 0;
    let mut sent = 0;
    for value in values.iter().cycle() {
        if sent == bench.records {
            break;
        }
        // The fate of all of them is told by the flush.
        drop(writer.send(Record::new(value)).await?);
        bytes += value.len() as u64;
        sent += 1;
    }
    writer.flush().await?;
    let measured = meter.stop(bench, sent, bytes, Vec::new())?;
    writer.close(super::CLOSING).await?;
    client.close().await;
    Ok(measured)
}
