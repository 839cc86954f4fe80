use std::fmt;

use ottla_transport::{MaybeSend, MaybeSync};

use super::{Balancer, Partitions};
use crate::record::Record;

/// A function of the user's.
#[derive(Clone, Copy)]
pub struct BalancerFn<F>(pub F);

impl<F> Balancer for BalancerFn<F>
where
    F: FnMut(&Record<'_>, &Partitions<'_>) -> i32 + MaybeSend + MaybeSync + 'static,
{
    fn balance(&mut self, record: &Record<'_>, partitions: &Partitions<'_>) -> i32 {
        (self.0)(record, partitions)
    }
}

impl<F> fmt::Debug for BalancerFn<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("BalancerFn")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_function_decides() {
        let mut last =
            BalancerFn(|_: &Record<'_>, partitions: &Partitions<'_>| partitions.all.len() as i32 - 1);
        assert_eq!(last.balance(&Record::default(), &Partitions::new(&[0, 1, 2])), 2);
    }
}
