use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// How far a command has got, on stderr; nothing at all when stderr is no terminal.
pub(crate) struct Progress(ProgressBar);

impl Progress {
    /// `bytes` is how much there is to do, where that is known.
    pub(crate) fn new(bytes: Option<u64>) -> Self {
        let bar = ProgressBar::with_draw_target(bytes, ProgressDrawTarget::stderr());
        let template = match bytes {
            Some(_) => "{bar:30} {bytes}/{total_bytes} {msg} {bytes_per_sec} eta {eta}",
            None => "{spinner} {bytes} {msg} {bytes_per_sec} {elapsed}",
        };
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style);
        }
        if !bar.is_hidden() {
            bar.enable_steady_tick(Duration::from_millis(250));
        }
        Self(bar)
    }

    /// So many more bytes, and so many records by now.
    pub(crate) fn advance(&self, bytes: usize, records: u64) {
        if !self.0.is_hidden() {
            self.0.inc(bytes as u64);
            self.0.set_message(format!("{records} records"));
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}
