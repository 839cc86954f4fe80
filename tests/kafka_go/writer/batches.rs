//! How large batches grow, and what is too large for any.
//!
//! kafka-go compares `BatchBytes` with an estimate of a message, and waits for its `BatchTimeout` unless a batch is
//! full. Ours compares `batch_bytes` with the encoded batch, whose header of 61 bytes counts, and a batch leaves as soon
//! as its broker has nothing else to do: the linger of an hour is there to show that nobody waits for it.

use ottla::{
    ErrorKind, Header, Message, Writer,
    record::{BatchBuilder, BatchHeader},
};

use crate::scene::{LIMIT, Scene, TOPIC, play};

/// Bytes of a batch of so many like this.
fn batch_of(count: usize, message: &Message) -> usize {
    let mut batch = BatchBuilder::new(0);
    for _ in 0..count {
        batch.push(message.key.as_deref(), message.value.as_deref(), &message.headers, 0).unwrap();
    }
    batch.len()
}

async fn write(writer: &Writer, messages: Vec<Message>) {
    let count = messages.len();
    assert_eq!(writer.write(messages).await.unwrap().len(), count);
    writer.close(LIMIT).await.unwrap();
}

async fn batches(scene: &Scene) -> Vec<i32> {
    scene.batches(TOPIC, 0).await
}

/// `testWriterMaxBytes`. There the whole call fails and nothing is sent; here the message that is too large, and no
/// other.
#[test]
fn test_writer_max_bytes() {
    play(async |scene| {
        scene.topic(1);
        let limit = batch_of(1, &Message::new("Hi"));
        assert_eq!(limit, BatchHeader::SIZE + 9);
        let writer = scene.writer().batch_bytes(limit).build().unwrap();
        writer.write([Message::new("Hi")]).await.unwrap();

        let messages = ["Hello World!", "LeftOver!", "Hi"].map(Message::new);
        let errors = writer.write(messages).await.unwrap_err();
        assert_eq!((errors.count(), errors.outcomes()[2].as_ref().unwrap().offset), (2, Some(1)));
        for (at, error) in errors.errors() {
            assert_eq!((error.kind(), error.is_not_sent()), (ErrorKind::TooLarge, true), "{error}");
            let size = batch_of(1, &Message::new(["Hello World!", "LeftOver!"][at]));
            for named in [size, limit] {
                assert!(error.to_string().contains(&named.to_string()), "{named} is not in: {error}");
            }
        }
        assert_eq!(scene.log(TOPIC, 0).await, ["Hi", "Hi"]);
    });
}

/// `testWriterBatchBytes`.
#[test]
fn test_writer_batch_bytes() {
    play(async |scene| {
        scene.topic(1);
        let limit = batch_of(2, &Message::new("Hi"));
        let writer = scene.writer().batch_bytes(limit).linger(LIMIT).build().unwrap();
        write(&writer, vec![Message::new("Hi"); 4]).await;
        assert_eq!(batches(scene).await, [2, 2]);
    });
}

/// `testWriterBatchSize`.
#[test]
fn test_writer_batch_size() {
    play(async |scene| {
        scene.topic(1);
        let writer = scene.writer().batch_records(2).linger(LIMIT).build().unwrap();
        writer.write([Message::new("Hi"), Message::new("By")]).await.unwrap();
        assert_eq!(batches(scene).await, [2]);
        write(&writer, vec![Message::new("Hi"); 5]).await;
        assert_eq!(batches(scene).await, [2, 2, 2, 1]);
    });
}

/// `testWriterSmallBatchBytes`.
#[test]
fn test_writer_small_batch_bytes() {
    play(async |scene| {
        scene.topic(1);
        let limit = batch_of(1, &Message::new("Hi"));
        let writer = scene.writer().batch_bytes(limit).build().unwrap();
        write(&writer, vec![Message::new("Hi"), Message::new("By")]).await;
        assert_eq!(batches(scene).await, [1, 1]);
    });
}

/// `testWriterBatchBytesHeaders`.
#[test]
fn test_writer_batch_bytes_headers() {
    play(async |scene| {
        scene.topic(1);
        let message = Message::new("Hello World 1").with_header("User-Agent", "abc/xyz");
        // Without the headers two of them would fit.
        let limit = batch_of(2, &message) - 1;
        assert!(batch_of(2, &Message::new("Hello World 1")) <= limit);
        let writer = scene.writer().batch_bytes(limit).linger(LIMIT).build().unwrap();
        write(&writer, vec![message; 2]).await;
        assert_eq!(batches(scene).await, [1, 1]);
    });
}

/// `TestMessageSize`. There an estimate for any format, here the bytes that are sent.
#[test]
fn test_message_size() {
    let with_headers = {
        let mut message = Message::new(vec![7; 300]).with_key("k");
        message.headers = vec![Header::new("h1", "v1"), Header::null("h2")];
        message
    };
    for (message, size) in [
        (Message::new("").with_key(""), 7),
        (Message::new("Hi").with_key(""), 9),
        (Message::new("value").with_key("key"), 15),
        (with_headers, 320),
        // Null is one byte, as empty is.
        (Message::default(), 7),
    ] {
        let (key, value) = (message.key.as_deref(), message.value.as_deref());
        assert_eq!(BatchBuilder::new(0).size_with(key, value, &message.headers, 0), size, "{message:?}");
        assert_eq!(batch_of(1, &message), BatchHeader::SIZE + size, "{message:?}");
    }
}
