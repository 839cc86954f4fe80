//! Stored batches for old clients, and old clients' messages for the log.

use super::*;

const OLD_CODECS: [Compression; 4] =
    [Compression::None, Compression::Gzip, Compression::Snappy, Compression::Lz4];

fn without_headers(mut records: Vec<OwnedRecord>, magic: i8) -> Vec<OwnedRecord> {
    for record in &mut records {
        record.headers.clear();
        if magic == 0 {
            record.timestamp = -1;
        }
    }
    records
}

#[test]
fn down_keeps_offsets_timestamps_and_the_codec() {
    for magic in [0, 1] {
        for codec in OLD_CODECS {
            let mut log = Vec::new();
            let mut expected = Vec::new();
            for (part, base) in [5i64, 40, 1 << 40].into_iter().enumerate() {
                let mut records = Random::new(part as u64).records(30, true);
                let mut batch = batch_of(&records).compress(codec, None).unwrap().stamp(-1, -1, -1).to_vec();
                BatchMut::new(&mut batch).unwrap().set_base_offset(base);
                log.extend_from_slice(&batch);
                records.iter_mut().for_each(|record| record.offset += base);
                expected.extend(without_headers(records, magic));
            }
            log.extend_from_slice(&ControlMarker::Commit.encode(1, 0, 0));
            log.extend_from_slice(&ControlMarker::Commit.encode(1, 0, 0)[..70]);
            let set = down_convert(&log.into(), magic, LIMIT).unwrap();
            assert_eq!(decode(&set, 8, options()).unwrap(), expected, "{magic} {codec}");
            for batch in batches(&set) {
                let (header, _) = batch.unwrap();
                assert_eq!((header.magic, header.compression()), (magic, Ok(codec)));
            }
            assert_eq!(down_convert(&set, 1, LIMIT).unwrap(), set);
        }
    }
}

#[test]
fn down_keeps_the_time_of_the_append() {
    for codec in OLD_CODECS {
        let records = Random::new(9).records(5, false);
        let mut batch = batch_of(&records).compress(codec, None).unwrap().stamp(-1, -1, -1).to_vec();
        BatchMut::new(&mut batch).unwrap().set_log_append_time(777);
        assert_eq!(check_crc(&batch), Ok(()));
        let set = down_convert(&batch.into(), 1, LIMIT).unwrap();
        let header = BatchHeader::parse(&set).unwrap().unwrap();
        assert!(header.is_log_append_time());
        assert!(decode(&set, 99, options()).unwrap().iter().all(|record| record.timestamp == 777), "{codec}");
    }
}

#[test]
fn down_refuses_zstd() {
    let batch = batch_of(&Random::new(9).records(50, false))
        .compress(Compression::Zstd, None)
        .unwrap()
        .stamp(-1, -1, -1);
    let error = down_convert(&batch, 1, LIMIT);
    assert_eq!(error, Err(RecordError::CodecFormat { codec: Compression::Zstd, magic: 1 }));
}

#[test]
fn up_makes_one_batch() {
    for magic in [0, 1] {
        for codec in OLD_CODECS {
            let records = Random::new(3).records(40, false);
            let set = batch_of(&records).to_message_set(magic, codec).unwrap();
            let batch = up_convert(&set, LIMIT).unwrap();
            let header = BatchHeader::parse(&batch).unwrap().unwrap();
            assert_eq!((header.magic, header.count, header.size()), (2, 40, batch.len()));
            assert_eq!(header.compression(), Ok(codec));
            assert_eq!(header.producer_id, -1);
            assert_eq!(decode(&batch, 99, options()).unwrap(), without_headers(records, magic));
            assert_eq!(up_convert(&batch, LIMIT).unwrap(), batch);
            let ends: Vec<_> = batches(&set)
                .scan(0, |end, batch| {
                    *end += batch.unwrap().0.size();
                    Some(*end)
                })
                .collect();
            for cut in (1..set.len()).filter(|cut| !ends.contains(cut)) {
                let part = up_convert(&set.slice(..cut), LIMIT);
                assert!(matches!(part, Err(RecordError::Malformed(_))), "{magic} {codec} cut at {cut}");
            }
        }
    }
    assert!(up_convert(&Bytes::new(), LIMIT).unwrap().is_empty());
}

#[test]
fn from_the_middle_of_a_message_set() {
    // kafka-go's TestV1BatchOffsets: offsets that a set of messages 0 to 2 gives when read from a given one.
    let records = Random::new(3).records(3, false);
    for codec in [Compression::None, Compression::Gzip] {
        let set = batch_of(&records).to_message_set(1, codec).unwrap();
        for from in 0..4 {
            let options = DecodeOptions { from_offset: from, ..options() };
            let offsets: Vec<_> =
                decode(&set, 1, options).unwrap().iter().map(|record| record.offset).collect();
            assert_eq!(offsets, (from..3).collect::<Vec<_>>());
        }
    }
}
