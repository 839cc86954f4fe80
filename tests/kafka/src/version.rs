//! What a Kafka version needs: its Scala build, and whether ZooKeeper stands beside it.

use std::{fmt, io, str::FromStr};

/// A released version of Kafka, such as `4.3.0` or `0.10.1.1`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version(Vec<u32>);

/// Who keeps a cluster's metadata.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Mode {
    /// The brokers themselves: Kafka 3.0 and later.
    Kraft,
    /// A ZooKeeper server beside them: Kafka before 3.0.
    ZooKeeper,
}

impl Version {
    /// Who keeps the metadata of this version's clusters.
    pub fn mode(&self) -> Mode {
        if self.at_least(&[3]) { Mode::Kraft } else { Mode::ZooKeeper }
    }

    /// Whether this version is the given one or later; missing parts count as zero.
    pub fn at_least(&self, other: &[u32]) -> bool {
        self.0.as_slice() >= other
    }

    pub(crate) fn scala(&self) -> &'static str {
        match self {
            v if v.at_least(&[3]) => "2.13",
            v if v.at_least(&[1]) => "2.12",
            _ => "2.11",
        }
    }
}

impl FromStr for Version {
    type Err = io::Error;

    fn from_str(text: &str) -> io::Result<Self> {
        let parts = text.split('.').map(str::parse).collect::<Result<Vec<u32>, _>>().ok();
        match parts {
            Some(parts) if (3..=4).contains(&parts.len()) && parts.as_slice() >= [0, 10, 1].as_slice() => {
                Ok(Self(parts))
            }
            _ => Err(io::Error::new(
                io::ErrorKind::InvalidInput,
                format!("{text:?} is no Kafka version from 0.10.1.0 on: write it as 4.3.0 or 0.10.1.1"),
            )),
        }
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, part) in self.0.iter().enumerate() {
            write!(f, "{}{part}", if i == 0 { "" } else { "." })?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn order_and_needs() {
        let v = |s: &str| s.parse::<Version>().unwrap();
        assert_eq!((v("4.3.0").mode(), v("4.3.0").scala()), (Mode::Kraft, "2.13"));
        assert_eq!((v("2.7.1").mode(), v("2.7.1").scala()), (Mode::ZooKeeper, "2.12"));
        assert_eq!((v("0.11.0.3").mode(), v("0.11.0.3").scala()), (Mode::ZooKeeper, "2.11"));
        assert!(v("0.10.2.0") < v("0.11.0.0") && !v("0.10.2.2").at_least(&[0, 11]));
        assert_eq!(v("0.10.1.1").to_string(), "0.10.1.1");
        for bad in ["", "4", "4.3", "4.3.x", "0.9.0.1", "4.3.0.0.0", "../4.3.0"] {
            assert!(bad.parse::<Version>().is_err(), "{bad}");
        }
    }
}
