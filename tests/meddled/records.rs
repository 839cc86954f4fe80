//! Records that are damaged, or more than they seem.

use crate::scene::{TOPIC, alone, broker, client, expect, measured, play, straight};
use bytes::Bytes;
use ottla::{
    Client, Compression, Error, ErrorKind, Message, Reader, Start, Writer, protocol::fetch,
    record::BatchBuilder,
};
use ottla_broker::Broker;
use ottla_tests::meddling::Meddling;
use std::time::Duration;

/// A client that finds `records` in the log instead of what is there.
fn client_of(broker: &Broker, edit: impl Fn(&mut Bytes) + Send + Sync + 'static) -> Client {
    client(Meddling::with::<fetch::Request>(straight(broker), move |answer| {
        let edited = answer.edit::<fetch::Request>(|response| {
            let topics = response.responses.iter_mut();
            for partition in topics.flat_map(|topic| &mut topic.partitions) {
                if let Some(records) = partition.records.as_mut().filter(|records| !records.is_empty()) {
                    edit(records);
                }
            }
        });
        edited.unwrap()
    }))
}

fn reader(client: &Client) -> Reader {
    let reader = Reader::builder(client).topic(TOPIC).partition(0).max_decompressed_bytes(1 << 20);
    reader.max_wait(Duration::from_millis(50)).build().unwrap()
}

#[test]
fn a_bit_that_fell_over() {
    play(async {
        let broker = broker().await;
        let plain = client(straight(&broker));
        let writer = Writer::builder(&plain).topic(TOPIC).build().unwrap();
        writer.write([Message::new("second")]).await.unwrap();
        // From the checksum on, every bit counts. The first batch only.
        for at in 17..60 {
            for bit in 0..8 {
                let client = client_of(&broker, move |records| {
                    let mut damaged = records.to_vec();
                    if damaged[7] == 0 {
                        damaged[at] ^= 1 << bit;
                    }
                    *records = damaged.into();
                });
                let reader = reader(&client);
                // Sizes and counts below zero are told even before the checksum is.
                let negative = bit == 7 && (at == 23 || at == 57);
                let words = [if negative { "malformed" } else { "checksum" }, "partition 0"];
                expect(reader.read().await, ErrorKind::Malformed, &words);
                // It says so as often as it is asked, until it is told to go on behind it.
                expect(reader.read().await, ErrorKind::Malformed, &words);
                reader.seek(TOPIC, 0, Start::Offset(1)).unwrap();
                assert_eq!(reader.read().await.unwrap().value.unwrap(), "second");
                reader.close().await;
                client.close().await;
            }
        }
    });
}

#[test]
fn a_damaged_partition_holds_up_no_other() {
    play(async {
        let broker = broker().await;
        broker.create_topic("two", 2).unwrap();
        let plain = client(straight(&broker));
        let writer = Writer::builder(&plain).topic("two").build().unwrap();
        writer.write([Message::new("bad").with_partition(0)]).await.unwrap();
        for value in ["one", "two", "three"] {
            writer.write([Message::new(value).with_partition(1)]).await.unwrap();
        }
        let client = client_of(&broker, |records| {
            let mut damaged = records.to_vec();
            let last = damaged.len() - 1;
            if damaged.windows(3).any(|bytes| bytes == b"bad") {
                damaged[last] ^= 1;
            }
            *records = damaged.into();
        });
        let reader = Reader::builder(&client).topic("two").max_wait(Duration::from_millis(50));
        let reader = reader.build().unwrap();
        let (mut values, mut told) = (Vec::new(), 0);
        while values.len() < 3 && told < 100 {
            match reader.read().await {
                Ok(message) => values.push(message.value.unwrap()),
                Err(error) => {
                    told += 1;
                    expect(Err::<(), _>(error), ErrorKind::Malformed, &["checksum", "partition 0"]);
                }
            }
        }
        assert_eq!(values, ["one", "two", "three"]);
        // With nothing else to give, it still says so.
        expect(reader.read().await, ErrorKind::Malformed, &["checksum", "partition 0"]);
    });
}

/// 12 MB of nothing, in a batch of less than a megabyte.
fn bomb(codec: Compression) -> Bytes {
    let mut batch = BatchBuilder::new(1024);
    batch.push(None, Some(&vec![0; 12 << 20]), &[], 0).unwrap();
    batch.seal().compress(codec, None).unwrap().stamp(-1, -1, -1)
}

#[test]
fn bombs() {
    let alone = alone();
    for codec in [Compression::Gzip, Compression::Snappy, Compression::Lz4, Compression::Zstd] {
        let bomb = bomb(codec);
        assert!(bomb.len() < 1 << 20, "{codec}: {} bytes", bomb.len());
        let used = measured(&alone, async {
            let broker = broker().await;
            let client = client_of(&broker, move |records| *records = bomb.clone());
            let reader = reader(&client);
            for _ in 0..2 {
                let outcome: Result<Message, Error> = reader.read().await;
                expect(outcome, ErrorKind::TooLarge, &["more than 1048576 bytes", "raise the limit"]);
            }
        });
        assert!(used < 6 << 20, "{codec}: {used} bytes");
    }
}

#[test]
fn a_codec_of_the_future() {
    play(async {
        let broker = broker().await;
        let client = client_of(&broker, |records| {
            let mut changed = records.to_vec();
            changed[22] |= 7;
            let crc = ottla_crc(&changed[21..]);
            changed[17..21].copy_from_slice(&crc.to_be_bytes());
            *records = changed.into();
        });
        expect(reader(&client).read().await, ErrorKind::Malformed, &["codec 7 is not known"]);
    });
}

/// CRC-32C, bit by bit.
fn ottla_crc(bytes: &[u8]) -> u32 {
    let step = |crc: u32, byte: &u8| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| crc >> 1 ^ if crc & 1 == 1 { 0x82f6_3b78 } else { 0 })
    };
    !bytes.iter().fold(!0, step)
}
