//! One connection to one broker.

mod answer;
mod config;
mod driver;
mod frames;
mod handshake;
mod session;
mod versions;

use std::{future::Future, io, sync::Arc, time::Duration};

use bytes::Bytes;
use event_listener::Event;
use futures::channel::oneshot;
use ottla_transport::{BrokerAddress, DynRuntime, Runtime};
use parking_lot::Mutex;

pub(crate) use self::{answer::Answer, config::ConnectionConfig, versions::Versions};
use self::{
    answer::{Asked, Reply},
    driver::Driver,
    session::{Due, Session},
};
use crate::{
    error::{Error, ErrorKind},
    protocol::{Request, header},
    tasks::Tasks,
    wire::Encoder,
};

/// A connection that has shaken hands. Requests are pipelined: any number of callers may wait for
/// answers at a time, and what they send leaves in the order in which they called.
///
/// A request that is not answered in time ends the connection, as does anything that breaks it:
/// every caller gets the error. Dropping the last handle closes it.
#[derive(Debug)]
pub(crate) struct Connection {
    shared: Arc<Shared>,
    versions: Versions,
    runtime: DynRuntime,
    tasks: Tasks,
}

/// What the handles and the driver share.
#[derive(Debug)]
struct Shared {
    address: Arc<str>,
    client_id: Arc<str>,
    session: Mutex<Session>,
    /// Something was queued to be written.
    queued: Event,
    /// The earliest deadline moved forward.
    sooner: Event,
    /// A request was answered, so that another one may be queued.
    answered: Event,
}

impl Connection {
    /// Dials a broker and shakes hands.
    ///
    /// # Cancel safety
    /// Safe: dropping the future gives the attempt up.
    pub(crate) async fn open(config: &ConnectionConfig, to: &BrokerAddress) -> Result<Self, Error> {
        let started = config.runtime.now();
        let address: Arc<str> = to.to_string().into();
        let timeout = config.connect_timeout;
        let dialled =
            within(&config.runtime, timeout, config.transport_connect(to)).await.unwrap_or_else(|| {
                Err(io::Error::new(io::ErrorKind::TimedOut, format!("no connection within {timeout:?}")))
            });
        let (tx, rx) = dialled.map_err(|cause| {
            Error::io(format!("cannot reach {address}: is a broker listening there?"), cause).not_sent()
        })?;
        let shared = Arc::new(Shared {
            address,
            client_id: Arc::clone(&config.client_id),
            session: Mutex::new(Session::new(config.runtime.now(), config.idle_timeout)),
            queued: Event::new(),
            sooner: Event::new(),
            answered: Event::new(),
        });
        let tasks = Tasks::default();
        let driver = Driver::new(Arc::clone(&shared), config, tx, rx);
        tasks.spawn(&config.runtime, driver.run());
        let mut connection =
            Self { shared, versions: Versions::default(), runtime: config.runtime.clone(), tasks };
        let left = timeout.saturating_sub(config.runtime.now().since(started));
        let versions = handshake::exchange_versions(&connection, left).await;
        connection.versions = versions.map_err(|error| error.at_broker(connection.address()).not_sent())?;
        Ok(connection)
    }

    /// The versions that the broker speaks.
    pub(crate) fn versions(&self) -> &Versions {
        &self.versions
    }

    /// The broker's address, as dialled.
    pub(crate) fn address(&self) -> &str {
        &self.shared.address
    }

    /// Why the connection is over, or `None` while it is up.
    pub(crate) fn broken(&self) -> Option<Error> {
        self.shared.session.lock().broken().cloned()
    }

    /// Sends a request at the newest version both sides know, and waits for the answer.
    pub(crate) async fn call<R: Request>(
        &self,
        request: &R,
        timeout: Duration,
    ) -> Result<R::Response, Error> {
        let version = self.versions.choose::<R>().map_err(|error| error.at_broker(self.address()))?;
        self.call_at(version, request, timeout).await
    }

    /// Sends a request at a given version and waits for the answer.
    pub(crate) async fn call_at<R: Request>(
        &self,
        version: i16,
        request: &R,
        timeout: Duration,
    ) -> Result<R::Response, Error> {
        self.room().await?;
        self.send(version, request, timeout)?.wait().await
    }

    /// Queues a request at once, and so settles its place in the order of requests.
    pub(crate) fn send<R: Request>(
        &self,
        version: i16,
        request: &R,
        timeout: Duration,
    ) -> Result<Answer<R>, Error> {
        let asked = Asked::of::<R>(version);
        let reply = self.send_asked(asked, &|out| request.encode(version, out), timeout)?;
        Ok(Answer::of(reply))
    }

    fn send_asked(
        &self,
        asked: Asked,
        encode: &dyn Fn(&mut Encoder),
        timeout: Duration,
    ) -> Result<Reply, Error> {
        let (sender, receiver) = oneshot::channel();
        let due = self.due(asked, timeout);
        self.queue(asked, encode, |session, id, frame| session.queue(id, frame, due, sender))?;
        Ok(Reply::new(receiver, asked, Arc::clone(&self.shared.address)))
    }

    /// Queues a request that the broker does not answer: a Produce without acknowledgement. The future waits
    /// until it is written: a connection that is closed before loses it.
    pub(crate) fn post<R: Request>(
        &self,
        version: i16,
        request: &R,
        timeout: Duration,
    ) -> Result<impl Future<Output = Result<(), Error>> + use<R>, Error> {
        let (sender, written) = oneshot::channel();
        let asked = Asked::of::<R>(version);
        let due = self.due(asked, timeout);
        let encode = |out: &mut Encoder| request.encode(version, out);
        self.queue(asked, &encode, |session, id, frame| session.post(id, frame, due, sender))?;
        let shared = Arc::clone(&self.shared);
        Ok(async move {
            written.await.unwrap_or_else(|oneshot::Canceled| {
                let reason = shared.session.lock().broken().cloned();
                Err(reason.unwrap_or_else(|| Error::closed("connection").at_broker(&shared.address)))
            })
        })
    }

    fn due(&self, asked: Asked, timeout: Duration) -> Due {
        Due { asked: asked.name, deadline: self.runtime.now() + timeout, timeout }
    }

    /// Encodes a request and hands its frame to `take`, which tells whether the timer has to be set anew.
    fn queue(
        &self,
        asked: Asked,
        encode: &dyn Fn(&mut Encoder),
        take: impl FnOnce(&mut Session, i32, Vec<Bytes>) -> bool,
    ) -> Result<(), Error> {
        let mut out = Encoder::framed();
        let mut session = self.shared.session.lock();
        if let Some(error) = session.broken() {
            return Err(error.clone().not_sent());
        }
        let id = session.next_correlation_id();
        let Asked { key, name, version, flexible } = asked;
        header::encode_request(&mut out, key, version, flexible, id, Some(&*self.shared.client_id));
        encode(&mut out);
        let frame = out.into_frame().map_err(|cause| {
            Error::misuse(format!("the {name} request cannot be encoded in version {version}"))
                .caused_by(cause)
        })?;
        if take(&mut session, id, frame) {
            self.shared.sooner.notify(1);
        }
        drop(session);
        self.shared.queued.notify(1);
        Ok(())
    }

    /// Waits until the connection holds fewer unanswered requests than its limit.
    pub(crate) async fn room(&self) -> Result<(), Error> {
        loop {
            let answered = {
                let session = self.shared.session.lock();
                if let Some(error) = session.broken() {
                    return Err(error.clone().not_sent());
                }
                if session.has_room() {
                    return Ok(());
                }
                self.shared.answered.listen()
            };
            answered.await;
        }
    }

    /// Closes the connection. Unanswered requests fail.
    pub(crate) async fn close(&self) {
        self.shared.fail(Error::closed("connection").at_broker(self.address()));
        self.tasks.stop().await;
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.shared.fail(Error::closed("connection").at_broker(self.address()));
    }
}

impl Shared {
    /// Ends the session: every waiting caller gets the error.
    fn fail(&self, error: Error) {
        self.session.lock().fail(error);
        self.answered.notify(usize::MAX);
    }

    fn malformed(&self, what: &'static str) -> Error {
        Error::new(ErrorKind::Malformed, what).at_broker(&self.address)
    }
}

/// A wait with nothing to wait for, or for something that wakes the waiter itself.
pub(crate) const LONGEST_WAIT: Duration = Duration::from_secs(3600);

/// What `future` comes to, or `None` when it takes longer than `limit`.
pub(crate) async fn within<T>(
    runtime: &DynRuntime,
    limit: Duration,
    future: impl Future<Output = T>,
) -> Option<T> {
    use futures::future::{Either, select};
    let future = std::pin::pin!(future);
    match select(future, runtime.sleep(limit)).await {
        Either::Left((value, _)) => Some(value),
        Either::Right(_) => None,
    }
}
