//! What is too large.

use std::time::Duration;

use ottla::{Client, ErrorCode, ErrorKind, Message, Writer};
use ottla_broker::{Broker, BrokerConfig};
use ottla_transport::TokioRuntime;

use crate::{in_time, told};

fn cluster() -> (Broker, Client) {
    let config =
        BrokerConfig { auto_create_topics: false, max_message_bytes: 100_000, ..BrokerConfig::default() };
    let broker = Broker::new(config, TokioRuntime::current());
    broker.create_topic("there", 2).unwrap();
    let client = Client::builder().transport(broker.transport()).build().unwrap();
    (broker, client)
}

#[tokio::test(start_paused = true)]
async fn a_record_larger_than_a_batch_may_be_fails_alone() {
    let (_broker, client) = cluster();
    let writer = Writer::builder(&client).topic("there").batch_bytes(1000).build().unwrap();
    let messages = [Message::new("small"), Message::new(vec![0; 2000]), Message::new("small too")];
    let errors = in_time(writer.write(messages)).await.unwrap_err();
    assert_eq!(errors.count(), 1, "{errors:?}");
    let (at, error) = errors.errors().next().unwrap();
    assert_eq!((at, error.kind(), error.is_not_sent()), (1, ErrorKind::TooLarge, true), "{error:?}");
    let told = told(error);
    assert!(told.contains("2") && told.contains("1000") && told.contains("raise batch_bytes"), "{told}");
}

#[tokio::test(start_paused = true)]
async fn a_record_larger_than_the_broker_takes() {
    let (broker, client) = cluster();
    let writer = Writer::builder(&client).topic("there").build().unwrap();
    let large = in_time(writer.write([Message::new(vec![0; 200_000]).with_partition(0)])).await.unwrap_err();
    let error = large.first().unwrap();
    assert_eq!(error.code(), Some(ErrorCode::MESSAGE_TOO_LARGE), "{error:?}");
    assert_eq!((error.topic(), error.partition()), (Some("there"), Some(0)));
    // Those that come after are taken, although the sequence has a gap.
    for _ in 0..3 {
        in_time(writer.write([Message::new("small").with_partition(0)])).await.unwrap();
    }
    in_time(writer.close(Duration::from_secs(5))).await.unwrap();
    assert_eq!(broker.log_end("there", 0), Some(3));
}
