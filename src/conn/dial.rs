use super::{Address, Conn, Dialer};
use crate::{
    cluster::{Broker, Partition},
    error::Error,
    wire::Str,
};

impl Conn {
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
}
