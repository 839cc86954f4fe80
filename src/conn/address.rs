use ottla_transport::BrokerAddress;

use crate::{cluster::Broker, error::Error};

/// What a [`Dialer`](super::Dialer) can dial: a broker's address as text (`HOST:PORT`, with 9092 for
/// a port that is left out), the URL of a bridge (`ws://HOST:PORT/v1/CLUSTER`), or a [`Broker`] that
/// the cluster has named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address(Kind);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Kind {
    Text(String),
    Known(BrokerAddress),
}

impl Address {
    /// The URL, if it is that of a bridge.
    pub(super) fn bridge(&self) -> Option<&str> {
        match &self.0 {
            Kind::Text(text) if text.contains("://") => Some(text),
            _ => None,
        }
    }

    /// What a transport is asked for. A bridge knows by itself where its cluster is.
    pub(super) fn resolve(&self) -> Result<BrokerAddress, Error> {
        match &self.0 {
            Kind::Known(address) => Ok(address.clone()),
            Kind::Text(_) if self.bridge().is_some() => Ok(BrokerAddress {
                node_id: None,
                host: "bootstrap".into(),
                port: ottla_transport::DEFAULT_PORT,
            }),
            Kind::Text(text) => text
                .trim()
                .parse()
                .map_err(|cause: ottla_transport::InvalidAddress| Error::misuse(cause.to_string())),
        }
    }
}

impl From<&str> for Address {
    fn from(text: &str) -> Self {
        Self(Kind::Text(text.to_owned()))
    }
}

impl From<String> for Address {
    fn from(text: String) -> Self {
        Self(Kind::Text(text))
    }
}

impl From<&String> for Address {
    fn from(text: &String) -> Self {
        Self::from(&**text)
    }
}

impl From<BrokerAddress> for Address {
    fn from(address: BrokerAddress) -> Self {
        Self(Kind::Known(address))
    }
}

impl From<&Broker> for Address {
    fn from(broker: &Broker) -> Self {
        Self(Kind::Known(broker.address()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_an_address_or_a_bridge() {
        let resolve = |text: &str| Address::from(text).resolve();
        assert_eq!(resolve("localhost").unwrap().port, 9092);
        assert_eq!(resolve(" [::1]:19092 ").unwrap().host, "::1");
        for bad in ["", "host:", "host:port", "two words"] {
            assert!(resolve(bad).unwrap_err().is_not_sent(), "{bad:?}");
        }
        assert_eq!(
            Address::from("ws://localhost:8080/v1/local").bridge(),
            Some("ws://localhost:8080/v1/local")
        );
        assert_eq!(Address::from("localhost:9092").bridge(), None);
    }
}
