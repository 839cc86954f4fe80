use std::{collections::HashMap, fmt};

use ottla_tcp::TcpTransport;
use ottla_transport::{BrokerAddress, DynTransport, Transport};

use crate::{
    Bridge, Limits,
    cluster::Cluster,
    nodes::{Asked, Nodes},
    origin::Origins,
};

/// A configuration that no bridge can be built from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidBridge(pub(crate) String);

impl fmt::Display for InvalidBridge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for InvalidBridge {}

/// Sets up a [`Bridge`].
#[derive(Debug, Default)]
#[must_use]
pub struct BridgeBuilder {
    clusters: Vec<(String, String)>,
    nodes: Vec<(String, i32, String)>,
    origins: Vec<String>,
    limits: Limits,
    transport: Option<DynTransport>,
}

impl BridgeBuilder {
    /// A cluster: the name it has in URLs (letters, digits, `.`, `_`, `-`), and the addresses of some of
    /// its brokers, `HOST:PORT` separated by commas. The others are learned from these.
    pub fn cluster(mut self, name: impl Into<String>, bootstrap: impl Into<String>) -> Self {
        self.clusters.push((name.into(), bootstrap.into()));
        self
    }

    /// Where a broker of a cluster is. A cluster with such nodes has these only, and is never asked:
    /// for brokers that advertise addresses which the bridge cannot reach.
    pub fn node(mut self, cluster: impl Into<String>, node_id: i32, address: impl Into<String>) -> Self {
        self.nodes.push((cluster.into(), node_id, address.into()));
        self
    }

    /// A web page's origin that may connect, exactly as browsers write it: `https://HOST` or
    /// `http://HOST:PORT`. Without any, only pages of this machine may, and only on loopback.
    pub fn allow_origin(mut self, origin: impl Into<String>) -> Self {
        self.origins.push(origin.into());
        self
    }

    /// Other limits than the default ones.
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// How brokers are reached. Default: TCP.
    pub fn transport(mut self, transport: impl Transport) -> Self {
        self.transport = Some(DynTransport::new(transport));
        self
    }

    /// Makes the bridge. It connects nowhere yet.
    ///
    /// # Errors
    /// There is no cluster, or a name, an address, an origin or a limit is none.
    pub fn build(self) -> Result<Bridge, InvalidBridge> {
        self.limits.check().map_err(InvalidBridge)?;
        let mut origins = Origins::default();
        for origin in &self.origins {
            origins.allow(origin).map_err(InvalidBridge)?;
        }
        let transport = self
            .transport
            .unwrap_or_else(|| DynTransport::new(TcpTransport::new().connect_timeout(self.limits.dial)));
        let mut fixed = fixed_nodes(&self.nodes)?;
        let mut clusters = HashMap::new();
        for (name, bootstrap) in self.clusters {
            check_name(&name)?;
            let addresses = read_addresses(&bootstrap)?;
            let nodes = match fixed.remove(&name) {
                Some(nodes) => Nodes::Fixed(nodes),
                None => Nodes::Asked(Asked::new(bootstrap, transport.clone(), self.limits.dial)),
            };
            let cluster = Cluster {
                bootstrap: addresses,
                nodes,
                transport: transport.clone(),
                at_most: self.limits.dial,
            };
            if clusters.insert(name.clone(), cluster).is_some() {
                return Err(InvalidBridge(format!("the cluster {name:?} is there twice")));
            }
        }
        if clusters.is_empty() {
            return Err(InvalidBridge("a bridge needs a cluster: --cluster NAME=HOST:PORT".to_owned()));
        }
        if let Some(name) = fixed.keys().next() {
            return Err(InvalidBridge(format!("a node is given of {name:?}, which is no cluster here")));
        }
        Ok(Bridge::new(clusters, origins, self.limits))
    }
}

fn check_name(name: &str) -> Result<(), InvalidBridge> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
    if name.is_empty() || !name.chars().all(allowed) {
        return Err(InvalidBridge(format!(
            "{name:?} is no name for a cluster: use letters, digits, '.', '_' and '-'"
        )));
    }
    Ok(())
}

fn read_address(address: &str) -> Result<BrokerAddress, InvalidBridge> {
    address.trim().parse().map_err(|error: ottla_transport::InvalidAddress| InvalidBridge(error.to_string()))
}

fn read_addresses(bootstrap: &str) -> Result<Vec<BrokerAddress>, InvalidBridge> {
    bootstrap.split(',').map(read_address).collect()
}

fn fixed_nodes(
    given: &[(String, i32, String)],
) -> Result<HashMap<String, HashMap<i32, BrokerAddress>>, InvalidBridge> {
    let mut fixed: HashMap<String, HashMap<_, _>> = HashMap::new();
    for (cluster, id, address) in given {
        let address = BrokerAddress { node_id: Some(*id), ..read_address(address)? };
        if fixed.entry(cluster.clone()).or_default().insert(*id, address).is_some() {
            return Err(InvalidBridge(format!("node {id} of {cluster:?} is there twice")));
        }
    }
    Ok(fixed)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(builder: BridgeBuilder) -> String {
        builder.build().err().unwrap().to_string()
    }

    #[tokio::test]
    async fn wrong_configurations_are_told() {
        let one = || BridgeBuilder::default().cluster("a", "localhost:9092");
        one().build().unwrap();
        one().node("a", 1, "localhost:9093").build().unwrap();
        assert!(refused(BridgeBuilder::default()).contains("needs a cluster"));
        assert!(refused(one().cluster("a", "localhost")).contains("twice"));
        assert!(refused(one().cluster("b/c", "localhost")).contains("no name"));
        assert!(refused(one().cluster("", "localhost")).contains("no name"));
        assert!(refused(one().cluster("b", "localhost:x")).contains("localhost:x"));
        assert!(refused(one().cluster("b", "")).contains("not a broker address"));
        assert!(refused(one().allow_origin("*")).contains("no origin"));
        assert!(refused(one().node("b", 1, "localhost")).contains("no cluster"));
        assert!(refused(one().node("a", 1, "localhost").node("a", 1, "localhost")).contains("twice"));
        assert!(refused(one().limits(Limits { sockets: 0, ..Limits::default() })).contains("sockets"));
        let no_time = Limits { idle: std::time::Duration::ZERO, ..Limits::default() };
        assert!(refused(one().limits(no_time)).contains("more than 0"));
    }
}
