//! What the cases are run against.

use std::{
    sync::atomic::{AtomicUsize, Ordering},
    time::Duration,
};

use ottla::{Conn, Dialer, Message, NewTopic};

/// Nothing here takes so long unless it hangs.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// A cluster, and how to reach it.
pub(crate) struct Cluster {
    pub(crate) dialer: Dialer,
    pub(crate) addresses: Vec<String>,
    /// Of Kafka: what it is, or what it plays.
    pub(crate) release: Vec<u32>,
}

impl Cluster {
    pub(crate) fn at_least(&self, release: &[u32]) -> bool {
        self.release.as_slice() >= release
    }

    pub(crate) fn address(&self) -> &str {
        &self.addresses[0]
    }

    /// A connection to any broker.
    pub(crate) async fn any(&self) -> Conn {
        let mut conn = self.dialer.dial(self.address()).await.unwrap();
        conn.set_deadline(PATIENCE);
        conn
    }

    /// A connection to the broker that creates and deletes topics.
    pub(crate) async fn controller(&self) -> Conn {
        let controller = self.any().await.controller().await.unwrap();
        let mut conn = self.dialer.dial(&controller).await.unwrap();
        conn.set_deadline(PATIENCE);
        conn
    }

    /// A name that no topic has yet.
    pub(crate) fn name(&self) -> String {
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        format!("conn-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed))
    }

    /// A new topic.
    pub(crate) async fn topic(&self, partitions: i32) -> String {
        let name = self.name();
        self.create(NewTopic::new(&*name, partitions)).await;
        name
    }

    pub(crate) async fn create(&self, topic: NewTopic) {
        let (name, partitions) = (topic.name.clone(), topic.partitions);
        self.controller().await.create_topics(&[topic]).await.unwrap();
        // The first broker may come to know it later than the controller, and the leader later still that it leads.
        let deadline = tokio::time::Instant::now() + PATIENCE;
        for partition in 0..partitions {
            while !self.is_led(&name, partition).await {
                assert!(tokio::time::Instant::now() < deadline, "{name} is nowhere to be seen");
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }
    }

    async fn is_led(&self, topic: &str, partition: i32) -> bool {
        match self.dialer.dial_leader(self.address(), topic, partition).await {
            Ok(conn) => conn.read_last_offset().await.is_ok(),
            Err(_) => false,
        }
    }

    /// A connection to a topic's first partition.
    pub(crate) async fn leader(&self, topic: &str) -> Conn {
        let mut conn = self.dialer.dial_leader(self.address(), topic, 0).await.unwrap();
        conn.set_deadline(PATIENCE);
        conn
    }

    /// A connection to the partition of a new topic.
    pub(crate) async fn conn(&self) -> Conn {
        self.leader(&self.topic(1).await).await
    }

    /// The same, with messages whose values are 0, 1, 2, …, one a batch.
    pub(crate) async fn conn_with(&self, messages: usize) -> Conn {
        let conn = self.conn().await;
        for n in 0..messages {
            let written = conn.write(n.to_string().as_bytes()).await.unwrap();
            assert_eq!(written.offset, Some(n as i64));
        }
        conn
    }
}

/// The value of a message as text.
pub(crate) fn text(message: &Message) -> &str {
    std::str::from_utf8(message.value.as_deref().unwrap()).unwrap()
}

/// Messages whose values are the numbers of a range.
pub(crate) fn numbered(range: std::ops::Range<usize>) -> Vec<Message> {
    range.map(|n| Message::new(n.to_string())).collect()
}
