//! Answers that break off, stand still, or lie about their lengths.

use crate::scene::{
    alone, broker, client, expect, in_time, measured, play, read, straight, told, topics, write,
};
use bytes::Bytes;
use ottla::{
    Client, Error, ErrorKind,
    protocol::{Request, api_versions, fetch, list_offsets, metadata, produce},
};
use ottla_broker::Broker;
use ottla_tests::meddling::{Answer, Meddling, Reply, with_length};
use std::sync::{
    Arc, Mutex,
    atomic::{AtomicUsize, Ordering},
};

/// A request, and what makes the client send it.
#[derive(Clone, Copy, Debug)]
struct Asking {
    key: i16,
    name: &'static str,
    by: By,
}

#[derive(Clone, Copy, Debug)]
enum By {
    Topics,
    Write,
    Read,
}

const ALL: [Asking; 5] = [
    Asking { key: api_versions::Request::KEY, name: api_versions::Request::NAME, by: By::Topics },
    Asking { key: metadata::Request::KEY, name: metadata::Request::NAME, by: By::Topics },
    Asking { key: produce::Request::KEY, name: produce::Request::NAME, by: By::Write },
    Asking { key: list_offsets::Request::KEY, name: list_offsets::Request::NAME, by: By::Read },
    Asking { key: fetch::Request::KEY, name: fetch::Request::NAME, by: By::Read },
];

impl Asking {
    /// What comes of it when `script` meddles with the answers.
    async fn go(
        self,
        broker: &Broker,
        script: impl Fn(&Answer) -> Reply + Send + Sync + 'static,
    ) -> Result<(), Error> {
        let key = self.key;
        let meddling =
            Meddling::new(
                straight(broker),
                move |answer| {
                    if answer.key == key { script(answer) } else { Reply::Pass }
                },
            );
        let client: Client = client(meddling);
        let outcome = in_time(async {
            match self.by {
                By::Topics => topics(&client).await.map(|topics| assert_eq!(topics, ["topic"])),
                By::Write => write(&client, "next").await.map(|offset| assert!(offset.is_some())),
                By::Read => read(&client).await.map(|value| assert_eq!(value, "first")),
            }
        });
        let outcome = outcome.await;
        client.close().await;
        outcome
    }

    /// An answer, as the broker gives it.
    async fn answer(self, broker: &Broker) -> Answer {
        let seen = Arc::new(Mutex::new(None));
        let keep = Arc::clone(&seen);
        let script = move |answer: &Answer| {
            keep.lock().unwrap().get_or_insert_with(|| answer.clone());
            Reply::Pass
        };
        self.go(broker, script).await.unwrap();
        let answer = seen.lock().unwrap().take();
        answer.unwrap()
    }
}

/// A script for the first answer only.
fn once(
    script: impl Fn(&Answer) -> Reply + Send + Sync + 'static,
) -> impl Fn(&Answer) -> Reply + Send + Sync {
    let answers = AtomicUsize::new(0);
    move |answer| if answers.fetch_add(1, Ordering::Relaxed) == 0 { script(answer) } else { Reply::Pass }
}

#[test]
fn a_broker_that_stops_in_the_middle_of_an_answer() {
    play(async {
        for asking in ALL {
            let broker = broker().await;
            let outcome = asking
                .go(&broker, |answer| Reply::ThenSilence(answer.bytes().slice(..answer.frame.len() / 2)))
                .await;
            expect(outcome, ErrorKind::Timeout, &["did not answer", asking.name, "within"]);
        }
    });
}

#[test]
fn a_connection_that_ends_after_every_byte_of_an_answer() {
    play(async {
        for asking in ALL {
            let broker = broker().await;
            let whole = asking.answer(&broker).await.bytes().len();
            for cut in 0..whole {
                let script = move |answer: &Answer| Reply::ThenEnd(answer.bytes().slice(..cut));
                let outcome = asking.go(&broker, once(script)).await;
                assert!(outcome.is_ok(), "{asking:?} cut once at {cut}: {outcome:?}");
            }
            if let By::Write = asking.by {
                // The first record, that of the answer above, and one a cut: none of them twice.
                assert_eq!(broker.log_end("topic", 0), Some(2 + i64::try_from(whole).unwrap()));
            }
            let middle = whole / 2;
            let script = move |answer: &Answer| Reply::ThenEnd(answer.bytes().slice(..middle));
            let error = asking.go(&broker, script).await.unwrap_err();
            let told = told(&error);
            assert!(told.contains("in the middle of an answer"), "{asking:?}: {told}");
        }
    });
}

#[test]
fn an_answer_that_lacks_its_end() {
    play(async {
        for asking in ALL {
            let broker = broker().await;
            let whole = asking.answer(&broker).await.frame.len();
            for cut in 0..whole {
                let script = move |answer: &Answer| {
                    Reply::Frame(answer.frame.slice(..cut.min(answer.frame.len() - 1)))
                };
                let error = asking.go(&broker, script).await.unwrap_err();
                let told = told(&error);
                let words = ["cannot be read", "too short for an answer"];
                assert!(words.iter().any(|word| told.contains(word)), "{asking:?} without {cut}..: {told}");
            }
        }
    });
}

#[test]
fn lengths_of_frames_that_lie() {
    let lies = [
        (i32::MAX, ErrorKind::TooLarge, ["2147483647 bytes is over the limit", "raise max_response_bytes"]),
        (-5, ErrorKind::Malformed, ["not a Kafka broker", "negative length"]),
        (i32::MIN, ErrorKind::Malformed, ["not a Kafka broker", "negative length"]),
    ];
    let used = measured(&alone(), async {
        let broker = broker().await;
        for asking in [ALL[0], ALL[1]] {
            for (lie, kind, words) in lies {
                let script = move |answer: &Answer| {
                    Reply::ThenSilence([&lie.to_be_bytes()[..], &answer.frame].concat().into())
                };
                expect(asking.go(&broker, script).await, kind, &words);
            }
        }
        for asking in [ALL[2], ALL[3], ALL[4]] {
            for (lie, _, words) in lies {
                let script = move |answer: &Answer| {
                    Reply::ThenSilence([&lie.to_be_bytes()[..], &answer.frame].concat().into())
                };
                let told = told(&asking.go(&broker, script).await.unwrap_err());
                assert!(words.iter().all(|word| told.contains(word)), "{asking:?} {lie}: {told}");
            }
        }
    });
    assert!(used < 4 << 20, "{used} bytes");
}

/// Within the limit, but more than what follows: nothing is set aside before it comes.
#[test]
fn a_length_of_100_mb_and_then_nothing() {
    let used = measured(&alone(), async {
        for asking in ALL {
            let broker = broker().await;
            let script =
                |_: &Answer| Reply::ThenSilence([&100_000_000_i32.to_be_bytes()[..], b"abc"].concat().into());
            expect(asking.go(&broker, script).await, ErrorKind::Timeout, &["did not answer"]);
        }
    });
    assert!(used < 8 << 20, "{used} bytes");
}

#[test]
fn lengths_and_counts_within_answers_that_lie() {
    // 2 GB, −5, 16 million; and as varints 2 GB and 2 million: counts beyond any frame.
    let lies: [&[u8]; 5] = [
        &[0x7f, 0xff, 0xff, 0xff],
        &[0xff, 0xff, 0xff, 0xfb],
        &[1, 0, 0, 0],
        &[0xff, 0xff, 0xff, 0xff, 0x07],
        &[0x80, 0x80, 0x80, 0x01],
    ];
    let used = measured(&alone(), async {
        for asking in ALL {
            let broker = broker().await;
            let whole = asking.answer(&broker).await.frame.len();
            for at in 4..whole {
                for lie in lies {
                    let script = move |answer: &Answer| {
                        let mut wrong = answer.frame.to_vec();
                        let end = wrong.len().min(at + lie.len());
                        wrong.splice(at.min(end)..end, lie.iter().copied());
                        Reply::Frame(wrong.into())
                    };
                    lied_to(asking, &broker, script, at).await;
                }
            }
        }
    });
    assert!(used < 16 << 20, "{used} bytes");
}

/// A field may be changed to something that can be believed; but there is an outcome, and the broker then
/// answers as before.
async fn lied_to(
    asking: Asking,
    broker: &Broker,
    script: impl Fn(&Answer) -> Reply + Send + Sync + 'static,
    at: usize,
) {
    let key = asking.key;
    let meddling =
        Meddling::new(
            straight(broker),
            move |answer| {
                if answer.key == key { script(answer) } else { Reply::Pass }
            },
        );
    let client = client(meddling);
    let outcome = match asking.by {
        By::Topics => in_time(topics(&client)).await.map(drop),
        By::Write => in_time(write(&client, "next")).await.map(drop),
        // A lie may make the log look empty: then the reader waits, as it should.
        By::Read => {
            let limit = std::time::Duration::from_secs(4);
            tokio::time::timeout(limit, read(&client)).await.unwrap_or(Ok(Bytes::new())).map(drop)
        }
    };
    if let Err(error) = outcome {
        assert!(error.kind() != ErrorKind::Misuse, "{asking:?} at {at}: {}", told(&error));
    }
    client.close().await;
}

#[test]
fn the_answer_to_another_question() {
    play(async {
        for asking in ALL {
            let broker = broker().await;
            let script = |answer: &Answer| {
                let mut other = answer.frame.to_vec();
                other[3] ^= 0x40;
                Reply::Frame(other.into())
            };
            let told = told(&asking.go(&broker, script).await.unwrap_err());
            assert!(told.contains("correlation id is not the expected one"), "{asking:?}: {told}");
        }
    });
}

#[test]
fn an_answer_that_nobody_asked_for() {
    play(async {
        for asking in ALL {
            let broker = broker().await;
            // The answer is good; what follows it ends the connection, and the next one is as good.
            let twice = |answer: &Answer| {
                Reply::ThenSilence([with_length(&answer.frame), with_length(&answer.frame)].concat().into())
            };
            let outcome = asking.go(&broker, twice).await;
            if let Err(error) = outcome {
                let told = told(&error);
                assert!(told.contains("not asked") || told.contains("out of turn"), "{asking:?}: {told}");
            }
        }
    });
}

/// The connection that carried it is given up, the client is not.
#[test]
fn after_an_answer_that_nobody_asked_for() {
    play(async {
        let broker = broker().await;
        for key in [metadata::Request::KEY, api_versions::Request::KEY] {
            let twice = once(|answer: &Answer| {
                Reply::ThenSilence([with_length(&answer.frame), with_length(&answer.frame)].concat().into())
            });
            let script = move |answer: &Answer| if answer.key == key { twice(answer) } else { Reply::Pass };
            let client = client(Meddling::new(straight(&broker), script));
            if let Err(error) = in_time(topics(&client)).await {
                let told = told(&error);
                assert!(told.contains("not asked") || told.contains("out of turn"), "{told}");
            }
            assert_eq!(in_time(topics(&client)).await.unwrap(), ["topic"]);
        }
    });
}
