use std::{future::Future, time::Duration};

use ottla_transport::{Instant, Runtime};

use super::Conn;
use crate::{
    connection::within,
    error::{Error, Retry},
    protocol::Request,
};

impl Conn {
    /// Sets how long from now calls may take, all together; `None` takes the limit away, as it is at
    /// first. A call that runs into the deadline fails with
    /// [`ErrorKind::Timeout`](crate::ErrorKind::Timeout) and leaves the connection as it is, so that
    /// another deadline can be set.
    pub fn set_deadline(&mut self, from_now: impl Into<Option<Duration>>) {
        let deadline = self.point(from_now.into());
        (self.read_deadline, self.write_deadline) = (deadline, deadline);
    }

    /// [`Conn::set_deadline`] for calls that read: records, offsets, what the cluster is like.
    pub fn set_read_deadline(&mut self, from_now: impl Into<Option<Duration>>) {
        self.read_deadline = self.point(from_now.into());
    }

    /// [`Conn::set_deadline`] for calls that write: messages, and the creation and deletion of
    /// topics.
    pub fn set_write_deadline(&mut self, from_now: impl Into<Option<Duration>>) {
        self.write_deadline = self.point(from_now.into());
    }

    fn point(&self, wait: Option<Duration>) -> Option<Instant> {
        wait.map(|wait| self.runtime.now() + wait)
    }

    /// Sends any request, at the newest version that both sides know, and gives its response whatever
    /// error codes it carries.
    ///
    /// # Errors
    /// The connection is broken, the broker does not know the request or does not answer it.
    ///
    /// # Cancel safety
    /// A dropped call may have been carried out.
    pub async fn request<R: Request>(&self, request: &R) -> Result<R::Response, Error> {
        self.call(self.read_deadline, request).await
    }

    pub(super) async fn call<R: Request>(
        &self,
        deadline: Option<Instant>,
        request: &R,
    ) -> Result<R::Response, Error> {
        self.call_at(deadline, self.version::<R>(*R::VERSIONS.end())?, request).await
    }

    /// The newest version of an API that both sides speak, up to `ceiling`.
    pub(super) fn version<R: Request>(&self, ceiling: i16) -> Result<i16, Error> {
        let chosen = self.connection.versions().choose_up_to::<R>(ceiling);
        chosen.map_err(|error| error.at_broker(self.connection.address()))
    }

    pub(super) async fn call_at<R: Request>(
        &self,
        deadline: Option<Instant>,
        version: i16,
        request: &R,
    ) -> Result<R::Response, Error> {
        // An answer that does not come ends the connection; a deadline of the user's only ends the call.
        let answer = self.connection.call_at(version, request, self.patience());
        self.in_time(deadline, R::NAME, answer).await
    }

    /// How long the broker may take to answer what is asked now.
    pub(super) fn patience(&self) -> Duration {
        self.dialer.request_timeout.saturating_add(self.busy_until.since(self.runtime.now()))
    }

    pub(super) async fn in_time<T>(
        &self,
        deadline: Option<Instant>,
        doing: &str,
        future: impl Future<Output = Result<T, Error>>,
    ) -> Result<T, Error> {
        let Some(deadline) = deadline else { return future.await };
        let left = deadline.since(self.runtime.now());
        if left.is_zero() {
            let what = format!("the deadline is over: set another one before the next {doing} request");
            return Err(Error::timeout(what).or_retry(Retry::After).not_sent());
        }
        within(&self.runtime, left, future).await.unwrap_or_else(|| {
            let what = format!("the broker did not answer a {doing} request before the deadline");
            Err(Error::timeout(what).or_retry(Retry::After).at_broker(self.connection.address()))
        })
    }

    /// How long the broker is told that it may take, in milliseconds.
    pub(super) fn broker_timeout(&self, deadline: Option<Instant>) -> i32 {
        let left = deadline.map(|deadline| deadline.since(self.runtime.now()));
        let timeout = left.map_or(self.dialer.request_timeout, |left| left.min(self.dialer.request_timeout));
        i32::try_from(timeout.as_millis()).unwrap_or(i32::MAX)
    }
}
