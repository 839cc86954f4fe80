//! Answers that can be read, and say what cannot be.

use crate::scene::{TOPIC, broker, client, expect, play, read, straight, told, topics, write};
use ottla::{
    ErrorCode, ErrorKind, OffsetAt,
    protocol::{api_versions, fetch, metadata, produce},
};
use ottla_tests::meddling::{Answer, Meddling, Reply};

#[test]
fn a_cluster_without_brokers() {
    play(async {
        let broker = broker().await;
        let without = |answer: &Answer| answer.edit::<metadata::Request>(|it| it.brokers.clear()).unwrap();
        let client = || client(Meddling::with::<metadata::Request>(straight(&broker), without));
        assert_eq!(topics(&client()).await.unwrap(), [TOPIC], "what it does say, counts");
        let words = ["names no brokers"];
        expect(client().brokers().await, ErrorKind::Malformed, &words);
        for error in [write(&client(), "lost").await.unwrap_err(), read(&client()).await.unwrap_err()] {
            let told = told(&error);
            assert!(told.contains("broker 1 is not (or no longer) part of the cluster"), "{told}");
        }
    });
}

#[test]
fn a_broker_that_leaves_out_what_it_was_asked_for() {
    play(async {
        let broker = broker().await;
        let no_topics = |answer: &Answer| answer.edit::<metadata::Request>(|it| it.topics.clear()).unwrap();
        let client_of = |script| client(Meddling::with::<metadata::Request>(straight(&broker), script));
        for error in [
            write(&client_of(no_topics), "lost").await.unwrap_err(),
            read(&client_of(no_topics)).await.unwrap_err(),
        ] {
            let told = told(&error);
            assert!(told.contains("left out the topic") || told.contains("UNKNOWN_TOPIC"), "{told}");
        }
        let script = |answer: &Answer| answer.edit::<produce::Request>(|it| it.responses.clear()).unwrap();
        let silent = client(Meddling::with::<produce::Request>(straight(&broker), script));
        let error = write(&silent, "next").await.unwrap_err();
        assert!(!error.is_not_sent());
        assert!(told(&error).contains("did not say what became of a batch"), "{}", told(&error));
        let script = |answer: &Answer| answer.edit::<fetch::Request>(|it| it.responses.clear()).unwrap();
        let silent = client(Meddling::with::<fetch::Request>(straight(&broker), script));
        expect(read(&silent).await, ErrorKind::Malformed, &["left out a partition"]);
    });
}

#[test]
fn versions_without_overlap() {
    play(async {
        let broker = broker().await;
        let future = |answer: &Answer| {
            let edited = answer.edit::<api_versions::Request>(|it| {
                it.api_keys.iter_mut().for_each(|api| (api.min_version, api.max_version) = (90, 99));
            });
            edited.unwrap()
        };
        let client = client(Meddling::with::<api_versions::Request>(straight(&broker), future));
        let words = ["no common version of Metadata", "the broker speaks 90 to 99"];
        expect(topics(&client).await, ErrorKind::Unsupported, &words);
        expect(write(&client, "lost").await, ErrorKind::Unsupported, &words);
        expect(read(&client).await, ErrorKind::Unsupported, &words);
    });
}

#[test]
fn an_error_code_of_the_future() {
    play(async {
        let broker = broker().await;
        let script = |answer: &Answer| -> Reply {
            let edited = answer.edit::<produce::Request>(|it| {
                it.responses[0].partition_responses[0].error_code = ErrorCode(9999);
            });
            edited.unwrap()
        };
        let client = client(Meddling::with::<produce::Request>(straight(&broker), script));
        let error = write(&client, "next").await.unwrap_err();
        assert_eq!(error.code(), Some(ErrorCode(9999)));
        expect(Err::<(), _>(error), ErrorKind::Broker, &["9999"]);
    });
}

#[test]
fn a_leader_that_is_not_among_the_brokers() {
    play(async {
        let broker = broker().await;
        let client = client(Meddling::with::<metadata::Request>(straight(&broker), |answer| {
            let edited = answer.edit::<metadata::Request>(|it| {
                let topics = it.topics.iter_mut();
                topics.flat_map(|topic| &mut topic.partitions).for_each(|it| it.leader_id = 42);
            });
            edited.unwrap()
        }));
        assert_eq!(topics(&client).await.unwrap(), [TOPIC]);
        let listed = client.list_offsets(&[(TOPIC.into(), 0)], OffsetAt::Last).await.remove(0);
        let errors = [
            write(&client, "lost").await.unwrap_err(),
            read(&client).await.unwrap_err(),
            listed.unwrap_err(),
        ];
        for error in errors {
            let told = told(&error);
            assert!(told.contains("broker 42 is not (or no longer) part of the cluster"), "{told}");
        }
        assert_eq!(broker.log_end(TOPIC, 0), Some(1));
    });
}
