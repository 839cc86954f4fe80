//! What comes back with an outcome: user data, callbacks, counts.

use crate::scene::{LIMIT, broker, broker_of, play, writer};
use ottla::{ErrorKind, Message, Record, UserData};
use ottla_broker::BrokerConfig;
use std::sync::{Arc, Mutex};

fn number(data: Option<&UserData>) -> Option<u32> {
    data.and_then(|data| data.downcast_ref::<u32>().copied())
}

#[test]
fn user_data_comes_back_with_what_was_delivered_and_what_was_not() {
    play(async {
        let broker = broker_of(BrokerConfig { max_message_bytes: 2000, ..BrokerConfig::default() }, 1);
        let writer = writer(&broker).build().unwrap();
        let messages = || (0..5_u32).map(|at| Message::new(format!("{at}")).with_user_data(at));
        let delivered = writer.write(messages()).await.unwrap();
        let back: Vec<_> = delivered.iter().map(|one| number(one.user_data.as_ref())).collect();
        assert_eq!(back, (0..5).map(Some).collect::<Vec<_>>());
        let mut mixed: Vec<_> = messages().collect();
        mixed[1] = Message::new("none");
        mixed[3].value = Some("x".repeat(3000).into());
        let errors = writer.write(mixed).await.unwrap_err();
        assert_eq!(errors.errors().map(|(at, _)| at).collect::<Vec<_>>(), [3]);
        assert_eq!(number(errors.user_data(3)), Some(3));
        assert_eq!(errors.user_data(1), None);
        let back: Vec<_> =
            errors.outcomes().iter().flatten().map(|one| number(one.user_data.as_ref())).collect();
        assert_eq!(back, [Some(0), None, Some(2), Some(4)]);
        writer.close(LIMIT).await.unwrap();
    });
}

#[test]
fn the_callback_is_told_of_every_batch_before_close_is_over() {
    play(async {
        let broker = broker(1);
        let told = Arc::new(Mutex::new(Vec::new()));
        let hears = Arc::clone(&told);
        let writer = writer(&broker).batch_records(2).on_completion(move |batch| {
            let data: Vec<_> =
                batch.user_data.iter().map(|(at, data)| (*at, number(Some(data)).unwrap())).collect();
            hears.lock().unwrap().push((
                batch.partition,
                batch.base_offset,
                batch.records,
                data,
                batch.error.cloned(),
            ));
        });
        let writer = writer.build().unwrap();
        for at in 0..5_u32 {
            let data = UserData::new(at);
            drop(writer.send(Record::new(b"x").user_data(&data)).await.unwrap());
        }
        writer.close(LIMIT).await.unwrap();
        let told = told.lock().unwrap();
        let mut next = 0;
        for (partition, base, records, data, error) in &*told {
            assert_eq!((*partition, *base), (0, Some(next)));
            let expected: Vec<_> = (0..*records).map(|at| (at, next as u32 + at)).collect();
            assert_eq!((data, error.is_none()), (&expected, true));
            next += i64::from(*records);
        }
        assert_eq!(next, 5);
    });
}

#[test]
fn a_callback_that_panics_loses_nothing_and_is_told_of() {
    play(async {
        let broker = broker(1);
        let writer =
            writer(&broker).batch_records(1).on_completion(|_| panic!("on purpose")).build().unwrap();
        writer.write((0..4).map(|at| Message::new(format!("{at}")))).await.unwrap();
        let error = writer.close(LIMIT).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Misuse);
        assert!(error.to_string().contains("panicked, 4 times"), "{error}");
    });
}

#[test]
fn counters_add_up_and_never_go_back() {
    play(async {
        let broker = broker_of(BrokerConfig { max_message_bytes: 2000, ..BrokerConfig::default() }, 1);
        let writer = writer(&broker).build().unwrap();
        writer.write((0..10).map(|at| Message::new(format!("{at}")))).await.unwrap();
        let first = writer.stats();
        assert_eq!((first.messages, first.errors, first.lost, first.retries), (10, 0, 0, 0));
        assert_eq!((first.buffered_bytes, first.buffered_records), (0, 0));
        assert_eq!((first.batch_size.sum, first.batch_size.count), (10, first.batches));
        assert_eq!((first.write_time.count, first.batch_bytes.sum), (first.writes, first.bytes));
        writer.write([Message::new("x".repeat(3000))]).await.unwrap_err();
        let second = writer.stats();
        assert_eq!((second.messages, second.errors, second.lost), (10, 1, 1));
        assert!(second.writes > first.writes && second.batch_bytes.max > 3000);
        assert_eq!((second.buffered_bytes, second.buffered_records), (0, 0));
        writer.close(LIMIT).await.unwrap();
    });
}
