//! What goes along with a record on this side only.

use std::any::Any;
use std::fmt;
use std::sync::Arc;

/// A value of the caller's that goes with a record to its outcome, and never to a broker.
///
/// Cheap to clone. Two are equal if they are the same value, not if their values are alike.
#[derive(Clone)]
pub struct UserData(Arc<dyn Any + Send + Sync>);

impl UserData {
    /// Wraps a value.
    pub fn new(value: impl Any + Send + Sync) -> Self {
        Self(Arc::new(value))
    }

    /// The value, if it is a `T`.
    #[must_use]
    pub fn downcast_ref<T: Any>(&self) -> Option<&T> {
        self.0.downcast_ref()
    }
}

impl From<Arc<dyn Any + Send + Sync>> for UserData {
    fn from(value: Arc<dyn Any + Send + Sync>) -> Self {
        Self(value)
    }
}

impl PartialEq for UserData {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Eq for UserData {}

impl fmt::Debug for UserData {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("UserData")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_value_comes_back_as_what_it_was() {
        let data = UserData::new(7_u32);
        assert_eq!(data.downcast_ref::<u32>(), Some(&7));
        assert_eq!(data.downcast_ref::<i32>(), None);
        assert_eq!(data, data.clone());
        assert_ne!(data, UserData::new(7_u32));
    }
}
