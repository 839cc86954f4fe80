use anyhow::Result;
use ottla::Reader;

use super::{
    Bench,
    meter::{Measured, Meter},
};

const AT_A_TIME: usize = 10_000;

/// Reads as fast as it goes, every value seen.
pub(super) async fn run(bench: &Bench) -> Result<Measured> {
    let client = bench.connection.client()?;
    let meter = Meter::start();
    let reader = Reader::builder(&client).topic(bench.topic.as_str()).build()?;
    let mut bytes = 0;
    let mut read = 0;
    while read < bench.records {
        let records = reader.poll(AT_A_TIME).await?;
        for record in records.iter() {
            bytes += record.value.map_or(0, <[u8]>::len) as u64;
        }
        read += records.len() as u64;
    }
    let measured = meter.stop(bench, read, bytes, Vec::new())?;
    reader.close().await;
    client.close().await;
    Ok(measured)
}
