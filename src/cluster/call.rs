use std::{sync::Arc, time::Duration};

use ottla_transport::{BoxFuture, Instant, Runtime};

use super::{Cluster, Purpose};
use crate::{
    connection::{Connection, within},
    error::{Error, ErrorKind, Retry},
    protocol::{ErrorCode, Request, metadata},
    trace,
    wire::Str,
};

/// A topic that was made a moment ago is unknown to some brokers for about so long.
const UNKNOWN_TOPIC_PATIENCE: Duration = Duration::from_secs(2);

/// Where a request goes.
#[derive(Clone, Debug)]
pub(crate) enum Route {
    /// To any broker.
    Any,
    /// To the controller, which creates and deletes topics.
    Controller,
    /// To the coordinator of a group, and how to find that: a program without groups, such as a page, does
    /// not contain the way. Made by [`Route::coordinator`].
    Coordinator(Str, FindNode),
}

/// Gives the broker to ask, which is looked up (`true`) or known from before.
type FindNode = for<'a> fn(&'a Arc<Cluster>, &'a Str, bool) -> BoxFuture<'a, Result<i32, Error>>;

impl Route {
    pub(crate) fn coordinator(group: impl Into<Str>) -> Self {
        Self::Coordinator(group.into(), |cluster, group, anew| {
            Box::pin(async move {
                if anew { cluster.find_coordinator(group).await } else { cluster.coordinator(group).await }
            })
        })
    }
}

/// What was tried so far.
struct Trial {
    started: Instant,
    failures: u32,
    last: Option<Error>,
}

impl Cluster {
    /// Sends a request where it belongs, and again for as long as its error says that this may help
    /// and the call timeout allows. `check` finds the error in a response.
    ///
    /// # Cancel safety
    /// A dropped call may have been carried out by the broker.
    pub(crate) async fn call<R: Request>(
        self: &Arc<Self>,
        route: &Route,
        request: &R,
        check: impl Fn(&R::Response) -> Result<(), Error>,
    ) -> Result<R::Response, Error> {
        self.persist(route, R::NAME, || async {
            let connection = self.route(route).await?;
            let response = connection.call(request, self.config.request_timeout).await?;
            check(&response).map(|()| response)
        })
        .await
    }

    /// Asks any broker about topics, as [`Cluster::ask`] does, again while that may help.
    pub(crate) async fn ask_again(
        self: &Arc<Self>,
        topics: Option<&[Str]>,
        create: bool,
    ) -> Result<metadata::Response, Error> {
        self.persist(&Route::Any, metadata::Request::NAME, || self.ask(topics, create)).await
    }

    /// Tries something again for as long as its error says that this may help and the call timeout allows.
    pub(crate) async fn persist<T, F: Future<Output = Result<T, Error>>>(
        self: &Arc<Self>,
        route: &Route,
        doing: &str,
        attempt: impl Fn() -> F,
    ) -> Result<T, Error> {
        let started = self.runtime.now();
        let mut trial = Trial { started, failures: 0, last: None };
        loop {
            let left = (started + self.config.call_timeout).since(self.runtime.now());
            match within(&self.runtime, left, attempt()).await {
                Some(Ok(done)) => return Ok(done),
                Some(Err(error)) => self.failed(&mut trial, route, doing, error).await?,
                None => return Err(self.late(trial, doing)),
            }
        }
    }

    fn late(&self, trial: Trial, doing: &str) -> Error {
        let limit = self.config.call_timeout;
        let late = Error::timeout(format!("{doing} was not done within {limit:?}"));
        // What kept it from being done is told by the try before the one that time cut off.
        match trial.last {
            Some(cause) => late.caused_by(cause),
            None => late,
        }
    }

    /// Waits until it is time for the next try, or gives the error back if there is to be none. Apart from
    /// `persist`, and boxed, so that its code is there once.
    fn failed<'a>(
        self: &'a Arc<Self>,
        trial: &'a mut Trial,
        route: &'a Route,
        doing: &'a str,
        error: Error,
    ) -> BoxFuture<'a, Result<(), Error>> {
        Box::pin(async move {
            let failures = trial.failures + 1;
            trace!(debug, doing, failures, error = %error, "request failed");
            let _ = doing;
            let waited = self.runtime.now().since(trial.started);
            let deadline = trial.started + self.config.call_timeout;
            if self.is_hopeless(&error, failures, waited)
                || !self.pause(self.config.backoff.after(failures), deadline).await
            {
                return Err(error);
            }
            if error.retry() != Retry::After {
                self.relearn(route).await;
            }
            *trial = Trial { failures, last: Some(error), ..*trial };
            Ok(())
        })
    }

    /// Whether a failure is one that trying again does not help against.
    pub(super) fn is_hopeless(&self, error: &Error, failures: u32, waited: Duration) -> bool {
        let unknown = error.code() == Some(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION);
        error.retry() == Retry::Never
            // What went unanswered once goes unanswered again, and every time takes long.
            || error.kind() == ErrorKind::Timeout
            || (error.is_not_sent() && self.is_out_of_reach(failures))
            || (unknown && waited > UNKNOWN_TOPIC_PATIENCE)
    }

    async fn route(self: &Arc<Self>, route: &Route) -> Result<Arc<Connection>, Error> {
        match route {
            Route::Any => self.any_connection().await,
            Route::Coordinator(group, find) => {
                let node = find(self, group, false).await?;
                self.connection(node, Purpose::General).await
            }
            Route::Controller => {
                if self.metadata(|metadata| metadata.controller.is_none()) {
                    self.ask(Some(&[]), false).await?;
                }
                match self.metadata(|metadata| metadata.controller) {
                    Some(node) => self.connection(node, Purpose::General).await,
                    None => Err(Error::broker(ErrorCode::NOT_CONTROLLER, "finding the controller", None)),
                }
            }
        }
    }

    /// The broker that leads a partition.
    pub(crate) async fn leader(self: &Arc<Self>, topic: &Arc<str>, partition: i32) -> Result<i32, Error> {
        let metadata = self.topic(topic, false).await?;
        let about = |error: Error| error.about(Arc::clone(topic), Some(partition));
        Error::check(metadata.error, "looking up the topic", None).map_err(about)?;
        let found = metadata.partition(partition).ok_or_else(|| {
            let doing = format!("looking up the partition (there are {})", metadata.partitions.len());
            about(Error::broker(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION, &doing, None))
        })?;
        found.leader.ok_or_else(|| {
            about(Error::broker(ErrorCode::LEADER_NOT_AVAILABLE, "looking up the partition's leader", None))
        })
    }

    /// Asks anew for what a route depends on. A failure shows when the route is taken next.
    async fn relearn(self: &Arc<Self>, route: &Route) {
        let _ = match route {
            Route::Any => Ok(()),
            Route::Coordinator(group, find) => find(self, group, true).await.map(drop),
            Route::Controller => self.ask(Some(&[]), false).await.map(drop),
        };
    }
}
