//! How a Writer comes back from what goes wrong.

use crate::scene::{LIMIT, TOPIC, broker, play};
use ottla::{
    Client, Message, Reader, Record, Writer,
    protocol::{ErrorCode, produce},
};
use ottla_broker::faults::Api;
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

/// A topic that is created anew knows no producer, and takes any batch for its first: also the second, were that under
/// way together with a first which it refuses.
#[test]
fn a_topic_that_is_created_anew_keeps_the_order_of_what_waited_for_it() {
    play(async {
        let broker = broker(1);
        let client = Client::builder().transport(broker.transport()).build().unwrap();
        let writer = Writer::builder(&client).topic(TOPIC).batch_records(1).build().unwrap();
        writer.write([Message::new("before")]).await.unwrap();
        client.delete_topics(&[TOPIC]).await.unwrap();
        let values = ["0", "1", "2", "3"];
        let mut deliveries = Vec::new();
        for value in values {
            deliveries.push(writer.send(Record::new(value.as_bytes())).await.unwrap());
        }
        tokio::time::sleep(Duration::from_secs(5)).await;
        broker.create_topic(TOPIC, 1).unwrap();
        broker.faults().on(Api::Produce).times(1).error(ErrorCode::NOT_LEADER_OR_FOLLOWER);
        for delivery in deliveries {
            delivery.await.unwrap();
        }
        let reader = Reader::builder(&client).topic(TOPIC).build().unwrap();
        for value in values {
            assert_eq!(reader.read().await.unwrap().value.as_deref(), Some(value.as_bytes()));
        }
        writer.close(LIMIT).await.unwrap();
    });
}
