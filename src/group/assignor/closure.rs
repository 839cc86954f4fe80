use std::sync::Arc;

use ottla_transport::{MaybeSend, MaybeSync};

use super::{Assignor, GroupPlan};
use crate::group::TopicPartitions;

/// An assignor that is a function.
#[derive(Clone, Debug)]
pub struct AssignorFn<F> {
    name: Arc<str>,
    assign: F,
}

impl<F> AssignorFn<F>
where
    F: Fn(&GroupPlan) -> Vec<Vec<TopicPartitions>> + MaybeSend + MaybeSync + 'static,
{
    /// An assignor of that name, which all members of the group need: for each member of a plan, in their
    /// order, what it is to read.
    pub fn new(name: impl Into<Arc<str>>, assign: F) -> Self {
        Self { name: name.into(), assign }
    }
}

impl<F> Assignor for AssignorFn<F>
where
    F: Fn(&GroupPlan) -> Vec<Vec<TopicPartitions>> + MaybeSend + MaybeSync + 'static,
{
    fn name(&self) -> &str {
        &self.name
    }

    fn assign(&self, group: &GroupPlan) -> Vec<Vec<TopicPartitions>> {
        (self.assign)(group)
    }
}
