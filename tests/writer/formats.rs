//! Topics that are kept in a format without numbers.

use crate::scene::{LIMIT, TOPIC, broker, play};
use ottla::{Client, ErrorCode, Message, Writer, protocol::produce};
use ottla_broker::Broker;
use ottla_tests::meddling::Meddling;
use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

/// The first answers say that the format is too old; the broker keeps nothing of those.
fn old_format(broker: &Broker, refusals: usize) -> Client {
    let left = Arc::new(AtomicUsize::new(refusals));
    let transport = Meddling::with::<produce::Request>(broker.transport(), move |answer| {
        let refuses =
            left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1)).is_ok();
        let edited = answer.edit::<produce::Request>(|response| {
            if refuses {
                response.responses[0].partition_responses[0].error_code =
                    ErrorCode::UNSUPPORTED_FOR_MESSAGE_FORMAT;
            }
        });
        edited.unwrap()
    });
    Client::builder().transport(transport).build().unwrap()
}

#[test]
fn a_writer_that_was_not_asked_for_numbers_does_without_them() {
    play(async {
        let broker = broker(1);
        let writer = Writer::builder(&old_format(&broker, 1)).topic(TOPIC).build().unwrap();
        let delivered = writer.write([Message::new("plain")]).await.unwrap();
        // The meddled broker kept the refused one too: what counts is that the second came without a number, or it
        // would have been told to be the first.
        assert_eq!(delivered[0].offset, Some(1));
        writer.write([Message::new("more")]).await.unwrap();
        writer.close(LIMIT).await.unwrap();
    });
}

#[test]
fn a_writer_that_was_asked_for_them_says_what_to_do() {
    play(async {
        let broker = broker(1);
        let writer =
            Writer::builder(&old_format(&broker, usize::MAX)).topic(TOPIC).idempotent(true).build().unwrap();
        let errors = writer.write([Message::new("numbered")]).await.unwrap_err();
        let error = errors.first().unwrap();
        assert_eq!(error.code(), Some(ErrorCode::UNSUPPORTED_FOR_MESSAGE_FORMAT));
        assert!(error.to_string().contains("message.format.version"), "{error}");
    });
}
