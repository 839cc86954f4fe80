use crate::{
    error::{Error, ErrorKind},
    protocol::Request,
    sorting::sort_by_key,
};

/// The versions of each API that a broker speaks.
#[derive(Clone, Debug, Default)]
pub(crate) struct Versions(Vec<(i16, i16, i16)>);

impl Versions {
    /// By API key: the lowest and the highest version.
    pub(crate) fn new(ranges: impl IntoIterator<Item = (i16, i16, i16)>) -> Self {
        let mut ranges: Vec<_> = ranges.into_iter().collect();
        sort_by_key(&mut ranges, |(key, ..)| *key);
        Self(ranges)
    }

    /// By API key: the lowest and the highest version, in order of the key.
    pub(crate) fn ranges(&self) -> &[(i16, i16, i16)] {
        &self.0
    }

    /// The newest version of an API that both sides speak.
    pub(crate) fn choose<R: Request>(&self) -> Result<i16, Error> {
        self.choose_up_to::<R>(*R::VERSIONS.end())
    }

    /// The newest version of an API that both sides speak, and that is not newer than `ceiling`.
    pub(crate) fn choose_up_to<R: Request>(&self, ceiling: i16) -> Result<i16, Error> {
        self.common(R::KEY, R::NAME, *R::VERSIONS.start(), ceiling.min(*R::VERSIONS.end()))
    }

    fn common(&self, key: i16, name: &str, ours_min: i16, ours_max: i16) -> Result<i16, Error> {
        let unsupported = |what: String| Error::new(ErrorKind::Unsupported, what).not_sent();
        let found = self.0.binary_search_by_key(&key, |(key, ..)| *key).ok().and_then(|at| self.0.get(at));
        let (_, min, max) =
            *found.ok_or_else(|| unsupported(format!("the broker does not offer {name} requests")))?;
        let version = max.min(ours_max);
        if version >= min && version >= ours_min {
            return Ok(version);
        }
        Err(unsupported(format!(
            "no common version of {name}: the broker speaks {min} to {max}, this client {ours_min} to {ours_max}"
        )))
    }
}
