//! A cluster in this process, a client of it, and what most tests do with them.

use std::time::Duration;

use ottla::{
    Client, Dialer, Message, Reader, ReaderBuilder, Writer, WriterBuilder,
    protocol::fetch::{self, FetchPartition, FetchTopic},
    record::batches,
};
use ottla_broker::{Broker, BrokerConfig};
use ottla_transport::TokioRuntime;

pub(crate) const TOPIC: &str = "topic";
/// Longer than anything takes, on virtual time, unless it hangs.
pub(crate) const LIMIT: Duration = Duration::from_secs(3600);

pub(crate) struct Scene {
    pub(crate) broker: Broker,
    pub(crate) client: Client,
}

/// Plays on virtual time, in a cluster of one node that creates topics as Kafka does by default.
pub(crate) fn play(scene: impl AsyncFnOnce(&Scene)) {
    play_on(BrokerConfig::default(), scene);
}

pub(crate) fn play_on(config: BrokerConfig, scene: impl AsyncFnOnce(&Scene)) {
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    let played = async {
        let broker = Broker::new(config, TokioRuntime::current());
        let client = Client::builder().transport(broker.transport()).build().unwrap();
        let set = Scene { broker, client };
        scene(&set).await;
        set.client.close().await;
        set.broker.close().await;
    };
    runtime.block_on(async { tokio::time::timeout(24 * LIMIT, played).await }).expect("it hangs");
}

impl Scene {
    /// Creates the topic.
    pub(crate) fn topic(&self, partitions: i32) {
        self.broker.create_topic(TOPIC, partitions).unwrap();
    }

    pub(crate) fn writer(&self) -> WriterBuilder {
        Writer::builder(&self.client).topic(TOPIC)
    }

    pub(crate) fn reader(&self) -> ReaderBuilder {
        Reader::builder(&self.client).topic(TOPIC)
    }

    /// Writes values to partition 0, and waits until they are there.
    pub(crate) async fn write<T: ToString>(&self, values: impl IntoIterator<Item = T>) {
        let writer = self.writer().build().unwrap();
        let messages = values.into_iter().map(|value| Message::new(value.to_string()).with_partition(0));
        writer.write(messages).await.unwrap();
        writer.close(LIMIT).await.unwrap();
    }

    /// The values of a partition, from its first record to its last.
    pub(crate) async fn log(&self, topic: &str, partition: i32) -> Vec<String> {
        let end = self.broker.log_end(topic, partition).unwrap();
        let reader = Reader::builder(&self.client).topic(topic).partition(partition).build().unwrap();
        // Nothing here is ever deleted or left out: as many records as offsets.
        let values = take(&reader, usize::try_from(end).unwrap()).await;
        reader.close().await;
        values
    }

    /// How many records are in each batch that lies in the log of a partition.
    pub(crate) async fn batches(&self, topic: &str, partition: i32) -> Vec<i32> {
        let dialer = Dialer::new().transport(self.broker.transport());
        let conn = dialer.dial_leader("anywhere", topic, partition).await.unwrap();
        let topics = conn.topics().await.unwrap();
        let found = topics.iter().find(|found| &*found.name == topic).unwrap();
        let asked = FetchPartition { partition, partition_max_bytes: i32::MAX, ..FetchPartition::default() };
        let topic = FetchTopic { topic: found.name.clone(), topic_id: found.id, partitions: vec![asked] };
        let request =
            fetch::Request { topics: vec![topic], replica_id: -1, session_epoch: -1, ..Default::default() };
        let answer = conn.request(&request).await.unwrap();
        let records = answer.responses[0].partitions[0].records.clone().unwrap();
        batches(&records).map(|batch| batch.unwrap().0.count).collect()
    }
}

/// The value of a message as text.
pub(crate) fn text(message: &Message) -> String {
    String::from_utf8(message.value.as_deref().unwrap().to_vec()).unwrap()
}

/// The next values that a Reader gives.
pub(crate) async fn take(reader: &Reader, count: usize) -> Vec<String> {
    let mut values = Vec::new();
    while values.len() < count {
        values.push(text(&reader.read().await.unwrap()));
    }
    values
}
