//! A relay meddles with what a real (embedded) broker answers to every kind of request that the client sends: what
//! comes of it is a clear error or the right result, in bounded time and memory. `bad_input` has the peers that are
//! no brokers at all, `hostile` what each answer alone decodes to.

#![expect(clippy::unwrap_used, reason = "a failed step is a failed test")]

mod answers;
mod frames;
mod orders;
mod peers;
mod records;
mod scene;

use peak_alloc::PeakAlloc;

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;
