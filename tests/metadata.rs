//! What the cluster says of itself grows old, and is asked for again.

use std::time::Duration;

use ottla::{Client, Message, Reader, Record, Writer};
use ottla_broker::{Broker, BrokerConfig};
use ottla_transport::TokioRuntime;

const AGE: Duration = Duration::from_secs(300);

#[tokio::test(start_paused = true)]
async fn writers_and_readers_find_new_partitions() {
    let broker = Broker::new(BrokerConfig::default(), TokioRuntime::current());
    broker.create_topic("topic", 1).unwrap();
    let client = Client::builder().transport(broker.transport()).metadata_max_age(AGE).build().unwrap();
    let writer = Writer::builder(&client).topic("topic").build().unwrap();
    let reader = Reader::builder(&client).topic("topic").build().unwrap();
    writer.write([Message::new("old").with_partition(0)]).await.unwrap();
    assert_eq!(reader.read().await.unwrap().partition, Some(0));

    client.create_partitions("topic", 2).await.unwrap();
    assert!(writer.send(Record::new(b"too early").partition(1)).await.is_err());
    tokio::time::sleep(AGE + Duration::from_secs(1)).await;
    writer.write([Message::new("new").with_partition(1)]).await.unwrap();
    let message = reader.read().await.unwrap();
    assert_eq!((message.partition, message.value.as_deref()), (Some(1), Some(&b"new"[..])));
}

#[tokio::test(start_paused = true)]
async fn a_topic_that_appears_is_waited_for_as_long_as_asked() {
    let config = BrokerConfig { auto_create_topics: false, ..BrokerConfig::default() };
    let broker = Broker::new(config, TokioRuntime::current());
    let client = Client::builder().transport(broker.transport()).build().unwrap();
    let patient =
        Reader::builder(&client).topic("late").wait_for_topic(Duration::from_secs(60)).build().unwrap();
    let read = tokio::spawn(async move { patient.read().await });
    tokio::time::sleep(Duration::from_secs(30)).await;
    client.create_topics(&[ottla::NewTopic::new("late", 1)]).await.unwrap();
    let writer = Writer::builder(&client).topic("late").build().unwrap();
    writer.write([Message::new("here")]).await.unwrap();
    assert_eq!(read.await.unwrap().unwrap().value.as_deref(), Some(&b"here"[..]));
}
