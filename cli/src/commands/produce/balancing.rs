use std::str::FromStr;

use ottla::{Crc32, Hash, LeastBytes, Murmur2, ReferenceHash, RoundRobin, Sticky, WriterBuilder};

/// A balancer by its name: what sets a Writer up with it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Balancing(fn(WriterBuilder) -> WriterBuilder);

const NAMED: [(&str, Balancing); 9] = [
    ("sticky", Balancing(|writer| writer.balancer(Sticky::default))),
    ("round-robin", Balancing(|writer| writer.balancer(RoundRobin::default))),
    ("least-bytes", Balancing(|writer| writer.balancer(LeastBytes::default))),
    ("hash", Balancing(|writer| writer.balancer(Hash::default))),
    ("reference-hash", Balancing(|writer| writer.balancer(ReferenceHash::default))),
    ("crc32", Balancing(|writer| writer.balancer(Crc32::default))),
    ("crc32-consistent", Balancing(|writer| writer.balancer(Crc32::consistent))),
    ("murmur2", Balancing(|writer| writer.balancer(Murmur2::default))),
    ("murmur2-consistent", Balancing(|writer| writer.balancer(Murmur2::consistent))),
];

impl Balancing {
    pub(super) fn set_up(self, builder: WriterBuilder) -> WriterBuilder {
        (self.0)(builder)
    }
}

impl FromStr for Balancing {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let found = NAMED.iter().find(|(name, _)| *name == text).map(|(_, balancing)| *balancing);
        found.ok_or_else(|| format!("{text:?} is no balancer: there is {}", names()))
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
        for (name, _) in NAMED {
            assert!(name.parse::<Balancing>().is_ok(), "{name}");
        }
        assert!("murmur3".parse::<Balancing>().unwrap_err().contains("no balancer: there is sticky"));
    }
}
