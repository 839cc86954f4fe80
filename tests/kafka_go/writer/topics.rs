//! Topics: of the Writer or of the message, there or not.

use std::time::Duration;

use ottla::{ErrorCode, ErrorKind, Message, Writer};
use ottla_broker::BrokerConfig;

use crate::scene::{LIMIT, TOPIC, play, play_on};

/// `testWriterMultipleTopics`.
#[test]
fn test_writer_multiple_topics() {
    play(async |scene| {
        for topic in ["one", "two"] {
            scene.broker.create_topic(topic, 1).unwrap();
        }
        let writer = Writer::builder(&scene.client).build().unwrap();
        let messages = [Message::new("Hi").with_topic("one"), Message::new("By").with_topic("two")];
        let delivered = writer.write(messages).await.unwrap();
        assert_eq!(delivered.iter().map(|one| &*one.topic).collect::<Vec<_>>(), ["one", "two"]);
        assert_eq!((scene.batches("one", 0).await, scene.batches("two", 0).await), (vec![1], vec![1]));
        assert_eq!(
            (scene.log("one", 0).await, scene.log("two", 0).await),
            (vec!["Hi".into()], vec!["By".into()])
        );
    });
}

/// `testWriterMissingTopic`.
#[test]
fn test_writer_missing_topic() {
    play(async |scene| {
        let writer = Writer::builder(&scene.client).build().unwrap();
        let errors = writer.write([Message::new("Hi")]).await.unwrap_err();
        let error = errors.first().unwrap();
        assert_eq!((error.kind(), error.is_not_sent()), (ErrorKind::Misuse, true));
        assert_eq!(error.to_string(), "Topic must be specified for Writer or Message");
    });
}

/// `testWriterUnexpectedMessageTopic`. The error names the topic of the message; the others are written.
#[test]
fn test_writer_unexpected_message_topic() {
    play(async |scene| {
        scene.topic(1);
        let writer = scene.writer().build().unwrap();
        let messages = [Message::new("Hi").with_topic("other"), Message::new("By")];
        let errors = writer.write(messages).await.unwrap_err();
        let (at, error) = errors.errors().next().unwrap();
        assert_eq!((errors.count(), at), (1, 0));
        assert_eq!((error.kind(), error.is_not_sent()), (ErrorKind::Misuse, true));
        let said = "Topic must not be specified for both Writer and Message [topic \"other\"]";
        assert_eq!(error.to_string(), said);
        assert_eq!(scene.log(TOPIC, 0).await, ["By"]);
    });
}

/// `testWriterAutoCreateTopic`. There the test tries again until it works; here the Writer waits for the leaders.
#[test]
fn test_writer_auto_create_topic() {
    play(async |scene| {
        let writer = scene.writer().create_topics(true).build().unwrap();
        writer.write([Message::new("Hi")]).await.unwrap();
        assert_eq!(scene.log(TOPIC, 0).await, ["Hi"]);
    });
}

/// `testWriterTerminateMissingTopic`. The broker would create it for any client that does not say no.
#[test]
fn test_writer_terminate_missing_topic() {
    play(async |scene| {
        let asked = tokio::time::Instant::now();
        let errors = scene.writer().build().unwrap().write([Message::new("Hi")]).await.unwrap_err();
        let error = errors.first().unwrap();
        assert_eq!(error.code(), Some(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION), "{error}");
        assert_eq!((error.topic(), error.is_not_sent()), (Some(TOPIC), true));
        assert!(asked.elapsed() < Duration::from_secs(1), "of virtual time");
        assert_eq!(scene.broker.topics(), []);
    });
}

/// The same where the broker creates none, whatever it is asked: the Writer says so when its time is over.
#[test]
fn test_writer_auto_create_topic_refused() {
    let config = BrokerConfig { auto_create_topics: false, ..BrokerConfig::default() };
    play_on(config, async |scene| {
        let writer = scene.writer().create_topics(true).delivery_timeout(Duration::from_secs(5));
        let writer = writer.build().unwrap();
        let errors = writer.write([Message::new("Hi")]).await.unwrap_err();
        let error = errors.first().unwrap();
        assert_eq!(error.code(), Some(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION), "{error}");
        assert!(error.is_not_sent());
        writer.close(LIMIT).await.unwrap();
    });
}
