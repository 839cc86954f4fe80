use std::{io, time::Duration};

use ottla_transport::{BrokerAddress, DynRx, DynTransport, DynTx, Transport};
use tokio::time::timeout;

use crate::{nodes::Nodes, refusal::Refusal};

/// What clients reach under one name.
pub(crate) struct Cluster {
    pub(crate) bootstrap: Vec<BrokerAddress>,
    pub(crate) nodes: Nodes,
    /// Plain TCP by default: TLS and a login upstream are transports of their own.
    pub(crate) transport: DynTransport,
    /// For finding a broker and dialing it together.
    pub(crate) at_most: Duration,
}

/// A connection to a broker.
pub(crate) struct Upstream {
    pub(crate) address: BrokerAddress,
    pub(crate) tx: DynTx,
    pub(crate) rx: DynRx,
}

impl Cluster {
    /// Connects to the broker `node_id`, or without one to whichever answers first.
    pub(crate) async fn dial(&self, node_id: Option<i32>) -> Result<Upstream, Refusal> {
        let dial = async {
            match node_id {
                Some(id) => self.dial_broker(id).await,
                None => self.dial_any().await,
            }
        };
        match timeout(self.at_most, dial).await {
            Ok(done) => done,
            Err(_) => Err(Refusal::upstream(format!("no broker answered within {:?}", self.at_most))),
        }
    }

    async fn dial_any(&self) -> Result<Upstream, Refusal> {
        let mut failures = Vec::new();
        for address in &self.bootstrap {
            match self.connect(address.clone()).await {
                Ok(upstream) => return Ok(upstream),
                Err(error) => failures.push(error.to_string()),
            }
        }
        Err(Refusal::upstream(failures.join("; ")))
    }

    async fn dial_broker(&self, id: i32) -> Result<Upstream, Refusal> {
        let address = self.nodes.find(id).await?;
        let error = match self.connect(address.clone()).await {
            Ok(upstream) => return Ok(upstream),
            Err(error) => error,
        };
        match self.nodes.find_elsewhere(id, &address).await {
            Some(moved) => self.connect(moved).await.map_err(|error| Refusal::upstream(error.to_string())),
            None => Err(Refusal::upstream(error.to_string())),
        }
    }

    async fn connect(&self, address: BrokerAddress) -> io::Result<Upstream> {
        let (tx, rx) = self.transport.connect(&address).await?;
        Ok(Upstream { address, tx, rx })
    }
}
