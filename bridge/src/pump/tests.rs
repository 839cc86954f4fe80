//! The pump between a WebSocket on an in-process stream and a broker on an in-process pipe, so that
//! every byte it holds can be counted: no kernel holds any.

use ottla_memory::{Rx, Tx, pipe_with_capacity};
use tokio::io::DuplexStream;
use tokio_tungstenite::tungstenite::protocol::Role;

use super::*;
use crate::handshake::config;

/// What the stream to the client holds, and the pipe to the broker.
const OUTSIDE: usize = 1024;

struct Ends {
    client: WebSocketStream<DuplexStream>,
    broker: (Tx, Rx),
    draining: CancellationToken,
}

/// A running pump and what is at its ends.
async fn start(limits: &Limits) -> (Ends, impl Future<Output = Report> + use<>) {
    let (client, server) = tokio::io::duplex(OUTSIDE);
    let client = WebSocketStream::from_raw_socket(client, Role::Client, None).await;
    let server = WebSocketStream::from_raw_socket(server, Role::Server, Some(config(limits))).await;
    let ((tx, rx), broker) = pipe_with_capacity(OUTSIDE);
    let draining = CancellationToken::new();
    let stop = draining.clone();
    let pump = Pump::new(server, tx, rx, limits);
    (Ends { client, broker, draining }, async move { pump.run(&stop).await })
}

/// Nothing more can happen: every task waits.
async fn settle() {
    for _ in 0..1000 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn from_the_broker_it_holds_no_more_than_its_buffers() {
    let limits = Limits::default();
    let (mut ends, pump) = start(&limits).await;
    let accepted = AtomicU64::new(0);
    let flood = async {
        let piece = [Bytes::from(vec![0; 512])];
        while ends.broker.0.write_all(&piece).await.is_ok() {
            accepted.fetch_add(512, Ordering::Relaxed);
        }
    };
    let watch = async {
        settle().await;
        let held = accepted.load(Ordering::Relaxed) as usize;
        assert!(held > OUTSIDE, "nothing was pumped: {held}");
        assert!(held <= 2 * limits.buffer + 2 * OUTSIDE, "the pump holds {held} bytes");
        settle().await;
        assert_eq!(accepted.load(Ordering::Relaxed) as usize, held, "it goes on taking bytes");
        // The client reads, and as much more is taken.
        let mut read = 0;
        while read < 4 * held {
            read += ends.client.next().await.unwrap().unwrap().len();
        }
        settle().await;
        assert!(accepted.load(Ordering::Relaxed) as usize - read <= 2 * limits.buffer + 2 * OUTSIDE);
    };
    tokio::select! {
        () = flood => unreachable!("the broker's half stays open"),
        _ = pump => unreachable!("nothing ends it"),
        () = watch => {}
    }
}

#[tokio::test]
async fn from_the_client_it_holds_no_more_than_its_buffers() {
    let limits = Limits::default();
    let (mut ends, pump) = start(&limits).await;
    let accepted = AtomicU64::new(0);
    let flood = async {
        while ends.client.send(Message::binary(vec![0; 512])).await.is_ok() {
            accepted.fetch_add(512, Ordering::Relaxed);
        }
    };
    let watch = async {
        settle().await;
        let held = accepted.load(Ordering::Relaxed) as usize;
        let bound = limits.message + 2 * limits.buffer + 2 * OUTSIDE;
        assert!(held > OUTSIDE, "nothing was pumped: {held}");
        assert!(held <= bound, "the pump holds {held} bytes");
        let mut read = 0;
        while read < 4 * held {
            let mut into = BytesMut::with_capacity(4096);
            read += ends.broker.1.recv(&mut into).await.unwrap();
        }
        settle().await;
        assert!(accepted.load(Ordering::Relaxed) as usize - read <= bound);
    };
    tokio::select! {
        () = flood => unreachable!("the client's socket stays open"),
        _ = pump => unreachable!("nothing ends it"),
        () = watch => {}
    }
}

#[tokio::test]
async fn it_counts_what_passed() {
    let (mut ends, pump) = start(&Limits::default()).await;
    let talk = async {
        ends.client.send(Message::binary("asked")).await.unwrap();
        let mut asked = BytesMut::with_capacity(64);
        ends.broker.1.recv(&mut asked).await.unwrap();
        ends.broker.0.write_all(&[Bytes::from_static(b"an answer")]).await.unwrap();
        assert_eq!(ends.client.next().await.unwrap().unwrap().into_data(), "an answer");
        ends.broker.0.close().await.unwrap();
        while ends.client.next().await.is_some_and(|message| message.is_ok()) {}
        drop(ends.client);
    };
    let (report, ()) = tokio::join!(pump, talk);
    assert_eq!((report.sent, report.received), (5, 9));
    assert!(matches!(report.ending, Ending::ByBroker), "{report:?}");
}

#[tokio::test(start_paused = true)]
async fn stopping_waits_for_answers_but_not_forever() {
    let (mut ends, pump) = start(&Limits::default()).await;
    ends.draining.cancel();
    let start = Instant::now();
    // A broker that never falls silent.
    let chatter = async {
        while ends.broker.0.write_all(&[Bytes::from_static(b"x")]).await.is_ok() {
            sleep(Duration::from_millis(100)).await;
        }
    };
    let reading = async {
        let mut read = 0;
        while let Some(Ok(message)) = ends.client.next().await {
            match message {
                Message::Close(frame) => assert_eq!(u16::from(frame.unwrap().code), 1012),
                other => read += other.len(),
            }
        }
        drop(ends.client);
        read
    };
    let (report, (), read) = tokio::join!(pump, chatter, reading);
    assert!(matches!(report.ending, Ending::Stopping), "{report:?}");
    assert!(read > 10, "answers pass: {read}");
    assert!(start.elapsed() < FAREWELL * 3, "virtual time: {:?}", start.elapsed());
}
