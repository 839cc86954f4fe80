//! Logs with gaps, as compaction leaves them.

use bytes::{BufMut, Bytes};
use ottla::{Client, Message, Reader, Start, protocol::fetch, record::BatchHeader};
use ottla_tests::meddling::Meddling;

use crate::scene::{LIMIT, Scene, TOPIC, play, text};

const MESSAGES: i64 = 40;
const A_BATCH: i64 = 5;

/// Whether compaction has left a record.
fn is_kept(offset: i64) -> bool {
    // All of the first batch went, and of each other all but a few; of the seventh the last one too.
    offset >= A_BATCH && offset % 3 == 0 && offset != 34
}

/// The batch as compaction leaves it: without some records, with the range of offsets that it had.
fn compacted(header: &BatchHeader, batch: &Bytes) -> Vec<u8> {
    let base = header.base_offset;
    let kept: Vec<i64> = (base..base + i64::from(header.count)).filter(|offset| is_kept(*offset)).collect();
    let mut left = batch[..BatchHeader::SIZE].to_vec();
    for offset in &kept {
        let value = offset.to_string();
        let mut record = vec![0, 0];
        // Small numbers all, of one byte: twice the number.
        record.put_u8(2 * (offset - base) as u8);
        record.put_u8(1);
        record.put_u8(2 * value.len() as u8);
        record.put_slice(value.as_bytes());
        record.put_u8(0);
        left.put_u8(2 * record.len() as u8);
        left.put_slice(&record);
    }
    let (length, count) = (left.len() as i32 - 12, kept.len() as i32);
    left[8..12].copy_from_slice(&length.to_be_bytes());
    left[57..61].copy_from_slice(&count.to_be_bytes());
    let crc = crc32c(&left[21..]);
    left[17..21].copy_from_slice(&crc.to_be_bytes());
    left
}

/// CRC-32C, bit by bit.
fn crc32c(bytes: &[u8]) -> u32 {
    let step = |crc: u32, byte: &u8| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| crc >> 1 ^ if crc & 1 == 1 { 0x82f6_3b78 } else { 0 })
    };
    !bytes.iter().fold(!0, step)
}

/// A client that finds the log compacted. `whole` says whether a batch without records stays, as brokers keep the last
/// of a producer, or is not there at all.
fn client(scene: &Scene, whole: bool) -> Client {
    let meddling = Meddling::with::<fetch::Request>(scene.broker.transport(), move |answer| {
        let edited = answer.edit::<fetch::Request>(|response| {
            for partition in response.responses.iter_mut().flat_map(|topic| &mut topic.partitions) {
                let Some(records) = &mut partition.records else { continue };
                let batches = ottla::record::batches(records).map(Result::unwrap);
                let left = batches.flat_map(|(header, batch)| {
                    let batch = compacted(&header, &batch);
                    if whole || batch.len() > BatchHeader::SIZE { batch } else { Vec::new() }
                });
                *records = left.collect::<Vec<u8>>().into();
            }
        });
        edited.unwrap()
    });
    Client::builder().transport(meddling).build().unwrap()
}

/// `TestReaderReadCompactedMessage`: it is readable to its end, from anywhere, in answers of any size.
#[test]
fn test_reader_read_compacted_message() {
    play(async |scene| {
        scene.topic(1);
        let writer = scene.writer().batch_records(A_BATCH as u32).build().unwrap();
        writer.write((0..MESSAGES).map(|number| Message::new(number.to_string()))).await.unwrap();
        writer.close(LIMIT).await.unwrap();
        assert_eq!(scene.batches(TOPIC, 0).await.len() as i64, MESSAGES / A_BATCH);

        let client = client(scene, true);
        for bytes in [1, 200, 1 << 20] {
            for start in 0..=MESSAGES {
                let reader = Reader::builder(&client).topic(TOPIC).start(Start::Offset(start));
                let reader = reader.partition_bytes(bytes).build().unwrap();
                for offset in (start..MESSAGES).filter(|offset| is_kept(*offset)) {
                    let message = reader.read().await.unwrap();
                    assert_eq!((message.offset, text(&message)), (offset, offset.to_string()));
                }
                while reader.lag(TOPIC, 0).ok().flatten() != Some(0) {
                    assert!(tokio::time::timeout(LIMIT / 3600, reader.read()).await.is_err(), "nothing more");
                }
                assert_eq!(reader.offset(TOPIC, 0).unwrap(), Some(MESSAGES));
                reader.close().await;
            }
        }
        client.close().await;
    });
}
