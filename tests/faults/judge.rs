//! Holds what a Writer told against what lies in the log.

use ottla::{Delivered, Error};
use std::collections::HashMap;

/// What a Writer told of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Told {
    /// It is in the log, at that offset.
    There(i64),
    /// It never left.
    NotSent,
    /// Nobody knows.
    Unknown,
}

/// The records of a partition, by offset: their numbers.
pub(crate) type Log = Vec<(i64, usize)>;

impl Told {
    pub(crate) fn of(outcome: &Result<Delivered, Error>) -> Self {
        match outcome {
            Ok(delivered) => Self::There(delivered.offset.unwrap()),
            Err(error) if error.is_not_sent() => Self::NotSent,
            Err(_) => Self::Unknown,
        }
    }
}

/// What is wrong in a partition, if anything is. `told` is by number.
pub(crate) fn verdict(told: &[Told], log: &Log) -> Result<(), String> {
    let mut places: HashMap<usize, i64> = HashMap::new();
    let mut last = None;
    for (expected, (offset, number)) in (0..).zip(log) {
        let Some(of_it) = told.get(*number) else { return Err(format!("nobody wrote {number}")) };
        if *offset != expected {
            return Err(format!("offset {offset} comes after {}", expected - 1));
        }
        if let Some(before) = places.insert(*number, *offset) {
            return Err(format!("{number} is there twice, at {before} and at {offset}"));
        }
        if *of_it == Told::NotSent {
            return Err(format!("{number} never left, and is there at {offset}"));
        }
        // One that was given up may come late, and then stands behind others.
        if let Told::There(at) = of_it {
            if at != offset {
                return Err(format!("{number} is at {offset}, not at {at}"));
            }
            if last >= Some(*number) {
                return Err(format!("{number} stands behind {last:?}"));
            }
            last = Some(*number);
        }
    }
    let lost = told
        .iter()
        .enumerate()
        .find(|(number, told)| matches!(told, Told::There(_)) && !places.contains_key(number));
    lost.map_or(Ok(()), |(number, _)| Err(format!("{number} is lost")))
}

#[test]
fn the_judge_finds_what_is_wrong() {
    use Told::{NotSent, There, Unknown};
    type Plant<'a> = &'a dyn Fn(&mut Vec<Told>, &mut Log);
    let told = [There(0), Unknown, There(1), NotSent, There(3), Unknown];
    let log = vec![(0, 0), (1, 2), (2, 1), (3, 4)];
    assert_eq!(verdict(&told, &log), Ok(()), "what nobody knew of may be there, late, or not");
    let planted: [(&str, Plant<'_>); 7] = [
        ("4 is lost", &|_, log| log.truncate(3)),
        ("2 is there twice, at 1 and at 4", &|_, log| log.push((4, 2))),
        ("1 is there twice, at 2 and at 4", &|_, log| log.push((4, 1))),
        ("3 never left, and is there at 4", &|_, log| log.push((4, 3))),
        ("nobody wrote 6", &|_, log| log.push((4, 6))),
        ("offset 5 comes after 3", &|_, log| log.push((5, 5))),
        ("0 stands behind Some(2)", &|told, log| {
            (told[0], told[2]) = (There(1), There(0));
            (log[0].1, log[1].1) = (2, 0);
        }),
    ];
    for (found, plant) in planted {
        let (mut told, mut log) = (told.to_vec(), log.clone());
        plant(&mut told, &mut log);
        assert_eq!(verdict(&told, &log), Err(found.to_owned()));
    }
    let elsewhere = [There(0), Unknown, There(2), NotSent, There(3)];
    assert_eq!(verdict(&elsewhere, &log), Err("2 is at 1, not at 2".to_owned()));
}
