//! The npm package ottla: a Kafka client for the browser.
