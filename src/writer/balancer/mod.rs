//! Which partition a record goes to.

mod closure;
mod crc32;
mod hash;
mod least_bytes;
mod murmur2;
mod round_robin;
mod sticky;

use std::fmt;

use ottla_transport::{MaybeSend, MaybeSync};

pub use self::{
    closure::BalancerFn,
    crc32::Crc32,
    hash::{Hash, ReferenceHash},
    least_bytes::LeastBytes,
    murmur2::Murmur2,
    round_robin::RoundRobin,
    sticky::Sticky,
};
use crate::{cluster::random, record::Record};

/// Chooses a partition for each record that names none. A [`Writer`](crate::Writer) has one
/// balancer a topic.
pub trait Balancer: MaybeSend + MaybeSync + fmt::Debug + 'static {
    /// The partition for a record: one of `partitions.all`. Anything else fails the record.
    fn balance(&mut self, record: &Record<'_>, partitions: &Partitions<'_>) -> i32;

    /// The partition's open batch was closed, so that a balancer that sticks to one may move on.
    fn batch_closed(&mut self, partition: i32) {
        let _ = partition;
    }
}

/// The partitions of a topic, by their ids, ascending.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Partitions<'a> {
    /// All of them. Never empty.
    pub all: &'a [i32],
    /// Those that have a leader now.
    pub available: &'a [i32],
}

impl<'a> Partitions<'a> {
    /// For trying a balancer out: partitions that all have a leader.
    pub fn new(all: &'a [i32]) -> Self {
        Self { all, available: all }
    }

    /// The partition at a number that may be larger than there are partitions.
    fn at(&self, number: u32) -> i32 {
        nth(self.all, number)
    }

    /// Any of them.
    fn any(&self) -> i32 {
        self.at(random())
    }
}

/// A member at a number that may be larger than there are members. −1, which is no partition, if
/// there is none.
fn nth(among: &[i32], number: u32) -> i32 {
    among.get(number as usize % among.len().max(1)).copied().unwrap_or(-1)
}
