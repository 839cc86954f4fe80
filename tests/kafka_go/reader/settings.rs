//! What a Reader may be set to.

use ottla::{Client, ErrorKind, Reader, ReaderBuilder, Start};

use crate::scene::{Scene, play};

#[track_caller]
fn refused(builder: ReaderBuilder, words: &str) {
    let Err(error) = builder.build() else { panic!("it is taken") };
    assert_eq!((error.kind(), error.is_not_sent()), (ErrorKind::Misuse, true), "{error}");
    assert!(error.to_string().contains(words), "{words:?} is not in: {error}");
}

/// `TestValidateReader`. What is wrong is an error and no panic, and says what.
#[test]
fn test_validate_reader() {
    play(async |scene: &Scene| {
        let error = Client::builder().build().unwrap_err();
        assert_eq!(error.to_string(), "no bootstrap address is given: name at least one broker");
        let topic = || scene.reader();
        refused(Reader::builder(&scene.client), "a Reader needs a topic");
        refused(Reader::builder(&scene.client).topic(""), "a Reader needs a topic");
        refused(topic().partition(-1), "must not be negative: -1");
        refused(topic().min_bytes(7).max_bytes(6), "min_bytes (7) is greater than max_bytes (6)");
        refused(topic().max_bytes(0), "max_bytes must be more than 0");
        refused(topic().partition_bytes(0), "partition_bytes must be more than 0");
        refused(topic().queue_bytes(0), "queue_bytes must be more than 0");
        refused(topic().start(Start::Offset(-1)), "use Start::First or Start::Last");
        topic().build().unwrap();
        topic().partition(1).min_bytes(5).max_bytes(6).build().unwrap();
        // Where the times wait is the client's to say.
        let backoff = Client::builder().transport(scene.broker.transport());
        let backoff =
            backoff.retry_backoff(std::time::Duration::from_secs(2), std::time::Duration::from_secs(1));
        let error = backoff.build().unwrap_err();
        assert!(error.to_string().starts_with("the back-off must be more than 0"), "{error}");
    });
}
