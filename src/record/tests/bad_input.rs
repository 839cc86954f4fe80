//! Bytes that are cut, damaged, or lie about their size.

use super::*;

/// A small set of every format with every codec.
fn sets() -> Vec<(String, Bytes)> {
    let mut sets = Vec::new();
    for codec in Compression::ALL {
        let records = Random::new(42).records(4, true);
        let mut batch = batch_of(&records).compress(codec, None).unwrap();
        sets.push((format!("2 {codec}"), batch.stamp(1, 2, 3)));
        let records = Random::new(42).records(4, false);
        for magic in [0, 1] {
            if codec != Compression::Zstd {
                let set = batch_of(&records).to_message_set(magic, codec).unwrap();
                sets.push((format!("{magic} {codec}"), set));
            }
        }
    }
    sets
}

#[test]
fn a_set_that_is_cut_gives_a_prefix_and_no_error() {
    for (name, set) in sets() {
        let whole = decode(&set, usize::MAX, options()).unwrap();
        for cut in 0..set.len() {
            let part = set.slice(..cut);
            let decoded = decode(&part, 5, options()).unwrap();
            assert!(whole.starts_with(&decoded) && decoded.len() < whole.len(), "{name} cut at {cut}");
            let scanned = scan(&part).unwrap();
            assert_eq!(scanned.partial.is_some(), scanned.bytes < cut);
        }
    }
}

#[test]
fn every_bit_is_under_the_crc_or_harmless() {
    for (name, set) in sets() {
        let options = || DecodeOptions { from_offset: i64::MIN, ..options() };
        let whole = decode(&set, usize::MAX, options()).unwrap();
        for at in 0..set.len() {
            for bit in 0..8 {
                let mut damaged = set.to_vec();
                damaged[at] ^= 1 << bit;
                let set = Bytes::from(damaged);
                let _ = scan(&set);
                match decode(&set, usize::MAX, options()) {
                    // Offsets and leader epochs are not under the CRC; lengths cut the set, or make a batch partial.
                    Ok(decoded) => {
                        let plain = |records: &[OwnedRecord]| -> Vec<_> {
                            records.iter().map(|record| (record.key.clone(), record.value.clone())).collect()
                        };
                        assert!(plain(&whole).starts_with(&plain(&decoded)), "{name}, byte {at}");
                    }
                    Err(RecordError::Crc { stored, computed, .. }) => assert_ne!(stored, computed),
                    Err(
                        RecordError::Malformed(_)
                        | RecordError::UnsupportedMagic(_)
                        | RecordError::UnknownCodec(_),
                    ) => {}
                    Err(other) => panic!("{name}, byte {at}: {other}"),
                }
            }
        }
    }
}

/// The batch with whatever `change` does to it, and the CRC that belongs to that.
fn resealed(batch: &Bytes, change: impl FnOnce(&mut Vec<u8>)) -> Bytes {
    let mut batch = batch.to_vec();
    change(&mut batch);
    let length = (batch.len() - 12) as i32;
    batch[8..12].copy_from_slice(&length.to_be_bytes());
    let crc = crc::crc32c(&batch[21..]);
    batch[17..21].copy_from_slice(&crc.to_be_bytes());
    batch.into()
}

#[test]
fn damage_under_a_right_crc_is_an_error_or_harmless() {
    let mut random = Random::new(7);
    for codec in Compression::ALL {
        let records = Random::new(42).records(4, true);
        let batch = batch_of(&records).compress(codec, None).unwrap().stamp(1, 2, 3);
        for at in 21..batch.len() {
            for _ in 0..4 {
                let value = random.next() as u8;
                let batch = resealed(&batch, |batch| batch[at] = value);
                if let Ok(decoded) = decode(&batch, usize::MAX, options()) {
                    assert!(decoded.len() <= batch.len().max(LIMIT) / 7);
                }
            }
        }
        for cut in 61..batch.len() {
            let batch = resealed(&batch, |batch| batch.truncate(cut));
            assert!(decode(&batch, usize::MAX, options()).is_err(), "{codec} cut at {cut}");
        }
    }
}

#[test]
fn counts_and_lengths_that_lie() {
    let batch = batch_of(&Random::new(1).records(3, true)).stamp(-1, -1, -1);
    for count in [-1, 0, 2, 4, i32::MAX, i32::MIN] {
        let lying = resealed(&batch, |batch| batch[57..61].copy_from_slice(&count.to_be_bytes()));
        let error = decode(&lying, usize::MAX, options());
        assert!(matches!(error, Err(RecordError::Malformed(_))), "{count}: {error:?}");
    }
    for length in [-5, -1, 0, 13, i32::MIN] {
        let mut lying = batch.to_vec();
        lying[8..12].copy_from_slice(&i32::to_be_bytes(length));
        let lying = Bytes::from(lying);
        assert!(matches!(decode(&lying, 1, options()), Err(RecordError::Malformed(_))), "{length}");
        assert!(matches!(scan(&lying), Err(RecordError::Malformed(_))), "{length}");
    }
    let mut huge = batch.to_vec();
    huge[8..12].copy_from_slice(&i32::MAX.to_be_bytes());
    let scanned = scan(&Bytes::from(huge)).unwrap();
    assert!(scanned.is_only_partial());
    assert_eq!(scanned.partial, Some(i32::MAX as usize + 12));
}

#[test]
fn fields_that_lie() {
    // Length, attributes, timestamp, offset, key length, value length, headers.
    let bad: [&[u8]; 9] = [
        &[0x0c, 0, 0, 0, 0x03, 0x01, 0],
        &[0x0c, 0, 0, 0, 0x7e, 0x01, 0],
        &[0x0c, 0, 0, 0, 0x01, 0x02, 0],
        &[0x0c, 0, 0, 0x01, 0x01, 0x01, 0],
        &[0x0c, 0, 0, 0, 0x01, 0x01, 0x01],
        &[0x0c, 0, 0, 0, 0x01, 0x01, 0x7e],
        &[0x01, 0, 0, 0, 0x01, 0x01, 0],
        &[0xff, 0xff, 0xff, 0xff, 0x0f, 0, 0, 0, 1, 1, 0],
        &[0x10, 0, 0, 0, 0x01, 0x01, 0x02, 0x01, 0x01],
    ];
    let mut empty = BatchBuilder::new(0);
    empty.push(None, None, &[], 0).unwrap();
    let good = empty.seal().stamp(-1, -1, -1);
    assert_eq!(good[61..], [0x0c, 0, 0, 0, 0x01, 0x01, 0]);
    for bytes in bad {
        let lying = resealed(&good, |batch| {
            batch.truncate(61);
            batch.extend_from_slice(bytes);
        });
        let outcome = decode(&lying, 1, options());
        assert!(matches!(outcome, Err(RecordError::Malformed(_))), "{bytes:?}: {outcome:?}");
    }
}

#[test]
fn records_before_the_damage_come_first_and_the_error_stays() {
    let good = batch_of(&Random::new(1).records(3, false)).stamp(-1, -1, -1);
    let mut bad = good.to_vec();
    BatchMut::new(&mut bad).unwrap().set_base_offset(3);
    *bad.last_mut().unwrap() ^= 1;
    let mut records = RecordSet::new([good, bad.into()].concat().into(), options());
    assert_eq!(records.next_records(usize::MAX).unwrap().unwrap().len(), 3);
    assert_eq!(records.next_offset(), 3);
    let error = records.next_records(usize::MAX).unwrap_err();
    assert!(matches!(error, RecordError::Crc { offset: 3, .. }), "{error}");
    assert_eq!(records.next_records(usize::MAX).unwrap_err(), error);
    assert_eq!(records.next_offset(), 3);
}

#[test]
fn a_bomb_of_each_codec_stops_at_the_limit() {
    let zeros = vec![0; 4 << 20];
    for codec in [Compression::Gzip, Compression::Snappy, Compression::Lz4, Compression::Zstd] {
        let packed = codec.compress(&zeros, None).unwrap();
        assert!(packed.len() < zeros.len() / 15, "{codec}: {}", packed.len());
        assert_eq!(codec.decompress(&packed, LIMIT), Err(RecordError::TooLarge { limit: LIMIT }), "{codec}");
        assert_eq!(codec.decompress(&packed, 0), Err(RecordError::TooLarge { limit: 0 }), "{codec}");
        assert!(codec.decompress(&packed, zeros.len()).unwrap() == zeros, "{codec}");

        let mut batch = BatchBuilder::new(0);
        batch.push(None, Some(&zeros), &[], 0).unwrap();
        let batch = batch.seal().compress(codec, None).unwrap().stamp(-1, -1, -1);
        let outcome = decode(&batch, 1, options());
        assert_eq!(outcome, Err(RecordError::TooLarge { limit: LIMIT }), "{codec}");
    }
}

#[test]
fn streams_that_are_cut_or_damaged() {
    let text = Random::new(3).records(12, false);
    let text: Vec<u8> = text.iter().flat_map(|record| record.value.clone().unwrap_or_default()).collect();
    let mut random = Random::new(4);
    for codec in [Compression::Gzip, Compression::Snappy, Compression::Lz4, Compression::Zstd] {
        let packed = codec.compress(&text, None).unwrap();
        for cut in 1..packed.len() {
            let outcome = codec.decompress(&packed[..cut], LIMIT);
            // Only between the blocks of Snappy's framing an end is as good as another.
            let whole = |out: &Vec<u8>| codec == Compression::Snappy && text.starts_with(out);
            assert!(outcome.as_ref().map_or(true, whole), "{codec} cut at {cut}");
        }
        for _ in 0..500 {
            let mut damaged = packed.clone();
            for _ in 0..=random.below(3) {
                let at = random.below(damaged.len() as u64) as usize;
                damaged[at] = random.next() as u8;
            }
            if let Ok(out) = codec.decompress(&damaged, LIMIT) {
                assert!(out.len() <= LIMIT);
            }
        }
    }
}
