//! The tests that every transport passes: [`run`] them against a peer that does what [`echo`] does.
//!
//! They panic where a transport breaks the contract of `ottla_transport`, as a test does.
#![expect(clippy::unwrap_used, reason = "a test tool: panicking is how it reports")]

mod cases;

use std::{future::Future, pin::pin, time::Duration};

use bytes::BytesMut;
use futures::future::{Either, select};
use ottla_transport::{BrokerAddress, ByteRx, ByteTx, Runtime, Transport};

/// Far longer than any case takes: it only keeps a hang from being endless.
const HANG: Duration = Duration::from_secs(30);

/// Runs every case over connections to `peer`, which echoes as [`echo`] does.
pub async fn run(transport: impl Transport, peer: BrokerAddress, runtime: impl Runtime) {
    let (transport, peer) = (&transport, &peer);
    let bounded = |name: &'static str| Bounded { name, runtime: runtime.clone() };
    bounded("one message").run(cases::one_message(transport, peer)).await;
    bounded("many buffers").run(cases::many_buffers_in_one_write(transport, peer)).await;
    bounded("room").run(cases::recv_keeps_to_the_room_it_has(transport, peer)).await;
    bounded("both ways").run(cases::megabytes_both_ways_at_once(transport, peer)).await;
    bounded("cancelled recv").run(cases::a_cancelled_recv_loses_nothing(transport, peer)).await;
    bounded("close").run(cases::close_lets_the_rest_arrive(transport, peer)).await;
    bounded("write after close").run(cases::a_write_after_close_fails(transport, peer)).await;
    bounded("drop").run(cases::dropped_connections_leave_the_next_alone(transport, peer)).await;
    bounded("two at once").run(cases::connections_do_not_mix(transport, peer)).await;
}

struct Bounded<R> {
    name: &'static str,
    runtime: R,
}

impl<R: Runtime> Bounded<R> {
    async fn run(self, case: impl Future<Output = ()>) {
        let hang = self.runtime.sleep(HANG);
        if let Either::Right(_) = select(pin!(case), pin!(hang)).await {
            panic!("the case {:?} hangs", self.name);
        }
    }
}

/// The peer of [`run`]: sends back what it reads, and ends its half when the other half ends.
pub async fn echo(mut tx: impl ByteTx, mut rx: impl ByteRx) {
    loop {
        let mut read = BytesMut::with_capacity(32 * 1024);
        match rx.recv(&mut read).await {
            Ok(0) => break,
            Ok(_) if tx.write_all(&[read.freeze()]).await.is_ok() => {}
            _ => return,
        }
    }
    // The peer may have dropped its reading half already.
    let _ = tx.close().await;
}
