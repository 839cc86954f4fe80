//! What a Writer may be set to.

use ottla::{Acks, Client, Compression, Error, ErrorKind, Writer};

use crate::scene::play;

#[track_caller]
fn refused<T>(built: Result<T, Error>, words: &str) {
    let Err(error) = built else { panic!("it is taken") };
    assert_eq!((error.kind(), error.is_not_sent()), (ErrorKind::Misuse, true), "{error}");
    assert!(error.to_string().contains(words), "{words:?} is not in: {error}");
}

/// `TestValidateWriter`. What is wrong is an error and no panic.
#[test]
fn test_validate_writer() {
    play(async |scene| {
        let builder = || Client::builder().transport(scene.broker.transport());
        refused(Client::builder().build(), "name at least one broker");
        for brokers in ["broker1", "broker1,broker2"] {
            let client = builder().bootstrap(brokers).build().unwrap();
            Writer::builder(&client).build().unwrap();
            Writer::builder(&client).topic("topic1").build().unwrap();
        }
        let writer = || Writer::builder(&scene.client);
        refused(writer().topic("").build(), "the topic of a Writer must not be empty");
        refused(writer().batch_bytes(0).build(), "batch_bytes must be more than 0");
        refused(writer().batch_records(0).build(), "batch_records must be more than 0");
        refused(writer().buffer_bytes(0).build(), "buffer_bytes must be more than 0");
        refused(writer().acks(Acks::One).idempotent(true).build(), "set Acks::All");
    });
}

/// `TestRequiredAcks`, and the same for codecs: they come back from the text that they are shown as.
#[test]
fn test_required_acks() {
    for (text, acks) in [("none", Acks::None), ("one", Acks::One), ("all", Acks::All)] {
        assert_eq!((acks.to_string().as_str(), text.parse::<Acks>().unwrap()), (text, acks));
    }
    for (number, acks) in [("0", Acks::None), ("1", Acks::One), ("-1", Acks::All)] {
        assert_eq!(number.parse::<Acks>().unwrap(), acks);
    }
    let error = "two".parse::<Acks>().unwrap_err();
    assert_eq!(error.to_string(), "acks must be none, one or all, not \"two\"");
    for codec in Compression::ALL {
        assert_eq!(codec.to_string().parse::<Compression>().unwrap(), codec);
    }
    // There `uncompressed` is what `none` is here, and both are read.
    assert_eq!(Compression::None.to_string(), "none");
}
