use std::{fmt, str::FromStr};

/// The port of a Kafka broker when an address names none.
pub const DEFAULT_PORT: u16 = 9092;

/// Where a broker is said to be.
///
/// A TCP transport dials `host` and `port`. A bridge is asked for `node_id` instead, and for its
/// bootstrap route when there is none: a browser never names an address.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct BrokerAddress {
    /// The broker's id, or `None` for a bootstrap address.
    pub node_id: Option<i32>,
    /// Host name or IP address, IPv6 without brackets.
    pub host: String,
    /// TCP port.
    pub port: u16,
}

impl BrokerAddress {
    /// The address of a broker that metadata has named.
    pub fn broker(node_id: i32, host: impl Into<String>, port: u16) -> Self {
        Self { node_id: Some(node_id), host: host.into(), port }
    }
}

impl fmt::Display for BrokerAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { node_id, host, port } = self;
        if host.contains("://") {
            return f.write_str(host); // The URL of a bridge says it all.
        }
        if host.contains(':') {
            write!(f, "[{host}]:{port}")?
        } else {
            write!(f, "{host}:{port}")?
        }
        node_id.map_or(Ok(()), |id| write!(f, " (broker {id})"))
    }
}

/// An address that is not `HOST`, `HOST:PORT` or `[IPV6]:PORT`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidAddress(String);

impl fmt::Display for InvalidAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} is not a broker address: write HOST, HOST:PORT or [IPV6]:PORT", self.0)
    }
}

impl std::error::Error for InvalidAddress {}

impl FromStr for BrokerAddress {
    type Err = InvalidAddress;

    /// Reads a bootstrap address. The port is [`DEFAULT_PORT`] unless given.
    fn from_str(text: &str) -> Result<Self, InvalidAddress> {
        let invalid = || InvalidAddress(text.to_owned());
        let (host, port) = if let Some(rest) = text.strip_prefix('[') {
            let (host, after) = rest.split_once(']').ok_or_else(invalid)?;
            (
                host,
                after
                    .strip_prefix(':')
                    .or(if after.is_empty() { Some("") } else { None })
                    .ok_or_else(invalid)?,
            )
        } else if text.matches(':').count() > 1 {
            (text, "") // a bare IPv6 address
        } else {
            match text.split_once(':') {
                Some((_, "")) => return Err(invalid()),
                Some(parts) => parts,
                None => (text, ""),
            }
        };
        if host.is_empty() || host.contains(|c: char| c.is_whitespace() || c == '/') {
            return Err(invalid());
        }
        let port = if port.is_empty() { DEFAULT_PORT } else { port.parse().map_err(|_| invalid())? };
        Ok(Self { node_id: None, host: host.to_owned(), port })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_hosts_with_and_without_ports() {
        for (text, host, port) in [
            ("127.0.0.1", "127.0.0.1", 9092),
            ("localhost:19092", "localhost", 19092),
            ("::1", "::1", 9092),
            ("[::1]", "::1", 9092),
            ("[::1]:9093", "::1", 9093),
        ] {
            let read: BrokerAddress = text.parse().unwrap();
            assert_eq!((read.host.as_str(), read.port, read.node_id), (host, port, None), "{text}");
        }
    }

    #[test]
    fn refuses_what_is_no_address() {
        for text in
            ["", ":9092", "host:", "host:port", "host:70000", "http://host", "[::1", "[::1]9092", "a b"]
        {
            assert!(text.parse::<BrokerAddress>().is_err(), "{text}");
        }
    }

    #[test]
    fn shows_ipv6_in_brackets() {
        assert_eq!(BrokerAddress::broker(1, "::1", 9092).to_string(), "[::1]:9092 (broker 1)");
    }
}
