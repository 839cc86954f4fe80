use std::{collections::BTreeMap, sync::Arc};

use ottla_transport::Runtime;

use super::Client;
use crate::{
    cluster::{Partition, Route, TopicMetadata},
    error::Error,
    protocol::{
        ErrorCode, Uuid,
        create_partitions::{self, PartitionsTopic},
        create_topics::{self, CreatableTopic, TopicConfig},
        delete_topics::{self, DeleteTopic},
    },
};

/// A topic and its partitions.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Topic {
    /// Its name.
    pub name: Arc<str>,
    /// Its id (KIP-516), all zero from a broker before 2.8.
    pub id: Uuid,
    /// Whether it is one of Kafka's own.
    pub internal: bool,
    /// Its partitions, in order of their ids.
    pub partitions: Vec<Partition>,
}

impl From<&TopicMetadata> for Topic {
    fn from(topic: &TopicMetadata) -> Self {
        let TopicMetadata { name, id, internal, partitions, .. } = topic.clone();
        Self { name, id, internal, partitions }
    }
}

/// A topic to be created.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct NewTopic {
    /// Its name.
    pub name: Arc<str>,
    /// How many partitions.
    pub partitions: i32,
    /// How many copies of each. It cannot be more than there are brokers.
    pub replicas: i16,
    /// Its settings, where they differ from the broker's, such as `retention.ms`.
    pub config: BTreeMap<String, String>,
}

impl NewTopic {
    /// A topic with so many partitions and one copy of each.
    pub fn new(name: impl Into<Arc<str>>, partitions: i32) -> Self {
        Self { name: name.into(), partitions, replicas: 1, config: BTreeMap::new() }
    }

    /// The same with so many copies of each partition.
    #[must_use]
    pub fn replicas(mut self, replicas: i16) -> Self {
        self.replicas = replicas;
        self
    }

    /// The same with a setting.
    #[must_use]
    pub fn set(mut self, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.config.insert(key.into(), value.into());
        self
    }

    pub(crate) fn to_wire(&self) -> CreatableTopic {
        let configs = self.config.iter();
        CreatableTopic {
            name: self.name.clone(),
            num_partitions: self.partitions,
            replication_factor: self.replicas,
            assignments: Vec::new(),
            configs: configs
                .map(|(name, value)| TopicConfig { name: (&**name).into(), value: Some((&**value).into()) })
                .collect(),
        }
    }
}

impl Client {
    /// All topics, in order of their names. A topic that cannot be described now (it is being
    /// created, say) is left out.
    ///
    /// # Errors
    /// No broker can be reached, or none answers.
    ///
    /// # Cancel safety
    /// Safe.
    pub async fn topics(&self) -> Result<Vec<Topic>, Error> {
        let now = self.cluster.runtime.now();
        let response = self.cluster.ask_again(None, false).await?;
        let described = response.topics.iter().filter(|topic| topic.error_code == ErrorCode::NONE);
        let mut topics: Vec<_> =
            described.map(|topic| Topic::from(&TopicMetadata::read(topic, now))).collect();
        crate::sorting::sort_by(&mut topics, |a, b| a.name.cmp(&b.name));
        Ok(topics)
    }

    /// One topic.
    ///
    /// # Errors
    /// The topic does not exist, or no broker can be reached, or none answers.
    ///
    /// # Cancel safety
    /// Safe.
    pub async fn topic(&self, name: &str) -> Result<Topic, Error> {
        let name: Arc<str> = name.into();
        let response = self.cluster.ask_again(Some(std::slice::from_ref(&name)), false).await?;
        let now = self.cluster.runtime.now();
        let found = response.topics.iter().find(|topic| topic.name.as_ref() == Some(&name));
        let code = found.map_or(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION, |topic| topic.error_code);
        Error::check(code, "looking up the topic", None).map_err(|error| error.about(name, None))?;
        found
            .map(|topic| Topic::from(&TopicMetadata::read(topic, now)))
            .ok_or_else(|| Error::closed("client"))
    }

    /// Creates topics and waits until their partitions have leaders.
    ///
    /// # Errors
    /// The first topic that could not be created, with the broker's reason. The others are created
    /// all the same.
    ///
    /// # Cancel safety
    /// A dropped call may have created them.
    pub async fn create_topics(&self, topics: &[NewTopic]) -> Result<(), Error> {
        let request = create_topics::Request {
            topics: topics.iter().map(NewTopic::to_wire).collect(),
            timeout_ms: self.broker_timeout(),
            ..Default::default()
        };
        let done = self.cluster.call(&Route::Controller, &request, |response| {
            response.topics.iter().try_for_each(|topic| {
                Error::check(topic.error_code, "creating the topic", topic.error_message.as_deref())
                    .map_err(|error| error.about(topic.name.clone(), None))
            })
        });
        let outcome = done.await.map(drop);
        if outcome.is_ok() {
            for topic in topics {
                self.until_led(&topic.name).await?;
            }
        }
        outcome
    }

    /// Deletes topics, with everything in them.
    ///
    /// # Errors
    /// The first topic that could not be deleted, with the broker's reason. The others are deleted
    /// all the same.
    ///
    /// # Cancel safety
    /// A dropped call may have deleted them.
    pub async fn delete_topics(&self, topics: &[impl AsRef<str>]) -> Result<(), Error> {
        let names: Vec<Arc<str>> = topics.iter().map(|topic| topic.as_ref().into()).collect();
        let request = delete_topics::Request {
            topics: names
                .iter()
                .map(|name| DeleteTopic { name: Some(name.clone()), ..Default::default() })
                .collect(),
            topic_names: names,
            timeout_ms: self.broker_timeout(),
        };
        let done = self.cluster.call(&Route::Controller, &request, |response| {
            response.responses.iter().try_for_each(|topic| {
                Error::check(topic.error_code, "deleting the topic", topic.error_message.as_deref())
                    .map_err(|error| error.about(topic.name.clone().unwrap_or_default(), None))
            })
        });
        done.await.map(drop)
    }

    /// Adds partitions to a topic, so that it has `count`.
    ///
    /// # Errors
    /// The broker's reason, for instance that the topic has as many already.
    ///
    /// # Cancel safety
    /// A dropped call may have added them.
    pub async fn create_partitions(&self, topic: &str, count: i32) -> Result<(), Error> {
        let topic = PartitionsTopic { name: topic.into(), count, assignments: None };
        let request = create_partitions::Request {
            topics: vec![topic],
            timeout_ms: self.broker_timeout(),
            validate_only: false,
        };
        let done = self.cluster.call(&Route::Controller, &request, |response| {
            response.results.iter().try_for_each(|topic| {
                Error::check(topic.error_code, "adding partitions", topic.error_message.as_deref())
                    .map_err(|error| error.about(topic.name.clone(), None))
            })
        });
        done.await.map(drop)
    }

    /// What the broker is told to keep to, in milliseconds.
    fn broker_timeout(&self) -> i32 {
        i32::try_from(self.cluster.config.request_timeout.as_millis()).unwrap_or(i32::MAX)
    }

    async fn until_led(&self, name: &Arc<str>) -> Result<(), Error> {
        let deadline = self.cluster.runtime.now() + self.cluster.config.call_timeout;
        let mut failures = 0;
        loop {
            let topic = self.cluster.refresh(name, self.cluster.runtime.now(), false).await;
            let led = |topic: &TopicMetadata| {
                topic.error == ErrorCode::NONE
                    && !topic.partitions.is_empty()
                    && topic.partitions.iter().all(|partition| partition.leader.is_some())
            };
            if topic.is_ok_and(|topic| led(&topic)) {
                return Ok(());
            }
            failures += 1;
            if !self.cluster.pause(self.cluster.config.backoff.after(failures), deadline).await {
                let what = "the topic was created, but its partitions have no leaders yet";
                return Err(Error::timeout(what).about(name.clone(), None));
            }
        }
    }
}
