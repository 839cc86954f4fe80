use std::collections::HashMap;

use crate::{
    error::{Error, ErrorKind},
    protocol::Request,
};

/// The versions of each API that a broker speaks.
#[derive(Clone, Debug, Default)]
pub(crate) struct Versions(HashMap<i16, (i16, i16)>);

impl Versions {
    /// By API key: the lowest and the highest version.
    pub(crate) fn new(ranges: impl IntoIterator<Item = (i16, i16, i16)>) -> Self {
        Self(ranges.into_iter().map(|(key, min, max)| (key, (min, max))).collect())
    }

    /// By API key: the lowest and the highest version, in order of the key.
    pub(crate) fn ranges(&self) -> Vec<(i16, i16, i16)> {
        let mut ranges: Vec<_> = self.0.iter().map(|(key, (min, max))| (*key, *min, *max)).collect();
        ranges.sort_unstable();
        ranges
    }

    /// The newest version of an API that both sides speak.
    pub(crate) fn choose<R: Request>(&self) -> Result<i16, Error> {
        self.choose_up_to::<R>(*R::VERSIONS.end())
    }

    /// The newest version of an API that both sides speak, and that is not newer than `ceiling`.
    pub(crate) fn choose_up_to<R: Request>(&self, ceiling: i16) -> Result<i16, Error> {
        let unsupported = |what: String| Error::new(ErrorKind::Unsupported, what).not_sent();
        let (min, max) = *self
            .0
            .get(&R::KEY)
            .ok_or_else(|| unsupported(format!("the broker does not offer {} requests", R::NAME)))?;
        let (ours_min, ours_max) = (*R::VERSIONS.start(), (*R::VERSIONS.end()).min(ceiling));
        let version = max.min(ours_max);
        if version >= min && version >= ours_min {
            return Ok(version);
        }
        Err(unsupported(format!(
            "no common version of {}: the broker speaks {min} to {max}, this client {ours_min} to {ours_max}",
            R::NAME
        )))
    }
}
