use std::convert::Infallible;

use futures::{
    FutureExt, StreamExt,
    channel::{mpsc, oneshot},
    future::{Either, Shared, select},
    pin_mut,
};

/// Owns tasks: they are told to stop when it is dropped or [`ended`](Owner::ended).
pub(crate) struct Owner {
    stop: oneshot::Sender<Infallible>,
    alive: mpsc::Receiver<Infallible>,
    token: Token,
}

/// Held by a task as long as it runs.
#[derive(Clone)]
pub(crate) struct Token {
    stopped: Shared<oneshot::Receiver<Infallible>>,
    _alive: mpsc::Sender<Infallible>,
}

impl Owner {
    pub(crate) fn new() -> Self {
        let (stop, stopped) = oneshot::channel();
        let (_alive, alive) = mpsc::channel(0);
        Self { stop, alive, token: Token { stopped: stopped.shared(), _alive } }
    }

    /// One for each task.
    pub(crate) fn token(&self) -> Token {
        self.token.clone()
    }

    /// Stops the tasks, and waits until the last has ended.
    pub(crate) async fn ended(self) {
        let Self { stop, mut alive, token } = self;
        drop((stop, token));
        while alive.next().await.is_some() {}
    }
}

impl Token {
    /// Resolves once the task is to stop.
    ///
    /// # Cancel safety
    /// Safe.
    pub(crate) async fn stopped(&self) {
        let _dropped = self.stopped.clone().await;
    }

    /// What a future gives, or `None` once the task is to stop.
    ///
    /// # Cancel safety
    /// As safe as the future.
    pub(crate) async fn or_stopped<T>(&self, work: impl Future<Output = T>) -> Option<T> {
        let stopped = self.stopped();
        pin_mut!(stopped, work);
        match select(stopped, work).await {
            Either::Left(_) => None,
            Either::Right((done, _)) => Some(done),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dropping_the_owner_stops_the_tasks() {
        let owner = Owner::new();
        let token = owner.token();
        assert!(token.stopped().now_or_never().is_none());
        drop(owner);
        assert!(token.stopped().now_or_never().is_some());
    }

    #[test]
    fn the_end_waits_for_every_task() {
        let owner = Owner::new();
        let token = owner.token();
        let mut end = Box::pin(owner.ended());
        assert!((&mut end).now_or_never().is_none());
        assert!(token.stopped().now_or_never().is_some());
        drop(token);
        assert!(end.now_or_never().is_some());
    }
}
