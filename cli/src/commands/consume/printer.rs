use anyhow::Result;
use ottla::Records;

use crate::{output::Output, record_json::RecordJson};

/// Prints the records that come.
pub(super) struct Printer {
    output: Output,
    json: bool,
    pub(super) printed: u64,
}

impl Printer {
    pub(super) fn new(json: bool) -> Self {
        Self { output: Output::new(), json, printed: 0 }
    }

    pub(super) fn print(&mut self, records: &Records) -> Result<()> {
        let (topic, partition) = (records.topic(), records.partition());
        for record in records.iter() {
            if self.json {
                self.output.json(&RecordJson { topic, partition, record })?;
            } else {
                self.output.line(record.value.unwrap_or_default())?;
            }
            self.printed += 1;
        }
        self.output.flush()
    }
}
