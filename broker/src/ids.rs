use std::{
    collections::hash_map::RandomState,
    hash::{BuildHasher, Hasher},
};

use ottla::protocol::Uuid;

/// Gives out the ids of topics and producers.
#[derive(Debug)]
pub(crate) struct Ids {
    seed: RandomState,
    started_ms: i64,
    topics: u64,
    producers: i64,
}

impl Ids {
    /// `now_ms` tells one run from another where the platform has no randomness.
    pub(crate) fn new(now_ms: i64) -> Self {
        Self { seed: RandomState::new(), started_ms: now_ms, topics: 0, producers: 0 }
    }

    /// An id that no topic has had, in this broker or, most likely, in another: a random UUID
    /// (version 4).
    pub(crate) fn topic(&mut self) -> Uuid {
        self.topics += 1;
        let half = |which: u8| {
            let mut hasher = self.seed.build_hasher();
            hasher.write_i64(self.started_ms);
            hasher.write_u64(self.topics);
            hasher.write_u8(which);
            u128::from(hasher.finish())
        };
        let random = (half(0) << 64) | half(1);
        let version_and_variant = (0xf_u128 << 76) | (0x3 << 62);
        Uuid(((random & !version_and_variant) | (0x4 << 76) | (0x2 << 62)).to_be_bytes())
    }

    /// The id of a new producer.
    pub(crate) fn producer(&mut self) -> i64 {
        self.producers += 1;
        self.producers - 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_differ() {
        let mut ids = Ids::new(0);
        let topics: std::collections::HashSet<_> = (0..1000).map(|_| ids.topic()).collect();
        assert_eq!(topics.len(), 1000);
        assert!(topics.iter().all(|id| id.0[6] >> 4 == 4 && id.0[8] >> 6 == 2));
        assert_eq!((ids.producer(), ids.producer()), (0, 1));
    }
}
