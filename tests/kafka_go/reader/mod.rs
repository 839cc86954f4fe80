//! kafka-go's `reader_test.go`, but for its groups.

mod compacted;
mod limits;
mod offsets;
mod reading;
mod settings;
mod unreachable;
