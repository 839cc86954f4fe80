//! Benchmarks of ottla.
