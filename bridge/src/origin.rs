use std::net::SocketAddr;

use axum::http::{HeaderMap, StatusCode, header};

use crate::refusal::Refusal;

/// Who can reach the bridge: it decides how far a client without credentials is trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exposure {
    /// Only this machine.
    Loopback,
    Network,
}

impl Exposure {
    pub(crate) fn of(listening_on: SocketAddr) -> Self {
        if listening_on.ip().to_canonical().is_loopback() { Self::Loopback } else { Self::Network }
    }
}

/// The web pages that may use the bridge, by exact origin.
///
/// On loopback an empty list stands for the pages of this machine; off it, it is refused.
#[derive(Clone, Debug, Default)]
pub(crate) struct Origins(Vec<String>);

impl Origins {
    /// Adds an origin as a browser writes it: scheme, host, and port unless it is the scheme's own.
    pub(crate) fn allow(&mut self, origin: &str) -> Result<(), String> {
        let invalid = |why| Err(format!("{origin:?} is no origin: {why}"));
        let Some((scheme, authority)) = origin.split_once("://") else {
            return invalid("write it as browsers do, https://HOST or http://HOST:PORT (there is no *)");
        };
        if authority.is_empty() || authority.contains(['/', '?', '#', '@', '*', ' ']) {
            return invalid("it is a scheme, a host and perhaps a port, with nothing after them");
        }
        if matches!(
            (scheme, authority.rsplit_once(':')),
            ("http", Some((_, "80"))) | ("https", Some((_, "443")))
        ) {
            return invalid("browsers leave the scheme's own port away");
        }
        self.0.push(origin.to_ascii_lowercase());
        Ok(())
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether a request may pass. A browser always sends an Origin with a WebSocket's handshake, and
    /// a page cannot change it.
    pub(crate) fn check(&self, headers: &HeaderMap, exposure: Exposure) -> Result<(), Refusal> {
        let forbidden = |sentence: String| Err(Refusal::new(StatusCode::FORBIDDEN, sentence));
        let mut sent = headers.get_all(header::ORIGIN).iter();
        let origin = match (sent.next(), sent.next()) {
            (None, _) if exposure == Exposure::Loopback => return Ok(()),
            (None, _) => {
                return forbidden(
                    "a client that sends no Origin is no browser and would need a token, which this bridge \
                     does not take yet: such clients are let in only where it listens on loopback"
                        .to_owned(),
                );
            }
            (Some(_), Some(_)) => return forbidden("more than one Origin was sent".to_owned()),
            (Some(origin), None) => origin,
        };
        let allowed = match origin.to_str() {
            Ok(origin) if self.is_empty() => exposure == Exposure::Loopback && is_of_this_machine(origin),
            Ok(origin) => self.0.iter().any(|allowed| allowed == origin),
            Err(_) => false,
        };
        if allowed {
            return Ok(());
        }
        forbidden(format!(
            "the origin {origin:?} is not allowed: whoever runs this bridge can allow it with --allow-origin"
        ))
    }
}

fn is_of_this_machine(origin: &str) -> bool {
    let Some((_, authority)) = origin.split_once("://") else { return false };
    let host = match authority.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|b| b.is_ascii_digit()) => host,
        _ => authority,
    };
    matches!(host, "localhost" | "127.0.0.1" | "[::1]")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn origins(allowed: &[&str]) -> Origins {
        let mut origins = Origins::default();
        for origin in allowed {
            origins.allow(origin).unwrap();
        }
        origins
    }

    fn passes(allowed: &[&str], sent: &[&str], exposure: Exposure) -> bool {
        let mut headers = HeaderMap::new();
        for origin in sent {
            headers.append(header::ORIGIN, origin.parse().unwrap());
        }
        origins(allowed).check(&headers, exposure).is_ok()
    }

    #[test]
    fn only_exact_origins_pass() {
        let list = ["https://a.example", "http://b.example:8080"];
        for exposure in [Exposure::Loopback, Exposure::Network] {
            assert!(passes(&list, &["https://a.example"], exposure));
            assert!(passes(&list, &["http://b.example:8080"], exposure));
            for other in [
                "http://a.example",
                "https://a.example.evil",
                "https://evil.a.example",
                "https://a.example:444",
                "https://a.example/",
                "http://b.example",
                "null",
                "",
                "https://",
                "http://localhost",
            ] {
                assert!(!passes(&list, &[other], exposure), "{other}");
            }
            assert!(!passes(&list, &["https://a.example", "https://a.example"], exposure));
        }
    }

    #[test]
    fn without_a_list_only_pages_of_this_machine_pass() {
        for own in ["http://localhost", "http://localhost:5173", "https://127.0.0.1:8080", "http://[::1]:80"]
        {
            assert!(passes(&[], &[own], Exposure::Loopback), "{own}");
            assert!(!passes(&[], &[own], Exposure::Network), "{own}");
        }
        for other in [
            "http://evil.example",
            "http://localhost.evil",
            "http://127.0.0.1.evil:80",
            "null",
            "http://[::2]",
        ] {
            assert!(!passes(&[], &[other], Exposure::Loopback), "{other}");
        }
    }

    #[test]
    fn without_an_origin_only_loopback_passes() {
        assert!(passes(&["https://a.example"], &[], Exposure::Loopback));
        assert!(!passes(&["https://a.example"], &[], Exposure::Network));
    }

    #[test]
    fn what_no_browser_would_send_is_not_taken_for_an_origin() {
        for wrong in
            ["*", "a.example", "https://a.example/", "https://*.example", "https://", "https://a:443"]
        {
            assert!(Origins::default().allow(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn addresses_are_told_apart() {
        for (address, exposure) in [
            ("127.0.0.1:80", Exposure::Loopback),
            ("[::1]:80", Exposure::Loopback),
            ("[::ffff:127.0.0.1]:80", Exposure::Loopback),
            ("0.0.0.0:80", Exposure::Network),
            ("[::]:80", Exposure::Network),
            ("192.168.0.1:80", Exposure::Network),
        ] {
            assert_eq!(Exposure::of(address.parse().unwrap()), exposure, "{address}");
        }
    }
}
