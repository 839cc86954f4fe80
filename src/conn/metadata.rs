use ottla_transport::Runtime;

use super::{Conn, lookup::topic_in};
use crate::{
    client::Topic,
    cluster::{Broker, Metadata, TopicMetadata, inquiry},
    error::Error,
    protocol::{ErrorCode, metadata},
    wire::Str,
};

impl Conn {
    /// The broker at the other end, when it was found by looking up a leader; `None` otherwise, since
    /// a broker does not tell its own id.
    pub fn broker(&self) -> Option<&Broker> {
        self.broker.as_ref()
    }

    /// The brokers of the cluster, in order of their ids, as this one knows them.
    ///
    /// # Errors
    /// The connection is broken, or the broker does not answer by the deadline.
    ///
    /// # Cancel safety
    /// Safe.
    pub async fn brokers(&self) -> Result<Vec<Broker>, Error> {
        Ok(self.cluster().await?.brokers.into_values().collect())
    }

    /// The broker that creates and deletes topics. Any broker of a cluster without ZooKeeper passes
    /// such requests on to it, and may name itself here.
    ///
    /// # Errors
    /// There is no controller at the moment; or as [`Conn::brokers`].
    ///
    /// # Cancel safety
    /// Safe.
    pub async fn controller(&self) -> Result<Broker, Error> {
        let cluster = self.cluster().await?;
        let controller = cluster.controller.and_then(|id| cluster.brokers.get(&id));
        controller.cloned().ok_or_else(|| {
            let error = Error::broker(ErrorCode::NOT_CONTROLLER, "looking up the controller", None);
            error.at_broker(self.connection.address())
        })
    }

    /// Some topics and their partitions, in the order given, as this broker knows them. None is
    /// created by asking. [`Conn::topics`] lists all.
    ///
    /// # Errors
    /// One of them does not exist or cannot be described; or as [`Conn::brokers`].
    ///
    /// # Cancel safety
    /// Safe.
    pub async fn read_partitions(&self, topics: &[impl AsRef<str>]) -> Result<Vec<Topic>, Error> {
        let names: Vec<Str> = topics.iter().map(|topic| topic.as_ref().into()).collect();
        let response = self.ask(Some(&names)).await?;
        let found =
            names.iter().map(|name| topic_in(&response, name, false).map(|topic| self.read_topic(topic)));
        found.collect::<Result<_, _>>().map_err(|error| error.at_broker(self.connection.address()))
    }

    /// All topics, in order of their names. A topic that cannot be described now (it is being
    /// created, say) is left out.
    ///
    /// # Errors
    /// As [`Conn::brokers`].
    ///
    /// # Cancel safety
    /// Safe.
    pub async fn topics(&self) -> Result<Vec<Topic>, Error> {
        let response = self.ask(None).await?;
        let described = response.topics.iter().filter(|topic| topic.error_code == ErrorCode::NONE);
        let mut topics: Vec<_> = described.map(|topic| self.read_topic(topic)).collect();
        crate::sorting::sort_by(&mut topics, |a, b| a.name.cmp(&b.name));
        Ok(topics)
    }

    fn read_topic(&self, topic: &metadata::Topic) -> Topic {
        Topic::from(&TopicMetadata::read(topic, self.runtime.now()))
    }

    async fn cluster(&self) -> Result<Metadata, Error> {
        let response = self.ask(Some(&[])).await?;
        let mut metadata = Metadata::default();
        metadata.install(&response, self.runtime.now());
        Ok(metadata)
    }

    async fn ask(&self, topics: Option<&[Str]>) -> Result<metadata::Response, Error> {
        let version = self.version::<metadata::Request>(i16::MAX)?;
        self.call_at(self.read_deadline, version, &inquiry(version, topics, false)).await
    }
}
