use std::str::FromStr;

use ottla::{Sticky, WriterBuilder};

/// The balancers by the names they go by here.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Balancing {
    #[default]
    Sticky,
}

/// Every name there is to be. Those that the library lacks yet are told from those that never were.
const PLANNED: [&str; 8] = [
    "round-robin",
    "least-bytes",
    "hash",
    "reference-hash",
    "crc32",
    "crc32-consistent",
    "murmur2",
    "murmur2-consistent",
];

const NAMED: [(&str, Balancing); 1] = [("sticky", Balancing::Sticky)];

impl Balancing {
    pub(super) fn set_up(self, builder: WriterBuilder) -> WriterBuilder {
        match self {
            Self::Sticky => builder.balancer(Sticky::default),
        }
    }
}

impl FromStr for Balancing {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if let Some((_, found)) = NAMED.iter().find(|(name, _)| *name == text) {
            return Ok(*found);
        }
        let what = if PLANNED.contains(&text) { "is not there yet" } else { "is no balancer" };
        Err(format!("{text:?} {what}: there is {}", names()))
    }
}

fn names() -> String {
    NAMED.map(|(name, _)| name).join(", ")
}

/// What `--help` says of the option.
pub(super) fn help() -> String {
    format!("Who chooses the partition of a record: {} [default: sticky]", names())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_told_apart() {
        assert_eq!("sticky".parse(), Ok(Balancing::Sticky));
        assert!("murmur2".parse::<Balancing>().unwrap_err().contains("not there yet"));
        assert!("murmur3".parse::<Balancing>().unwrap_err().contains("no balancer: there is sticky"));
    }
}
