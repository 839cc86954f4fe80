//! Answers that are cut, held back, lie about their length, or answer something else.

use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicUsize, Ordering},
};

use bytes::Bytes;
use ottla::{
    Error, ErrorKind, Retry,
    protocol::{fetch, metadata, produce},
    record::Compression,
};

use crate::{
    MEMORY, batch, client,
    fake::{Fate, broker, only},
    in_time, read, told, write,
};

fn records() -> Bytes {
    batch(b"value", Compression::None).into()
}

/// What asking for the topics says of a broker that does so with its metadata.
async fn metadata_error(meddle: impl FnMut(Vec<u8>) -> Fate + Send + 'static) -> Error {
    let client = client(broker(records(), only::<metadata::Request>(meddle)));
    in_time(client.topics()).await.unwrap_err()
}

#[tokio::test]
async fn all_is_well_without_meddling() {
    let client = client(broker(records(), |_, frame| Fate::Sent(frame)));
    assert_eq!(in_time(client.topics()).await.unwrap().len(), 1);
    assert_eq!(write(&client, b"value").await.unwrap(), Some(0));
    assert_eq!(read(&client).await.unwrap(), "value");
}

#[tokio::test(start_paused = true)]
async fn metadata_is_cut_at_every_byte() {
    for at in 0.. {
        let whole = Arc::new(AtomicBool::new(false));
        let seen = Arc::clone(&whole);
        let meddle = move |mut frame: Vec<u8>| {
            seen.store(at >= frame.len(), Ordering::Relaxed);
            frame.truncate(at);
            Fate::Cut(frame)
        };
        let client = client(broker(records(), only::<metadata::Request>(meddle)));
        let asked = in_time(client.topics()).await;
        if whole.load(Ordering::Relaxed) {
            asked.unwrap();
            return;
        }
        let error = asked.unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::Io | ErrorKind::Timeout), "{at}: {error:?}");
        assert!(told(&error).contains("the broker closed the connection"), "{at}: {}", told(&error));
    }
}

/// The first answer to `R` is cut after so many bytes; whether that was all of it.
fn cut_once<R: ottla::protocol::Request>(
    at: usize,
    whole: Arc<AtomicBool>,
) -> impl FnMut(i16, Vec<u8>) -> Fate + Send {
    let answers = AtomicUsize::new(0);
    only::<R>(move |mut frame| {
        if answers.fetch_add(1, Ordering::Relaxed) > 0 {
            return Fate::Sent(frame);
        }
        whole.store(at >= frame.len(), Ordering::Relaxed);
        frame.truncate(at);
        Fate::Cut(frame)
    })
}

#[tokio::test(start_paused = true)]
async fn writing_and_reading_go_on_after_a_cut_at_every_byte() {
    for at in 0.. {
        let (written, fetched) = (Arc::<AtomicBool>::default(), Arc::<AtomicBool>::default());
        let client_of = |meddle| client(broker(records(), meddle));
        let writing: Box<dyn FnMut(i16, Vec<u8>) -> Fate + Send> =
            Box::new(cut_once::<produce::Request>(at, written.clone()));
        assert_eq!(write(&client_of(writing), b"value").await.unwrap(), Some(0), "{at}");
        let reading: Box<dyn FnMut(i16, Vec<u8>) -> Fate + Send> =
            Box::new(cut_once::<fetch::Request>(at, fetched.clone()));
        assert_eq!(read(&client_of(reading)).await.unwrap(), "value", "{at}");
        if written.load(Ordering::Relaxed) && fetched.load(Ordering::Relaxed) {
            return;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_broker_that_stops_in_the_middle_of_a_frame() {
    let half = |mut frame: Vec<u8>| {
        frame.truncate(frame.len() / 2);
        Fate::Stuck(frame)
    };
    let error = metadata_error(half).await;
    assert_eq!(error.kind(), ErrorKind::Timeout, "{error:?}");
    assert!(told(&error).contains("did not answer a Metadata request within 300ms"), "{}", told(&error));

    let error =
        write(&client(broker(records(), only::<produce::Request>(half))), b"value").await.unwrap_err();
    assert_eq!((error.kind(), error.is_not_sent()), (ErrorKind::Timeout, false), "{error:?}");

    let error = read(&client(broker(records(), only::<fetch::Request>(half)))).await.unwrap_err();
    assert_eq!((error.kind(), error.retry()), (ErrorKind::Timeout, Retry::Reconnect), "{error:?}");
}

#[tokio::test(start_paused = true)]
async fn lengths_that_lie() {
    MEMORY.reset_peak_usage();
    let before = MEMORY.current_usage();
    for (length, kind, words) in
        [(i32::MAX, ErrorKind::TooLarge, "over the limit"), (-5, ErrorKind::Malformed, "negative length")]
    {
        let error = metadata_error(move |mut frame| {
            frame[..4].copy_from_slice(&length.to_be_bytes());
            Fate::Sent(frame)
        });
        let error = error.await;
        assert_eq!(error.kind(), kind, "{error:?}");
        assert!(told(&error).contains(words), "{}", told(&error));
    }
    // A count of topics beyond what the frame holds: the last array of the answer, as a compact length.
    let error = metadata_error(|mut frame| {
        let topics = frame.windows(8).rposition(|window| &window[1..] == b"numbers").unwrap();
        // Before the name: its error code; before that the number of topics.
        frame.splice(topics - 3..topics - 2, [0xff, 0xff, 0xff, 0xff, 0x07]);
        let length = i32::try_from(frame.len() - 4).unwrap();
        frame[..4].copy_from_slice(&length.to_be_bytes());
        Fate::Sent(frame)
    });
    let error = error.await;
    assert_eq!(error.kind(), ErrorKind::Malformed, "{error:?}");
    assert!(told(&error).contains("the answer to a Metadata request"), "{}", told(&error));
    let peak = MEMORY.peak_usage().saturating_sub(before);
    assert!(peak < 64 << 20, "a length that lies cost {peak} bytes");
}

#[tokio::test(start_paused = true)]
async fn an_answer_to_another_question() {
    let error = metadata_error(|mut frame| {
        frame[7] ^= 0x55;
        Fate::Sent(frame)
    });
    let error = error.await;
    assert_eq!(error.kind(), ErrorKind::Malformed, "{error:?}");
    assert!(told(&error).contains("out of turn"), "{}", told(&error));
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_nobody_asked_for() {
    let client = client(broker(
        records(),
        only::<metadata::Request>(|mut frame| {
            frame.extend(frame.clone());
            Fate::Sent(frame)
        }),
    ));
    // The first answer is good; the second ends the connection, and the next call makes a new one.
    assert_eq!(in_time(client.topics()).await.unwrap().len(), 1);
    assert_eq!(in_time(client.topics()).await.unwrap().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_cluster_without_brokers() {
    // The brokers are the first array of the answer, after correlation id, tags and throttle time.
    let none = |mut frame: Vec<u8>| {
        let broker = frame.windows(4).position(|window| window == b"fake").unwrap();
        let list = broker - 6;
        frame.splice(list..broker + 4 + 4 + 1 + 1, [1]);
        let length = i32::try_from(frame.len() - 4).unwrap();
        frame[..4].copy_from_slice(&length.to_be_bytes());
        Fate::Sent(frame)
    };
    let client = client(broker(records(), only::<metadata::Request>(none)));
    assert_eq!(in_time(client.topics()).await.unwrap().len(), 1);
    let error = write(&client, b"value").await.unwrap_err();
    assert!(error.is_not_sent(), "{error:?}");
    assert!(told(&error).contains("broker 1 is not (or no longer) part of the cluster"), "{}", told(&error));
    let error = read(&client).await.unwrap_err();
    assert!(told(&error).contains("broker 1 is not (or no longer) part of the cluster"), "{}", told(&error));
}
