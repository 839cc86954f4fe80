//! What comes back with an outcome, and is never sent.

use std::sync::{Arc, Mutex};

use ottla::{ErrorKind, Message, UserData};

use crate::scene::{LIMIT, TOPIC, play};

/// A number that a message was given along.
fn number(data: Option<&UserData>) -> Option<i64> {
    data?.downcast_ref().copied()
}

/// `testWriteMessageWithWriterData`. There it is told to the callback; here with every outcome as well.
#[test]
fn test_write_message_with_writer_data() {
    play(async |scene| {
        scene.topic(1);
        let told = Arc::new(Mutex::new(Vec::new()));
        let telling = Arc::clone(&told);
        let writer = scene.writer().batch_records(2).on_completion(move |completion| {
            let base = completion.base_offset.unwrap();
            let data = completion.user_data.iter();
            let data = data.map(|(at, data)| (base + i64::from(*at), number(Some(data)).unwrap()));
            telling.lock().unwrap().extend(data);
            assert_eq!((completion.topic, completion.partition), (TOPIC, 0));
            assert_eq!((completion.records, completion.error.is_none()), (2, true));
        });
        let writer = writer.build().unwrap();
        let messages = (0..6_i64).map(|number| Message::new("value").with_user_data(number));
        let delivered = writer.write(messages).await.unwrap();
        for (offset, one) in (0..).zip(&delivered) {
            assert_eq!((one.offset, number(one.user_data.as_ref())), (Some(offset), Some(offset)));
        }
        writer.close(LIMIT).await.unwrap();
        assert_eq!(*told.lock().unwrap(), (0..6).map(|number| (number, number)).collect::<Vec<_>>());

        // It is the writer's alone: nobody else reads it.
        let read = scene.reader().build().unwrap().read().await.unwrap();
        assert!(read.user_data.is_none() && read.headers.is_empty());
    });
}

/// The same for messages that fail, the others too.
#[test]
fn writer_data_of_what_fails() {
    play(async |scene| {
        scene.topic(1);
        let writer = scene.writer().batch_bytes(100).build().unwrap();
        let messages = [Message::new("small"), Message::new(vec![0; 200]), Message::new("small")];
        let messages =
            messages.into_iter().zip(0_i64..).map(|(message, number)| message.with_user_data(number));
        let errors = writer.write(messages).await.unwrap_err();
        assert_eq!(
            errors.errors().map(|(at, error)| (at, error.kind())).collect::<Vec<_>>(),
            [(1, ErrorKind::TooLarge)]
        );
        for at in 0..3 {
            assert_eq!(number(errors.user_data(at)), Some(i64::try_from(at).unwrap()));
        }
    });
}
