//! One connection to one broker, and requests on it: the low-level API.

mod address;
mod api_version;
mod batch;
mod batch_options;
mod call;
mod dial;
mod dialer;
mod fetch;
mod lookup;
mod metadata;
mod offsets;
mod read;
mod seek;
mod topics;
mod write;

use std::fmt;

use ottla_transport::{DynRuntime, Instant};

pub use self::{
    address::Address,
    api_version::ApiVersion,
    batch::{Batch, BatchIter},
    batch_options::BatchOptions,
    dialer::Dialer,
    seek::Whence,
    write::Written,
};
use self::{fetch::Fetched, seek::Position};
use crate::{acks::Acks, cluster::Broker, connection::Connection, error::Error, wire::Str};

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
