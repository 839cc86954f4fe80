use std::sync::Arc;

use ottla_transport::BrokerAddress;

/// Where the nodes are said to be, to those who came in one way: over TCP, or in process.
#[derive(Debug)]
pub(crate) struct Endpoints(Vec<BrokerAddress>);

impl Endpoints {
    /// One address for each node, with its id.
    pub(crate) fn new(addresses: Vec<BrokerAddress>) -> Arc<Self> {
        Arc::new(Self(addresses))
    }

    /// The names that nodes have in process, where any address reaches them.
    pub(crate) fn in_process(nodes: u16) -> Arc<Self> {
        let address = |id: u16| BrokerAddress::broker(i32::from(id), format!("node-{id}"), 9092);
        Self::new((1..=nodes).map(address).collect())
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &BrokerAddress> {
        self.0.iter()
    }

    /// The address of a node.
    pub(crate) fn of(&self, node: i32) -> Option<&BrokerAddress> {
        self.0.iter().find(|address| address.node_id == Some(node))
    }

    /// The node that an in-process dial means: the one with that id, or else with that host, or
    /// else the first that is up, for any bootstrap address will do.
    pub(crate) fn meant_by(&self, dialed: &BrokerAddress, is_up: impl Fn(i32) -> bool) -> Option<i32> {
        match dialed.node_id {
            Some(id) => self.of(id)?.node_id,
            None => {
                let named = self.0.iter().find(|address| address.host == dialed.host);
                named.or_else(|| self.0.iter().find(|address| address.node_id.is_some_and(&is_up)))?.node_id
            }
        }
    }
}

/// Where a connection sits: at which node, and by which way it came.
#[derive(Clone, Debug)]
pub(crate) struct Seat {
    pub(crate) node: i32,
    pub(crate) endpoints: Arc<Endpoints>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dial_finds_its_node() {
        let endpoints = Endpoints::in_process(3);
        let bootstrap = |host: &str| BrokerAddress { node_id: None, host: host.to_owned(), port: 1 };
        assert_eq!(endpoints.meant_by(&bootstrap("anywhere"), |id| id != 1), Some(2));
        assert_eq!(endpoints.meant_by(&bootstrap("node-2"), |id| id != 1), Some(2));
        assert_eq!(endpoints.meant_by(&BrokerAddress::broker(3, "anywhere", 1), |id| id != 1), Some(3));
        assert_eq!(endpoints.meant_by(&BrokerAddress::broker(4, "node-1", 1), |id| id != 1), None);
    }
}
