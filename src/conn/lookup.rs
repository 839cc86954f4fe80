use std::time::Duration;

use ottla_transport::Runtime;

use super::{Address, Bound, Dialer, dialer::Dialling};
use crate::{
    cluster::{Backoff, Broker, Metadata, Partition, TopicMetadata, inquiry},
    connection::Connection,
    error::{Error, ErrorKind, Retry},
    protocol::{ErrorCode, metadata},
    wire::Str,
};

/// Between two looks at what may change by itself: a leader to be elected, a topic to be created.
const BACKOFF: Backoff = Backoff { min: Duration::from_millis(50), max: Duration::from_millis(500) };

impl Dialer {
    /// Asks the broker at `address` which broker leads a partition.
    ///
    /// # Errors
    /// As [`Dialer::dial`]; there is no such topic or partition, which is told at once; the partition
    /// has no leader and gets none within [`Dialer::timeout`].
    ///
    /// # Cancel safety
    /// Safe. The topic may have been created.
    pub async fn lookup_leader(
        &self,
        address: impl Into<Address>,
        topic: impl Into<Str>,
        partition: i32,
    ) -> Result<Broker, Error> {
        let (address, bound) = (address.into(), Bound::new(topic, partition)?);
        let dialling = self.start(&address)?;
        let connection = dialling.open(&address.resolve()?).await?;
        dialling.leader_by(&connection, &bound).await
    }

    /// Asks the broker at `address` about a partition. It may have no leader at the time.
    ///
    /// # Errors
    /// As [`Dialer::dial`]; there is no such topic or partition, which is told at once.
    ///
    /// # Cancel safety
    /// Safe. The topic may have been created.
    pub async fn lookup_partition(
        &self,
        address: impl Into<Address>,
        topic: impl Into<Str>,
        partition: i32,
    ) -> Result<Partition, Error> {
        let bound = Bound::new(topic, partition)?;
        let partitions = self.lookup_partitions(address, bound.topic.clone()).await?;
        find(&partitions, &bound).cloned()
    }

    /// Asks the broker at `address` about the partitions of a topic, in order of their numbers.
    ///
    /// # Errors
    /// As [`Dialer::dial`]; there is no such topic, which is told at once.
    ///
    /// # Cancel safety
    /// Safe. The topic may have been created.
    pub async fn lookup_partitions(
        &self,
        address: impl Into<Address>,
        topic: impl Into<Str>,
    ) -> Result<Vec<Partition>, Error> {
        let (address, Bound { topic, .. }) = (address.into(), Bound::new(topic, 0)?);
        let dialling = self.start(&address)?;
        let connection = dialling.open(&address.resolve()?).await?;
        dialling.look(&connection, &topic, |_, topic| Ok(topic.partitions.clone())).await
    }
}

impl Dialling {
    pub(super) async fn leader_by(&self, connection: &Connection, bound: &Bound) -> Result<Broker, Error> {
        let read = |metadata: &Metadata, topic: &TopicMetadata| {
            let leader = find(&topic.partitions, bound)?.leader;
            let known = leader.and_then(|leader| metadata.brokers.get(&leader)).cloned();
            known.ok_or_else(|| {
                let code = ErrorCode::LEADER_NOT_AVAILABLE;
                bound.about(Error::broker(code, "looking up the partition's leader", None))
            })
        };
        self.look(connection, &bound.topic, read).await
    }

    /// What `read` finds in what the broker says of a topic: again while waiting may help and there
    /// is time.
    async fn look<T>(
        &self,
        connection: &Connection,
        topic: &Str,
        read: impl Fn(&Metadata, &TopicMetadata) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let create = self.dialer.create_topics;
        let version = connection.versions().choose::<metadata::Request>()?;
        let mut failures = 0;
        loop {
            let request = inquiry(version, Some(std::slice::from_ref(topic)), create);
            let response = connection.call_at(version, &request, self.left()).await?;
            let now = self.runtime.now();
            let found = topic_in(&response, topic, create).map(|topic| TopicMetadata::read(topic, now));
            let mut metadata = Metadata::default();
            metadata.install(&response, now);
            let error = match found.and_then(|topic| read(&metadata, &topic)) {
                Ok(found) => return Ok(found),
                Err(error) => error.at_broker(connection.address()),
            };
            failures += 1;
            let wait = BACKOFF.after(failures);
            if error.retry() == Retry::Never || wait >= self.left() {
                return Err(error);
            }
            self.runtime.sleep(wait).await;
        }
    }
}

/// A partition among others.
fn find<'a>(partitions: &'a [Partition], bound: &Bound) -> Result<&'a Partition, Error> {
    partitions.iter().find(|partition| partition.id == bound.partition).ok_or_else(|| {
        let doing = format!("looking up the partition (there are {})", partitions.len());
        let error = Error::broker(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION, &doing, None);
        bound.about(error).or_retry(Retry::Never)
    })
}

/// A topic of a response. That it is missing is for good, unless it is being created.
pub(super) fn topic_in<'a>(
    response: &'a metadata::Response,
    name: &Str,
    create: bool,
) -> Result<&'a metadata::Topic, Error> {
    let found = response.topics.iter().find(|topic| topic.name.as_ref() == Some(name));
    match found.map_or(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION, |topic| topic.error_code) {
        ErrorCode::NONE => {}
        code if code == ErrorCode::UNKNOWN_TOPIC_OR_PARTITION && !create => {
            let error = Error::broker(code, "looking up the topic", None).about(name.clone(), None);
            return Err(error.or_retry(Retry::Never));
        }
        code => return Err(Error::broker(code, "looking up the topic", None).about(name.clone(), None)),
    }
    found.filter(|topic| !topic.partitions.is_empty()).ok_or_else(|| {
        let error = Error::new(ErrorKind::Broker, "the broker names no partition of the topic yet");
        error.about(name.clone(), None).or_retry(Retry::After)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_topic_is_final_and_one_that_is_being_created_is_not() {
        let response = |code| metadata::Response {
            topics: vec![metadata::Topic {
                error_code: code,
                name: Some("t".into()),
                partitions: vec![metadata::Partition::default()],
                ..Default::default()
            }],
            ..Default::default()
        };
        let retry = |code, create| {
            topic_in(&response(code), &"t".into(), create).map_err(|error| error.retry()).err()
        };
        assert_eq!(retry(ErrorCode::NONE, false), None);
        assert_eq!(retry(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION, false), Some(Retry::Never));
        assert_eq!(retry(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION, true), Some(Retry::RefreshMetadata));
        assert_eq!(retry(ErrorCode::LEADER_NOT_AVAILABLE, false), Some(Retry::RefreshMetadata));
        assert_eq!(retry(ErrorCode::INVALID_TOPIC_EXCEPTION, true), Some(Retry::Never));
        let absent = metadata::Response::default();
        assert_eq!(topic_in(&absent, &"t".into(), false).unwrap_err().retry(), Retry::Never);
    }
}
