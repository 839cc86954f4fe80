use std::fmt;

const SHAPE: &str = "write ws://HOST:PORT/v1/CLUSTER or wss://HOST/v1/CLUSTER";

/// Where a bridge serves one cluster. The node id decides the rest of the path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Route {
    /// The URL as far as the cluster's name, without a slash at its end.
    base: String,
    pub(crate) secure: bool,
    /// Without brackets, if an IPv6 address.
    pub(crate) host: String,
    pub(crate) port: u16,
}

impl Route {
    pub(crate) fn parse(url: &str) -> Result<Self, InvalidUrl> {
        let invalid = |why: &str| InvalidUrl::because(url, why);
        let (scheme, rest) = url.split_once("://").ok_or_else(|| invalid(SHAPE))?;
        let secure = match scheme.to_ascii_lowercase().as_str() {
            "ws" => false,
            "wss" => true,
            _ => return Err(invalid(SHAPE)),
        };
        if rest.contains(['?', '#', '@']) {
            return Err(invalid("a bridge takes no user, query or fragment in its URL"));
        }
        if rest.contains(|c: char| c.is_whitespace() || c.is_control() || !c.is_ascii()) {
            return Err(invalid("it holds a character that must be escaped"));
        }
        let (authority, path) = rest.split_once('/').ok_or_else(|| invalid(SHAPE))?;
        let (host, port) = host_and_port(authority, secure).ok_or_else(|| invalid(SHAPE))?;
        let path = path.strip_suffix('/').unwrap_or(path);
        // Anything may stand before /v1: a proxy may serve the bridge under a path of its own.
        let (before, cluster) = path.rsplit_once('/').ok_or_else(|| invalid(SHAPE))?;
        let is_v1 = before == "v1" || before.ends_with("/v1");
        if !is_v1 || cluster.is_empty() || !cluster.chars().all(is_cluster_character) {
            return Err(invalid(SHAPE));
        }
        let scheme = if secure { "wss" } else { "ws" };
        Ok(Self { base: format!("{scheme}://{authority}/{path}"), secure, host, port })
    }

    /// The URL of a broker, or of whichever the bridge finds first.
    pub(crate) fn url(&self, node_id: Option<i32>) -> String {
        match node_id {
            None => format!("{}/bootstrap", self.base),
            Some(id) => format!("{}/broker/{id}", self.base),
        }
    }
}

fn is_cluster_character(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-')
}

fn host_and_port(authority: &str, secure: bool) -> Option<(String, u16)> {
    let (host, port) = match authority.strip_prefix('[') {
        Some(rest) => {
            let (host, after) = rest.split_once(']')?;
            (host, if after.is_empty() { None } else { Some(after.strip_prefix(':')?) })
        }
        None => match authority.split_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (authority, None),
        },
    };
    if host.is_empty() {
        return None;
    }
    let port = match port {
        None => {
            if secure {
                443
            } else {
                80
            }
        }
        // `parse` alone would take a sign.
        Some(port) if port.bytes().all(|b| b.is_ascii_digit()) => port.parse().ok()?,
        Some(_) => return None,
    };
    Some((host.to_owned(), port))
}

/// A URL that names no cluster of a bridge.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidUrl {
    url: String,
    why: String,
}

impl InvalidUrl {
    pub(crate) fn because(url: &str, why: &str) -> Self {
        // What stands before an @ may be a password.
        let url = if url.contains('@') { "…".to_owned() } else { url.to_owned() };
        Self { url, why: why.to_owned() }
    }
}

impl fmt::Display for InvalidUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} is not the URL of a bridge: {}", self.url, self.why)
    }
}

impl std::error::Error for InvalidUrl {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_node_id_decides_the_path() {
        let route = Route::parse("ws://localhost:8080/v1/local").unwrap();
        assert_eq!(route.url(None), "ws://localhost:8080/v1/local/bootstrap");
        assert_eq!(route.url(Some(3)), "ws://localhost:8080/v1/local/broker/3");
    }

    #[test]
    fn reads_hosts_ports_and_paths() {
        for (url, secure, host, port, base) in [
            ("ws://h/v1/c", false, "h", 80, "ws://h/v1/c"),
            ("WSS://h/v1/c/", true, "h", 443, "wss://h/v1/c"),
            ("wss://h:1/kafka/v1/a.b_C-9", true, "h", 1, "wss://h:1/kafka/v1/a.b_C-9"),
            ("ws://[::1]:8080/v1/c", false, "::1", 8080, "ws://[::1]:8080/v1/c"),
            ("ws://[::1]/v1/c", false, "::1", 80, "ws://[::1]/v1/c"),
        ] {
            let expected = Route { base: base.to_owned(), secure, host: host.to_owned(), port };
            assert_eq!(Route::parse(url).unwrap(), expected);
        }
    }

    #[test]
    fn refuses_what_names_no_cluster() {
        for url in [
            "",
            "localhost:8080",
            "http://h/v1/c",
            "ws://h",
            "ws://h/",
            "ws://h/v1",
            "ws://h/v1/",
            "ws://h/v2/c",
            "ws://h/xv1/c",
            "ws:///v1/c",
            "ws://:80/v1/c",
            "ws://h:/v1/c",
            "ws://h:+1/v1/c",
            "ws://h:70000/v1/c",
            "ws://[::1/v1/c",
            "ws://[::1]x/v1/c",
            "ws://h/v1/c?token=x",
            "ws://h/v1/c#x",
            "ws://h/v1/c d",
            "ws://h/v1/c\u{e9}",
            "ws://h/v1/c/bootstrap",
            "ws://h/v1/c%41",
        ] {
            let error = Route::parse(url).unwrap_err().to_string();
            assert!(error.contains("is not the URL of a bridge: "), "{error}");
        }
    }

    #[test]
    fn keeps_passwords_out_of_errors() {
        let error = Route::parse("ws://me:secret@h/v1/c").unwrap_err();
        assert!(!format!("{error} {error:?}").contains("secret"), "{error}");
    }
}
