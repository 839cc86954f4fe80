use std::sync::Arc;

use ottla::protocol::ErrorCode;
use ottla_memory::{MemoryListener, MemoryTransport, network};
use ottla_transport::{ByteRx, ByteTx, DynRuntime, Runtime};
use parking_lot::Mutex;

use crate::{
    BrokerConfig, TopicInfo, connection,
    core::Core,
    lifetime::{Owner, Token},
    seat::{Endpoints, Seat},
    topics::NewTopic,
};

/// A Kafka cluster in this process. Clones are the same cluster; it stops when the last is dropped,
/// or by [`Broker::close`].
///
/// ```
/// # #[tokio::main(flavor = "current_thread")] async fn main() {
/// use ottla_broker::{Broker, BrokerConfig};
/// use ottla_transport::TokioRuntime;
///
/// let broker = Broker::new(BrokerConfig::default(), TokioRuntime::current());
/// broker.create_topic("greetings", 3).unwrap();
/// let transport = broker.transport(); // give it to a client, or:
/// # #[cfg(feature = "tcp")]
/// let addresses = broker.listen_tcp(["127.0.0.1:0"]).await.unwrap();
/// broker.close().await;
/// # }
/// ```
#[derive(Clone)]
pub struct Broker {
    handle: Arc<Handle>,
}

struct Handle {
    core: Arc<Core>,
    listening: Mutex<Option<Owner>>,
    in_process: Arc<Endpoints>,
    transport: MemoryTransport,
}

impl Drop for Handle {
    fn drop(&mut self) {
        drop(self.core.stop());
    }
}

impl Broker {
    /// Starts a cluster that is reached in process; [`Broker::listen_tcp`] adds TCP.
    #[cfg_attr(
        target_family = "wasm",
        expect(clippy::arc_with_non_send_sync, reason = "nothing is sent on wasm, which has one thread")
    )]
    pub fn new(config: BrokerConfig, runtime: impl Runtime) -> Self {
        let runtime = DynRuntime::new(runtime);
        let in_process = Endpoints::in_process(config.nodes.max(1));
        let core = Arc::new(Core::new(config, runtime.clone()));
        let (transport, listener) = network();
        let listening = Owner::new();
        let token = listening.token();
        runtime.spawn(accept_in_process(Arc::clone(&core), Arc::clone(&in_process), listener, token));
        let listening = Mutex::new(Some(listening));
        Self { handle: Arc::new(Handle { core, listening, in_process, transport }) }
    }

    /// Reaches the cluster in process. Any bootstrap address will do: it means the first node.
    pub fn transport(&self) -> MemoryTransport {
        self.handle.transport.clone()
    }

    /// Serves one connection to a node, to its end, whatever carries its bytes. The client is told
    /// the nodes' names in process.
    ///
    /// # Cancel safety
    /// Dropping the future cuts the connection.
    pub async fn serve(&self, node_id: i32, tx: impl ByteTx, rx: impl ByteRx) {
        let core = Arc::clone(&self.handle.core);
        let endpoints = Arc::clone(&self.handle.in_process);
        if let (Some(_), Some(token)) = (endpoints.of(node_id), core.token(node_id)) {
            connection::run(&core, Seat { node: node_id, endpoints }, tx, rx, &token).await;
        }
    }

    /// Creates a topic with the default number of replicas.
    ///
    /// # Errors
    /// As Kafka refuses it: a bad name, a topic that is there, a number of partitions below 1.
    pub fn create_topic(&self, name: &str, partitions: i32) -> Result<(), ErrorCode> {
        let topic = NewTopic { partitions, ..NewTopic::named(name) };
        self.handle.core.with(|state| state.create(&topic)).map_err(|refusal| refusal.code)
    }

    /// Every topic, by name.
    pub fn topics(&self) -> Vec<TopicInfo> {
        self.handle.core.with(|state| state.topics().map(TopicInfo::of).collect())
    }

    /// The offset that the next record of a partition gets, or `None` when there is none such.
    pub fn log_end(&self, topic: &str, partition: i32) -> Option<i64> {
        self.handle.core.with(|state| Some(state.partition(topic, partition)?.log.end()))
    }

    /// Cuts every connection there is, and waits until it is cut. New ones are served.
    ///
    /// # Cancel safety
    /// Safe: they are cut all the same.
    pub async fn disconnect_all(&self) {
        for connections in self.handle.core.restart_connections(None) {
            connections.ended().await;
        }
    }

    /// Stops listening, cuts every connection, and waits until nothing runs any more.
    ///
    /// # Cancel safety
    /// Safe: it stops all the same.
    pub async fn close(&self) {
        let listening = self.handle.listening.lock().take();
        let connections = self.handle.core.stop();
        for owner in listening.into_iter().chain(connections) {
            owner.ended().await;
        }
    }

    pub(crate) fn core(&self) -> &Arc<Core> {
        &self.handle.core
    }

    /// A listener's token, or `None` when the broker is closed.
    #[cfg(all(feature = "tcp", not(target_family = "wasm")))]
    pub(crate) fn listening(&self) -> Option<Token> {
        self.handle.listening.lock().as_ref().map(Owner::token)
    }
}

async fn accept_in_process(
    core: Arc<Core>,
    endpoints: Arc<Endpoints>,
    mut listener: MemoryListener,
    listening: Token,
) {
    while let Some(Some((dialed, tx, rx))) = listening.or_stopped(listener.accept()).await {
        let node = endpoints.meant_by(&dialed, |node| core.with(|state| state.is_reachable(node)));
        let Some((node, token)) = node.and_then(|node| Some((node, core.token(node)?))) else { continue };
        let seat = Seat { node, endpoints: Arc::clone(&endpoints) };
        let serving = Arc::clone(&core);
        core.runtime.spawn(async move { connection::run(&serving, seat, tx, rx, &token).await });
    }
}
