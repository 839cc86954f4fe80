//! kafka-go's `writer_test.go`.

mod balancing;
mod batches;
mod closing;
mod failures;
mod settings;
mod stats;
mod topics;
mod user_data;
