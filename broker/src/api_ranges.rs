use std::{collections::BTreeMap, error::Error, fmt, ops::RangeInclusive};

/// An API, as releases of Kafka have offered it: its key, the newest version since which release,
/// and what 4.0 dropped (KIP-896).
struct Api {
    key: i16,
    newest: &'static [(Release, i16)],
    oldest_since_4_0: i16,
}

type Release = (u8, u8, u8);

const fn api(key: i16, newest: &'static [(Release, i16)], oldest_since_4_0: i16) -> Api {
    Api { key, newest, oldest_since_4_0 }
}

pub(crate) const PRODUCE: i16 = 0;
pub(crate) const FETCH: i16 = 1;
pub(crate) const LIST_OFFSETS: i16 = 2;
pub(crate) const METADATA: i16 = 3;
pub(crate) const FIND_COORDINATOR: i16 = 10;
pub(crate) const API_VERSIONS: i16 = 18;
pub(crate) const CREATE_TOPICS: i16 = 19;
pub(crate) const DELETE_TOPICS: i16 = 20;
pub(crate) const INIT_PRODUCER_ID: i16 = 22;
pub(crate) const OFFSET_FOR_LEADER_EPOCH: i16 = 23;
pub(crate) const CREATE_PARTITIONS: i16 = 37;

/// The first release that speaks the protocol as this broker does.
const FIRST: Release = (0, 10, 0);

const APIS: &[Api] = &[
    api(
        PRODUCE,
        &[
            ((0, 10, 0), 2),
            ((0, 11, 0), 3),
            ((1, 0, 0), 5),
            ((2, 0, 0), 6),
            ((2, 1, 0), 7),
            ((2, 4, 0), 8),
            ((2, 8, 0), 9),
            ((3, 7, 0), 10),
            ((3, 8, 0), 11),
            ((4, 0, 0), 12),
        ],
        3,
    ),
    api(
        FETCH,
        &[
            ((0, 10, 0), 2),
            ((0, 10, 1), 3),
            ((0, 11, 0), 5),
            ((1, 0, 0), 6),
            ((1, 1, 0), 7),
            ((2, 0, 0), 8),
            ((2, 1, 0), 10),
            ((2, 3, 0), 11),
            ((2, 7, 0), 12),
            ((3, 1, 0), 13),
            ((3, 5, 0), 15),
            ((3, 7, 0), 16),
            ((3, 9, 0), 17),
        ],
        4,
    ),
    api(
        LIST_OFFSETS,
        &[
            ((0, 10, 0), 0),
            ((0, 10, 1), 1),
            ((0, 11, 0), 2),
            ((2, 0, 0), 3),
            ((2, 1, 0), 4),
            ((2, 2, 0), 5),
            ((2, 8, 0), 6),
            ((3, 0, 0), 7),
            ((3, 5, 0), 8),
            ((3, 9, 0), 9),
            ((4, 0, 0), 10),
        ],
        1,
    ),
    api(
        METADATA,
        &[
            ((0, 10, 0), 1),
            ((0, 10, 1), 2),
            ((0, 11, 0), 4),
            ((1, 0, 0), 5),
            ((2, 0, 0), 6),
            ((2, 1, 0), 7),
            ((2, 3, 0), 8),
            ((2, 4, 0), 9),
            ((2, 8, 0), 11),
            ((3, 1, 0), 12),
            ((4, 0, 0), 13),
        ],
        0,
    ),
    api(
        FIND_COORDINATOR,
        &[
            ((0, 10, 0), 0),
            ((0, 11, 0), 1),
            ((2, 0, 0), 2),
            ((2, 4, 0), 3),
            ((3, 0, 0), 4),
            ((3, 8, 0), 5),
            ((3, 9, 0), 6),
        ],
        0,
    ),
    api(API_VERSIONS, &[((0, 10, 0), 0), ((0, 11, 0), 1), ((2, 0, 0), 2), ((2, 4, 0), 3), ((3, 9, 0), 4)], 0),
    api(
        CREATE_TOPICS,
        &[
            ((0, 10, 1), 0),
            ((0, 10, 2), 1),
            ((0, 11, 0), 2),
            ((2, 0, 0), 3),
            ((2, 4, 0), 5),
            ((2, 7, 0), 6),
            ((2, 8, 0), 7),
        ],
        2,
    ),
    api(
        DELETE_TOPICS,
        &[
            ((0, 10, 1), 0),
            ((0, 11, 0), 1),
            ((2, 0, 0), 2),
            ((2, 1, 0), 3),
            ((2, 4, 0), 4),
            ((2, 7, 0), 5),
            ((2, 8, 0), 6),
        ],
        1,
    ),
    api(
        INIT_PRODUCER_ID,
        &[((0, 11, 0), 0), ((2, 0, 0), 1), ((2, 4, 0), 2), ((2, 5, 0), 3), ((2, 7, 0), 4), ((3, 8, 0), 5)],
        0,
    ),
    api(
        OFFSET_FOR_LEADER_EPOCH,
        &[((0, 11, 0), 0), ((2, 0, 0), 1), ((2, 1, 0), 2), ((2, 3, 0), 3), ((2, 8, 0), 4)],
        2,
    ),
    api(CREATE_PARTITIONS, &[((1, 0, 0), 0), ((2, 0, 0), 1), ((2, 5, 0), 2), ((2, 7, 0), 3)], 0),
];

/// The APIs a broker offers, each with its versions.
///
/// The default is every version the broker knows, the oldest included, which no single release of
/// Kafka offers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiRanges(BTreeMap<i16, RangeInclusive<i16>>);

impl Default for ApiRanges {
    fn default() -> Self {
        let newest = |api: &Api| Some((api.key, 0..=api.newest.last()?.1));
        Self(APIS.iter().filter_map(newest).collect())
    }
}

impl ApiRanges {
    /// What a release of Kafka offers, of what this broker knows: `"0.10.1"`, `"2.7"`, `"4.3.0"`.
    ///
    /// # Errors
    /// Not a release number, or one before 0.10.0.
    pub fn of(release: &str) -> Result<Self, UnknownRelease> {
        let asked = parsed(release).filter(|asked| *asked >= FIRST);
        let asked = asked.ok_or_else(|| UnknownRelease(release.to_owned()))?;
        let range = |api: &Api| {
            let (_, newest) = *api.newest.iter().rev().find(|(since, _)| *since <= asked)?;
            let oldest = if asked >= (4, 0, 0) { api.oldest_since_4_0 } else { 0 };
            Some((api.key, oldest..=newest))
        };
        Ok(Self(APIS.iter().filter_map(range).collect()))
    }

    /// Lowers the newest version of an API, if it is offered at all.
    #[must_use]
    pub fn limited(mut self, api_key: i16, newest: i16) -> Self {
        if let Some(range) = self.0.get_mut(&api_key) {
            *range = *range.start()..=newest.min(*range.end());
        }
        self
    }

    /// Offers an API no longer.
    #[must_use]
    pub fn without(mut self, api_key: i16) -> Self {
        self.0.remove(&api_key);
        self
    }

    /// The versions of an API, if it is offered.
    pub fn versions(&self, api_key: i16) -> Option<RangeInclusive<i16>> {
        self.0.get(&api_key).cloned()
    }

    /// Every API, by key.
    pub fn iter(&self) -> impl Iterator<Item = (i16, RangeInclusive<i16>)> + '_ {
        self.0.iter().map(|(key, range)| (*key, range.clone()))
    }

    /// The newest version of an API, −1 when it is not offered: where a release changed what it
    /// does beside its protocol, this tells which side of the change the broker is on.
    pub(crate) fn newest(&self, api_key: i16) -> i16 {
        self.0.get(&api_key).map_or(-1, |range| *range.end())
    }
}

/// Reads the first three numbers of a release; those left out are 0.
fn parsed(release: &str) -> Option<Release> {
    let mut numbers = release.split('.').map(|part| part.parse().ok());
    let major = numbers.next()??;
    let mut next = || numbers.next().unwrap_or(Some(0));
    Some((major, next()?, next()?))
}

/// Not a release of Kafka that the broker can pretend to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownRelease(String);

impl fmt::Display for UnknownRelease {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "cannot emulate Kafka {:?}: name a release from 0.10.0 on, such as 0.10.1, 2.7 or 4.3.0",
            self.0
        )
    }
}

impl Error for UnknownRelease {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_what_releases_offered() {
        let old = ApiRanges::of("0.10.1.1").unwrap();
        assert_eq!(old.versions(PRODUCE), Some(0..=2));
        assert_eq!(old.versions(FETCH), Some(0..=3));
        assert_eq!(old.versions(INIT_PRODUCER_ID), None);
        let new = ApiRanges::of("4.3.0").unwrap();
        assert_eq!(new.versions(PRODUCE), Some(3..=12));
        assert_eq!(new.versions(METADATA), Some(0..=13));
    }

    #[test]
    fn refuses_what_is_no_release() {
        for release in ["", "0.9.0", "kafka", "0.10.x", "-1", "300"] {
            assert!(ApiRanges::of(release).is_err(), "{release}");
        }
    }

    #[test]
    fn limits_never_raise() {
        let ranges = ApiRanges::default().limited(FETCH, 3).limited(FETCH, 11).without(PRODUCE);
        assert_eq!((ranges.newest(FETCH), ranges.newest(PRODUCE)), (3, -1));
    }
}
