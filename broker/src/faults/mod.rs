//! Faults on command: what goes wrong, with which requests, how often.
//!
//! ```
//! # #[tokio::main(flavor = "current_thread")] async fn main() {
//! use std::time::Duration;
//! use ottla::protocol::ErrorCode;
//! use ottla_broker::{Broker, BrokerConfig, faults::{Api, Change}};
//! use ottla_transport::TokioRuntime;
//!
//! let broker = Broker::new(BrokerConfig::default(), TokioRuntime::current());
//! let faults = broker.faults();
//! // The third to fifth write to partition 1 of `t` are refused; nothing is appended.
//! let refused = faults.on(Api::Produce).topic("t").partition(1).skip(2).times(3)
//!     .error(ErrorCode::NOT_LEADER_OR_FOLLOWER);
//! // One write is appended, its answer lost, and the connection with it.
//! let lost = faults.on(Api::Produce).times(1).cut_response();
//! // Every answer of node 2 is late, until the rule is removed.
//! let late = faults.on_any().node(2).delay_response(Duration::from_millis(50));
//! // The leader moves between the handling of a fetch and its answer.
//! let moved = faults.on(Api::Fetch).topic("t").times(1).change_after(Change::MoveLeader(1));
//! // … let a client do its work, and see that it met the faults:
//! assert_eq!((refused.strikes(), refused.is_spent()), (0, false));
//! late.remove();
//! # broker.close().await;
//! # }
//! ```
//!
//! A rule is one thing that goes wrong. It strikes **requests**: those of its API, node and client that
//! concern its topic and partition, as many as [`times`](Rule::times) says after as many as
//! [`skip`](Rule::skip) says. Several rules may strike the same request, each doing its own; of two
//! that cannot both be done the older one is done. Time passes by the broker's runtime, so that delays
//! take no time where that one's clock is paused.

mod action;
mod api;
mod change;
mod fault;
mod rule;
mod scope;
mod struck;

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use parking_lot::Mutex;

pub(crate) use self::{
    action::{Ending, When},
    scope::{Asked, Place},
    struck::Struck,
};
pub use self::{api::Api, change::Change, fault::Fault, rule::Rule};

/// What goes wrong in a broker. Clones are the same.
#[derive(Clone, Debug, Default)]
pub struct Faults {
    book: Arc<Book>,
}

#[derive(Debug, Default)]
struct Book {
    /// In the order in which they were made; those that are spent have gone.
    open: Mutex<Vec<Arc<fault::Entry>>>,
    /// Whether there are any, so that a broker without faults loses no time.
    any: AtomicBool,
}

impl Faults {
    /// A rule for requests of one API. It holds once it is told what goes wrong.
    pub fn on(&self, api: Api) -> Rule {
        Rule::new(self.clone(), Some(api.key()))
    }

    /// A rule for requests of every API.
    pub fn on_any(&self) -> Rule {
        Rule::new(self.clone(), None)
    }

    /// Removes every rule.
    pub fn clear(&self) {
        let mut open = self.book.open.lock();
        open.clear();
        self.book.any.store(false, Ordering::Release);
    }

    pub(crate) fn is_empty(&self) -> bool {
        !self.book.any.load(Ordering::Acquire)
    }

    /// The rules that strike a request, each counted.
    pub(crate) fn strike(&self, asked: &Asked<'_>) -> Struck {
        let mut open = self.book.open.lock();
        let struck = open.iter().filter(|entry| entry.strikes_at(asked)).map(Arc::clone).collect();
        open.retain(|entry| !entry.is_spent());
        self.book.any.store(!open.is_empty(), Ordering::Release);
        Struck::new(struck)
    }

    fn add(&self, entry: Arc<fault::Entry>) {
        let mut open = self.book.open.lock();
        open.push(entry);
        self.book.any.store(true, Ordering::Release);
    }

    fn remove(&self, entry: &Arc<fault::Entry>) {
        let mut open = self.book.open.lock();
        open.retain(|other| !Arc::ptr_eq(other, entry));
        self.book.any.store(!open.is_empty(), Ordering::Release);
    }
}
