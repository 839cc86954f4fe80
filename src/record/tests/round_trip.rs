//! What is written is what is read.

use super::*;

const CODECS: [Compression; 5] = Compression::ALL;

#[test]
fn batches_of_format_2() {
    for (seed, codec) in CODECS.into_iter().enumerate() {
        for count in [1, 2, 3, 17, 500] {
            let records = Random::new(seed as u64 * 1000 + count as u64).records(count, true);
            let mut batch = batch_of(&records).compress(codec, None).unwrap();
            let bytes = batch.stamp(7, 3, 11);
            for step in [1, 3, 100, usize::MAX] {
                assert_eq!(decode(&bytes, step, options()).unwrap(), records, "{codec}, {count}, {step}");
            }
            let header = BatchHeader::parse(&bytes).unwrap().unwrap();
            assert_eq!(header.size(), bytes.len());
            assert_eq!((header.producer_id, header.producer_epoch, header.base_sequence), (7, 3, 11));
            assert_eq!(header.count as usize, count);
            assert_eq!(header.last_offset(), count as i64 - 1);
            assert_eq!(header.max_timestamp, records.iter().map(|record| record.timestamp).max().unwrap());
            assert_eq!(check_crc(&bytes), Ok(()));
        }
    }
}

#[test]
fn message_sets() {
    for magic in [0, 1] {
        for codec in [Compression::None, Compression::Gzip, Compression::Snappy, Compression::Lz4] {
            for count in [1, 3, 300] {
                let mut records = Random::new(count as u64).records(count, false);
                let set = batch_of(&records).to_message_set(magic, codec).unwrap();
                if magic == 0 {
                    records.iter_mut().for_each(|record| record.timestamp = -1);
                }
                for step in [1, 7, usize::MAX] {
                    assert_eq!(decode(&set, step, options()).unwrap(), records, "{magic}, {codec}, {count}");
                }
            }
        }
    }
}
