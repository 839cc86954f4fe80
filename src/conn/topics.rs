use std::time::Duration;

use ottla_transport::Runtime;

use super::{Conn, lookup::topic_in};
use crate::{
    client::NewTopic,
    cluster::{Backoff, inquiry},
    error::Error,
    protocol::{
        ErrorCode, create_topics,
        delete_topics::{self, DeleteTopic},
        metadata,
    },
    wire::Str,
};

/// Between two looks whether the brokers know a new topic.
const BACKOFF: Backoff = Backoff { min: Duration::from_millis(20), max: Duration::from_millis(500) };

impl Conn {
    /// Creates topics, and waits until this broker knows leaders for all their partitions. A topic
    /// that is there already counts as created, whatever its settings.
    ///
    /// A cluster with ZooKeeper takes this from its controller only: dial [`Conn::controller`].
    ///
    /// # Errors
    /// The first topic that could not be created, with the broker's reason
    /// ([`ErrorCode::NOT_CONTROLLER`] from the wrong broker); the others are created all the same. The
    /// connection is broken, or the broker does not answer by the deadline.
    ///
    /// # Cancel safety
    /// A dropped call may have created them.
    pub async fn create_topics(&self, topics: &[NewTopic]) -> Result<(), Error> {
        let request = create_topics::Request {
            topics: topics.iter().map(NewTopic::to_wire).collect(),
            timeout_ms: self.broker_timeout(self.write_deadline),
            ..Default::default()
        };
        let response = self.call(self.write_deadline, &request).await?;
        let refused = response
            .topics
            .iter()
            .find(|topic| !matches!(topic.error_code, ErrorCode::NONE | ErrorCode::TOPIC_ALREADY_EXISTS));
        if let Some(topic) = refused {
            let said = topic.error_message.as_deref();
            let error = Error::broker(topic.error_code, "creating the topic", said);
            return Err(error.about(topic.name.clone(), None).at_broker(self.connection.address()));
        }
        let names: Vec<Str> = topics.iter().map(|topic| topic.name.clone()).collect();
        self.until_led(&names).await
    }

    /// Deletes topics, with everything in them. Brokers take a moment to forget them.
    ///
    /// A cluster with ZooKeeper takes this from its controller only: dial [`Conn::controller`].
    ///
    /// # Errors
    /// The first topic that could not be deleted, with the broker's reason
    /// ([`ErrorCode::NOT_CONTROLLER`] from the wrong broker); the others are deleted all the same. The
    /// connection is broken, or the broker does not answer by the deadline.
    ///
    /// # Cancel safety
    /// A dropped call may have deleted them.
    pub async fn delete_topics(&self, topics: &[impl AsRef<str>]) -> Result<(), Error> {
        let names: Vec<Str> = topics.iter().map(|topic| topic.as_ref().into()).collect();
        let by_name = |name: &Str| DeleteTopic { name: Some(name.clone()), ..Default::default() };
        let request = delete_topics::Request {
            topics: names.iter().map(by_name).collect(),
            topic_names: names,
            timeout_ms: self.broker_timeout(self.write_deadline),
        };
        let response = self.call(self.write_deadline, &request).await?;
        response.responses.iter().try_for_each(|topic| {
            Error::check(topic.error_code, "deleting the topic", topic.error_message.as_deref()).map_err(
                |error| {
                    let error = error.about(topic.name.clone().unwrap_or_default(), None);
                    error.at_broker(self.connection.address())
                },
            )
        })
    }

    async fn until_led(&self, names: &[Str]) -> Result<(), Error> {
        let version = self.version::<metadata::Request>(i16::MAX)?;
        let until = self.runtime.now() + self.dialer.request_timeout;
        let until = self.write_deadline.map_or(until, |deadline| deadline.min(until));
        let mut failures = 0;
        loop {
            let request = inquiry(version, Some(names), false);
            let response = self.call_at(self.write_deadline, version, &request).await?;
            let led = |name: &Str| {
                let topic = topic_in(&response, name, false);
                topic.is_ok_and(|topic| topic.partitions.iter().all(|partition| partition.leader_id >= 0))
            };
            let Some(name) = names.iter().find(|name| !led(name)) else { return Ok(()) };
            failures += 1;
            let wait = BACKOFF.after(failures);
            if wait >= until.since(self.runtime.now()) {
                let what = "the topic was created, but this broker knows no leaders for it yet";
                return Err(Error::timeout(what).about(name.clone(), None));
            }
            self.runtime.sleep(wait).await;
        }
    }
}
