//! Three brokers, shared by all tests, and the blows that fall on them.

use std::{
    io,
    sync::{Arc, LazyLock, Mutex, PoisonError},
    time::Duration,
};

use ottla::{Client, ErrorKind, NewTopic, Partition};
use ottla_kafka::{Config, KafkaCluster, Mode};
use tokio::{
    task::spawn_blocking,
    time::{sleep, timeout},
};

use crate::load::{Load, PARTITIONS, PATIENCE};

pub(crate) const BROKERS: usize = 3;

/// Started by the first test. The brokers end with this process.
static CLUSTER: LazyLock<Mutex<KafkaCluster>> = LazyLock::new(|| {
    let version = ottla_kafka::default_version();
    let mut config = Config::new(&version).brokers(BROKERS).set("auto.create.topics.enable", "false");
    if version.parse::<ottla_kafka::Version>().unwrap().mode() == Mode::Kraft {
        // How soon a broker that is killed loses what it leads; with ZooKeeper it is as long.
        config = config.set("broker.session.timeout.ms", "6000").set("broker.heartbeat.interval.ms", "1000");
    }
    Mutex::new(config.start().unwrap())
});

/// The cluster, and a client that looks at it: the client under test is to find out by itself.
pub(crate) struct Kafka {
    looking: Client,
}

impl Kafka {
    /// The cluster with all its brokers, whatever the test before left of it.
    pub(crate) async fn ready() -> Self {
        for broker in 0..BROKERS {
            with(move |kafka| if kafka.pid(broker).is_none() { kafka.restart(broker) } else { Ok(()) }).await;
        }
        Self { looking: Client::builder().bootstrap(bootstrap().await).build().unwrap() }
    }

    /// A new topic, three copies of each partition, two of which must be up to date.
    pub(crate) async fn topic(&self, name: &str) -> Arc<str> {
        let topic = NewTopic::new(name, PARTITIONS as i32).replicas(BROKERS as i16);
        let topic = topic.set("min.insync.replicas", "2");
        let creating = async {
            loop {
                match self.looking.create_topics(std::slice::from_ref(&topic)).await {
                    Ok(()) => break,
                    // One of that name is still being deleted, or some broker has just come back.
                    Err(error) if error.kind() == ErrorKind::Broker => sleep(Duration::from_millis(50)).await,
                    Err(error) => panic!("{error:?}"),
                }
            }
        };
        timeout(PATIENCE, creating).await.expect("the topic cannot be created");
        self.until(name, in_sync).await;
        topic.name
    }

    pub(crate) async fn delete(&self, topic: &str) {
        self.looking.delete_topics(&[topic]).await.unwrap();
    }

    /// Waits until every partition of a topic is as it should be.
    async fn until(&self, topic: &str, is_so: impl Fn(&Partition) -> bool) {
        let waiting = async {
            loop {
                match self.looking.topic(topic).await {
                    Ok(found) if found.partitions.iter().all(&is_so) => break,
                    _ => sleep(Duration::from_millis(100)).await,
                }
            }
        };
        let done = timeout(PATIENCE, waiting).await;
        if done.is_err() {
            panic!("the topic does not come to rest: {:?}", self.looking.topic(topic).await);
        }
    }

    /// The leader of a topic's first partition is killed, and comes back after a while.
    pub(crate) async fn kill_a_leader(&self, topic: &str, load: &Load) {
        let leader = self.looking.topic(topic).await.unwrap().partitions[0].leader.unwrap();
        let broker = usize::try_from(leader).unwrap() - 1;
        with(move |kafka| kafka.kill9(broker)).await;
        // Every partition goes on without it.
        load.flows(500).await;
        with(move |kafka| kafka.restart(broker)).await;
        self.until(topic, in_sync).await;
    }

    /// All brokers are restarted, one after another, as for an upgrade.
    pub(crate) async fn restart_all(&self, topic: &str, load: &Load) {
        for broker in 0..BROKERS {
            with(move |kafka| kafka.shut_down(broker)).await;
            load.flows(100).await;
            with(move |kafka| kafka.restart(broker)).await;
            self.until(topic, in_sync).await;
        }
    }

    /// Every partition loses the copy that led it, and gets a new one elsewhere in the order; then the first in the
    /// order leads.
    pub(crate) async fn reassign(&self, topic: &str, load: &Load) {
        let before = self.looking.topic(topic).await.unwrap().partitions;
        let without_leader = before.iter().map(|partition| {
            let others = partition.replicas.iter().filter(|node| Some(**node) != partition.leader);
            others.copied().collect::<Vec<i32>>()
        });
        let smaller: Vec<Vec<i32>> = without_leader.collect();
        self.move_to(topic, smaller.clone()).await;
        load.flows(500).await;
        let larger = smaller.into_iter().map(|replicas| {
            let new = (1..=BROKERS as i32).find(|node| !replicas.contains(node)).unwrap();
            vec![new, replicas[1], replicas[0]]
        });
        self.move_to(topic, larger.collect()).await;
        load.flows(500).await;
        with(|kafka| kafka.elect_preferred()).await;
        self.until(topic, |partition| partition.leader == partition.replicas.first().copied()).await;
    }

    async fn move_to(&self, topic: &str, replicas: Vec<Vec<i32>>) {
        let (name, to) = (topic.to_owned(), replicas.clone());
        with(move |kafka| kafka.reassign(&name, &to)).await;
        let there = |partition: &Partition| {
            partition.replicas == replicas[usize::try_from(partition.id).unwrap()] && in_sync(partition)
        };
        self.until(topic, there).await;
    }
}

/// Whether all copies are up to date.
fn in_sync(partition: &Partition) -> bool {
    partition.leader.is_some_and(|leader| partition.replicas.contains(&leader))
        && partition.replicas.iter().all(|node| partition.isr.contains(node))
        && partition.isr.len() == partition.replicas.len()
}

/// The brokers' addresses.
pub(crate) async fn bootstrap() -> String {
    with(|kafka| Ok(kafka.bootstrap())).await
}

/// Does something that takes its time to the cluster.
async fn with<T: Send + 'static>(
    work: impl FnOnce(&mut KafkaCluster) -> io::Result<T> + Send + 'static,
) -> T {
    // A test that failed meanwhile has said so.
    let work = move || work(&mut CLUSTER.lock().unwrap_or_else(PoisonError::into_inner));
    spawn_blocking(work).await.unwrap().unwrap()
}
