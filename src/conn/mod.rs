//! One connection to one broker, and requests on it: the low-level API.

mod address;
mod api_version;
mod batch;
mod batch_options;
mod dialer;
mod fetch;
mod lookup;
mod metadata;
mod offsets;
mod read;
mod seek;
mod topics;
mod write;

use std::{fmt, future::Future, time::Duration};

use ottla_transport::{DynRuntime, Instant, Runtime};

pub use self::{
    address::Address, api_version::ApiVersion, batch::Batch, batch_options::BatchOptions, dialer::Dialer,
    seek::Whence, write::Written,
};
use self::{fetch::Fetched, seek::Position};
use crate::{
    acks::Acks,
    cluster::{Broker, Partition},
    connection::{Connection, within},
    error::{Error, Retry},
    protocol::Request,
    wire::Str,
};

/// One connection to one broker, bound to a partition or not: the low-level API.
///
/// It dials once, sends every request to that one broker, and tries nothing again: what a
/// [`Client`](crate::Client), a [`Writer`](crate::Writer) and a Reader do by themselves is left to
/// its user, who is told by [`Error::retry`] what would help. Once the connection is broken every
/// call fails; dial anew.
///
/// A broker answers the requests of a connection in turn: a read that waits for records holds up
/// whatever is asked after it. Use a connection each for reading and for writing.
///
/// ```no_run
/// use ottla::{Conn, Message};
///
/// # async fn example() -> Result<(), ottla::Error> {
/// let mut conn = Conn::dial_leader("localhost:9092", "greetings", 0).await?;
/// conn.set_deadline(std::time::Duration::from_secs(10));
/// conn.write_messages(&[Message::new("hello"), Message::new("world")]).await?;
///
/// let mut batch = conn.read_batch(1, 1 << 20).await?;
/// while let Some(message) = batch.read_message()? {
///     println!("{:?}", message.value);
/// }
/// conn.close().await;
/// # Ok(()) }
/// ```
pub struct Conn {
    connection: Connection,
    runtime: DynRuntime,
    dialer: Dialer,
    broker: Option<Broker>,
    bound: Option<Bound>,
    position: Position,
    /// What the last fetch brought and single reads have not taken yet.
    fetched: Option<Fetched>,
    acks: Acks,
    read_deadline: Option<Instant>,
    write_deadline: Option<Instant>,
    /// Until when the broker may keep a fetch, and with it whatever is asked after it.
    busy_until: Instant,
}

/// The partition that a connection reads and writes.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Bound {
    topic: Str,
    partition: i32,
}

impl Bound {
    fn about(&self, error: Error) -> Error {
        error.about(self.topic.clone(), Some(self.partition))
    }
}

impl Conn {
    fn new(dialer: Dialer, runtime: DynRuntime, connection: Connection) -> Self {
        Self {
            connection,
            runtime,
            dialer,
            broker: None,
            bound: None,
            position: Position::Start,
            fetched: None,
            acks: Acks::All,
            read_deadline: None,
            write_deadline: None,
            busy_until: Instant::default(),
        }
    }

    /// [`Dialer::dial`] with a default [`Dialer`]: connects to a broker.
    ///
    /// # Errors
    /// As [`Dialer::dial`].
    ///
    /// # Cancel safety
    /// Safe: dropping the future gives the attempt up.
    pub async fn dial(address: impl Into<Address>) -> Result<Self, Error> {
        Dialer::new().dial(address).await
    }

    /// [`Dialer::dial_leader`] with a default [`Dialer`]: connects to the broker that leads a
    /// partition, asking another broker who that is.
    ///
    /// # Errors
    /// As [`Dialer::dial_leader`].
    ///
    /// # Cancel safety
    /// Safe: dropping the future gives the attempt up.
    pub async fn dial_leader(
        address: impl Into<Address>,
        topic: impl Into<Str>,
        partition: i32,
    ) -> Result<Self, Error> {
        Dialer::new().dial_leader(address, topic, partition).await
    }

    /// [`Dialer::dial_partition`] with a default [`Dialer`]: connects to a broker that is known to
    /// lead a partition.
    ///
    /// # Errors
    /// As [`Dialer::dial_partition`].
    ///
    /// # Cancel safety
    /// Safe: dropping the future gives the attempt up.
    pub async fn dial_partition(
        address: impl Into<Address>,
        topic: impl Into<Str>,
        partition: i32,
    ) -> Result<Self, Error> {
        Dialer::new().dial_partition(address, topic, partition).await
    }

    /// [`Dialer::lookup_leader`] with a default [`Dialer`]: asks a broker who leads a partition.
    ///
    /// # Errors
    /// As [`Dialer::lookup_leader`].
    ///
    /// # Cancel safety
    /// Safe.
    pub async fn lookup_leader(
        address: impl Into<Address>,
        topic: impl Into<Str>,
        partition: i32,
    ) -> Result<Broker, Error> {
        Dialer::new().lookup_leader(address, topic, partition).await
    }

    /// [`Dialer::lookup_partition`] with a default [`Dialer`]: asks a broker about a partition.
    ///
    /// # Errors
    /// As [`Dialer::lookup_partition`].
    ///
    /// # Cancel safety
    /// Safe.
    pub async fn lookup_partition(
        address: impl Into<Address>,
        topic: impl Into<Str>,
        partition: i32,
    ) -> Result<Partition, Error> {
        Dialer::new().lookup_partition(address, topic, partition).await
    }

    /// [`Dialer::lookup_partitions`] with a default [`Dialer`]: asks a broker about the partitions
    /// of a topic.
    ///
    /// # Errors
    /// As [`Dialer::lookup_partitions`].
    ///
    /// # Cancel safety
    /// Safe.
    pub async fn lookup_partitions(
        address: impl Into<Address>,
        topic: impl Into<Str>,
    ) -> Result<Vec<Partition>, Error> {
        Dialer::new().lookup_partitions(address, topic).await
    }

    /// What dialled this connection: dials others by the same transport, the controller say.
    pub fn dialer(&self) -> &Dialer {
        &self.dialer
    }

    /// The address that was dialled.
    pub fn remote_address(&self) -> &str {
        self.connection.address()
    }

    /// The topic that it is bound to.
    pub fn topic(&self) -> Option<&str> {
        self.bound.as_ref().map(|bound| &*bound.topic)
    }

    /// The partition that it is bound to.
    pub fn partition(&self) -> Option<i32> {
        self.bound.as_ref().map(|bound| bound.partition)
    }

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

    /// Closes the connection. Every later call fails.
    ///
    /// # Cancel safety
    /// Dropping the future, or the `Conn` itself, closes it as well, without waiting until it is
    /// closed.
    pub async fn close(&self) {
        self.connection.close().await;
    }

    fn bound(&self) -> Result<&Bound, Error> {
        self.bound.as_ref().ok_or_else(|| {
            Error::misuse(
                "the connection is bound to no partition: dial it with dial_leader or dial_partition",
            )
        })
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

    async fn call<R: Request>(&self, deadline: Option<Instant>, request: &R) -> Result<R::Response, Error> {
        self.call_at(deadline, self.version::<R>(*R::VERSIONS.end())?, request).await
    }

    /// The newest version of an API that both sides speak, up to `ceiling`.
    fn version<R: Request>(&self, ceiling: i16) -> Result<i16, Error> {
        let chosen = self.connection.versions().choose_up_to::<R>(ceiling);
        chosen.map_err(|error| error.at_broker(self.connection.address()))
    }

    async fn call_at<R: Request>(
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
    fn patience(&self) -> Duration {
        self.dialer.request_timeout + self.busy_until.since(self.runtime.now())
    }

    async fn in_time<T>(
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
    fn broker_timeout(&self, deadline: Option<Instant>) -> i32 {
        let left = deadline.map(|deadline| deadline.since(self.runtime.now()));
        let timeout = left.map_or(self.dialer.request_timeout, |left| left.min(self.dialer.request_timeout));
        i32::try_from(timeout.as_millis()).unwrap_or(i32::MAX)
    }
}

impl fmt::Debug for Conn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Conn")
            .field("address", &self.connection.address())
            .field("topic", &self.topic())
            .field("partition", &self.partition())
            .field("position", &self.position)
            .finish_non_exhaustive()
    }
}
