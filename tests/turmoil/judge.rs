//! Holds what a Writer told against what lies in the log.

/// How many keys there are; record `n` has the key `n % KEYS`.
pub(crate) const KEYS: u32 = 500;

/// What a Writer told of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Told {
    /// It is in the log: in that partition, at that offset unless the broker did not say.
    There(u16, Option<u32>),
    /// It never left.
    NotSent,
    /// Nobody knows.
    Unknown,
}

/// The records of one partition as a Reader handed them out: offset and number.
pub(crate) type Log = Vec<(u32, u32)>;

/// What is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// It was acknowledged and is not in the log.
    Lost(u32),
    /// It is there more than once.
    Twice(u32),
    /// It was told to be elsewhere.
    Elsewhere(u32),
    /// It was told never to have left.
    CameAnyway(u32),
    /// Nobody wrote it.
    Invented(u32),
    /// It stands behind a later one of its key, or in another partition than an earlier one.
    Disorder(u32),
    /// The Reader came to the second offset after the first, in this partition.
    Gap(u16, i64, u32),
}

/// All that is wrong. `told` is by number; what was acknowledged among the numbers from `kept` on must be there.
pub(crate) fn faults(told: &[Told], log: &[Log], kept: u32) -> Vec<Fault> {
    let mut faults = Vec::new();
    let mut seen = vec![false; told.len()];
    // By key: its partition, and the last number.
    let mut last: Vec<Option<(u16, u32)>> = vec![None; KEYS as usize];
    for (partition, records) in (0u16..).zip(log) {
        let mut before = -1;
        for &(offset, number) in records {
            if i64::from(offset) != before + 1 {
                faults.push(Fault::Gap(partition, before, offset));
            }
            before = i64::from(offset);
            let (Some(told), Some(seen)) = (told.get(number as usize), seen.get_mut(number as usize)) else {
                faults.push(Fault::Invented(number));
                continue;
            };
            if std::mem::replace(seen, true) {
                faults.push(Fault::Twice(number));
                continue;
            }
            match *told {
                Told::There(there, at) if there != partition || at.is_some_and(|at| at != offset) => {
                    faults.push(Fault::Elsewhere(number));
                }
                Told::NotSent => faults.push(Fault::CameAnyway(number)),
                Told::There(..) | Told::Unknown => {}
            }
            let last = &mut last[(number % KEYS) as usize];
            if last.is_some_and(|(there, last)| there != partition || last > number) {
                faults.push(Fault::Disorder(number));
            }
            *last = Some((partition, number));
        }
    }
    let unseen = (0u32..).zip(told.iter().zip(&seen)).skip(kept as usize);
    let lost = unseen.filter(|(_, (told, seen))| matches!(told, Told::There(..)) && !**seen);
    faults.extend(lost.map(|(number, _)| Fault::Lost(number)));
    faults
}

#[cfg(test)]
mod planted {
    use super::*;

    const PARTITIONS: u16 = 3;
    const RECORDS: u32 = 4 * KEYS;

    /// What a Writer and a Reader say when all is well.
    fn well() -> (Vec<Told>, Vec<Log>) {
        let mut log = vec![Log::new(); PARTITIONS as usize];
        let told = (0..RECORDS).map(|number| {
            let partition = u16::try_from(number % KEYS).unwrap() % PARTITIONS;
            let records = &mut log[partition as usize];
            let offset = u32::try_from(records.len()).unwrap();
            records.push((offset, number));
            Told::There(partition, Some(offset).filter(|_| number % 7 != 0))
        });
        (told.collect(), log)
    }

    /// Moves a partition's records up to where they would stand.
    fn renumber(records: &mut Log) {
        (0..).zip(records).for_each(|(offset, record)| record.0 = offset);
    }

    /// What the judge says of a log that was tampered with, where the Writer named no offsets.
    fn tampered(with: impl FnOnce(&mut Vec<Log>)) -> Vec<Fault> {
        let (mut told, mut log) = well();
        for told in &mut told {
            if let Told::There(_, at) = told {
                *at = None;
            }
        }
        with(&mut log);
        log.iter_mut().for_each(renumber);
        faults(&told, &log, 0)
    }

    #[test]
    fn all_is_well() {
        let (told, log) = well();
        assert_eq!(faults(&told, &log, 0), []);
        assert_eq!(tampered(|_| {}), []);
    }

    #[test]
    fn a_lost_record_is_found() {
        assert_eq!(tampered(|log| log[1].retain(|it| it.1 != 52)), [Fault::Lost(52)]);
        assert_eq!(tampered(|log| log[0].retain(|it| it.1 != 1998)), [Fault::Lost(1998)]);
    }

    #[test]
    fn a_lost_record_that_need_not_be_there_is_none() {
        let (told, mut log) = well();
        let log: Vec<Log> =
            log.drain(..).map(|log| log.into_iter().filter(|it| it.1 != 40).collect()).collect();
        assert_eq!(faults(&told, &log, 40), [Fault::Gap(1, 12, 14), Fault::Lost(40)]);
        assert_eq!(faults(&told, &log, 41), [Fault::Gap(1, 12, 14)]);
    }

    #[test]
    fn a_record_that_is_there_twice_is_found() {
        let twice = tampered(|log| {
            let record = log[2][30];
            log[2].insert(31, record);
        });
        assert_eq!(twice, [Fault::Twice(92)]);
        let later = tampered(|log| {
            let record = log[2][30];
            log[2].push(record);
        });
        assert_eq!(later, [Fault::Twice(92)]);
        let in_another_partition = tampered(|log| {
            let record = log[2][30];
            log[0].push(record);
        });
        assert_eq!(
            in_another_partition,
            [Fault::Elsewhere(92), Fault::Twice(92), Fault::Disorder(92 + KEYS)]
        );
    }

    #[test]
    fn disorder_within_a_key_is_found_and_among_keys_is_none() {
        let at = |log: &Log, number| log.iter().position(|record| record.1 == number).unwrap();
        let of_one_key = tampered(|log| {
            let (one, two) = (at(&log[1], 100), at(&log[1], 100 + KEYS));
            log[1].swap(one, two);
        });
        assert_eq!(of_one_key, [Fault::Disorder(100)]);
        let of_two_keys = tampered(|log| {
            let (one, two) = (at(&log[1], 100), at(&log[1], 103));
            log[1].swap(one, two);
        });
        assert_eq!(of_two_keys, []);
    }

    #[test]
    fn a_key_that_changes_its_partition_is_found() {
        let (mut told, mut log) = well();
        let (offset, number) = log[1].pop().unwrap();
        log[2].push((0, number));
        assert!(offset > 0);
        renumber(&mut log[2]);
        told[number as usize] = Told::There(2, None);
        assert_eq!(faults(&told, &log, 0), [Fault::Disorder(number)]);
    }

    #[test]
    fn a_wrong_place_is_found() {
        let (mut told, log) = well();
        told[99] = Told::There(0, Some(1));
        told[100] = Told::There(0, None);
        assert_eq!(faults(&told, &log, 0), [Fault::Elsewhere(99), Fault::Elsewhere(100)]);
    }

    #[test]
    fn a_record_that_never_left_must_not_come_and_an_unknown_one_may() {
        let (mut told, log) = well();
        told[5] = Told::NotSent;
        told[6] = Told::Unknown;
        assert_eq!(faults(&told, &log, 0), [Fault::CameAnyway(5)]);
        let without: Vec<Log> = log
            .into_iter()
            .map(|log| log.into_iter().filter(|it| it.1 != 5 && it.1 != 6).collect())
            .collect();
        let found = faults(&told, &without, 0);
        assert!(found.iter().all(|fault| matches!(fault, Fault::Gap(..) | Fault::Elsewhere(_))), "{found:?}");
    }

    #[test]
    fn a_record_that_nobody_wrote_is_found() {
        assert_eq!(tampered(|log| log[0].push((0, RECORDS))), [Fault::Invented(RECORDS)]);
    }

    #[test]
    fn offsets_that_the_reader_skips_or_repeats_are_found() {
        let (told, mut log) = well();
        log[0].remove(0);
        assert_eq!(faults(&told, &log, 0), [Fault::Gap(0, -1, 1), Fault::Lost(0)]);
        let (told, mut log) = well();
        let record = log[0][3];
        log[0].insert(4, record);
        assert_eq!(faults(&told, &log, 0), [Fault::Gap(0, 3, 3), Fault::Twice(9)]);
    }
}
