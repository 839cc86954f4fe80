//! How a Writer comes back from what goes wrong.

use crate::scene::{LIMIT, TOPIC, broker, play};
use ottla::{Client, Message, Writer, protocol::produce};
use ottla_tests::meddling::{Meddling, Reply};
use std::{
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};
use tokio::time::Instant;

/// The wait for an answer goes by the client's own timeout, however short that is.
#[test]
fn an_answer_that_never_comes_is_waited_for_as_long_as_the_timeout_says() {
    play(async {
        let broker = broker(1);
        let silent = AtomicBool::new(true);
        let transport = Meddling::with::<produce::Request>(broker.transport(), move |_| {
            if silent.swap(false, Ordering::SeqCst) {
                Reply::ThenSilence(bytes::Bytes::new())
            } else {
                Reply::Pass
            }
        });
        let client = Client::builder().transport(transport).request_timeout(Duration::from_millis(600));
        let client = client.build().unwrap();
        let writer = Writer::builder(&client).topic(TOPIC).build().unwrap();
        let started = Instant::now();
        writer.write([Message::new("late")]).await.unwrap();
        let took = started.elapsed();
        assert!((Duration::from_millis(600)..Duration::from_secs(2)).contains(&took), "{took:?}");
        assert_eq!(broker.log_end(TOPIC, 0), Some(1), "the first try had arrived");
        writer.close(LIMIT).await.unwrap();
    });
}
