use std::{collections::VecDeque, io, net::SocketAddr, time::Duration};

use futures::stream::{FuturesUnordered, StreamExt};
use ottla_transport::BrokerAddress;
use tokio::{
    net::{TcpSocket, TcpStream, lookup_host},
    time::timeout,
};

/// How long an address has the dial to itself: the Connection Attempt Delay that RFC 8305 recommends.
const HEAD_START: Duration = Duration::from_millis(250);

/// Resolves and connects, within `at_most` for both.
pub(crate) async fn dial(to: &BrokerAddress, at_most: Duration) -> io::Result<TcpStream> {
    match timeout(at_most, resolve_and_race(to)).await {
        Ok(done) => done,
        Err(_) => Err(io::Error::new(
            io::ErrorKind::TimedOut,
            format!("connecting to {to} timed out: no answer within {at_most:?}"),
        )),
    }
}

async fn resolve_and_race(to: &BrokerAddress) -> io::Result<TcpStream> {
    let resolved = lookup_host((to.host.as_str(), to.port)).await;
    let addresses = resolved
        .map_err(|error| io::Error::new(error.kind(), format!("resolving {:?} failed: {error}", to.host)))?;
    race(families_in_turn(addresses)).await.map_err(|failures| failures.into_error(to))
}

/// Alternates IPv6 and IPv4, keeping the resolver's order within each and its choice of the first:
/// a family without a route then costs one attempt, not one for each of its addresses.
fn families_in_turn(addresses: impl Iterator<Item = SocketAddr>) -> VecDeque<SocketAddr> {
    let all: Vec<_> = addresses.collect();
    let first_is_v6 = all.first().is_some_and(SocketAddr::is_ipv6);
    let (first, second): (Vec<_>, Vec<_>) = all.into_iter().partition(|a| a.is_ipv6() == first_is_v6);
    let (mut first, mut second) = (first.into_iter(), second.into_iter());
    let mut in_turn = VecDeque::new();
    loop {
        let (one, two) = (first.next(), second.next());
        if one.is_none() && two.is_none() {
            return in_turn;
        }
        in_turn.extend(one);
        in_turn.extend(two);
    }
}

async fn race(mut waiting: VecDeque<SocketAddr>) -> Result<TcpStream, Failures> {
    let mut attempts = FuturesUnordered::new();
    let mut failures = Failures(Vec::new());
    loop {
        if let Some(address) = waiting.pop_front() {
            attempts.push(async move { attempt(address).await.map_err(|error| (address, error)) });
        }
        let ended = if waiting.is_empty() {
            attempts.next().await
        } else {
            match timeout(HEAD_START, attempts.next()).await {
                Ok(ended) => ended,
                Err(_) => continue,
            }
        };
        match ended {
            Some(Ok(stream)) => return Ok(stream),
            Some(Err(failure)) => failures.0.push(failure),
            None => return Err(failures),
        }
    }
}

async fn attempt(address: SocketAddr) -> io::Result<TcpStream> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    // A consumer may wait in silence for hours; a peer that vanished should be found out.
    socket.set_keepalive(true)?;
    socket.connect(address).await
}

struct Failures(Vec<(SocketAddr, io::Error)>);

impl Failures {
    /// One error of the last failure's kind, naming every address that was tried.
    fn into_error(self, to: &BrokerAddress) -> io::Error {
        let kind = self.0.last().map_or(io::ErrorKind::NotFound, |(_, error)| error.kind());
        let each = self.0.iter().map(|(address, error)| format!("{address}: {error}"));
        let what = match each.collect::<Vec<_>>() {
            none if none.is_empty() => "the name has no addresses".to_owned(),
            some => some.join("; "),
        };
        io::Error::new(kind, format!("connecting to {to} failed: {what}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> SocketAddr {
        text.parse().unwrap()
    }

    /// A listener with a full backlog drops what knocks: a dial of it neither fails nor succeeds.
    struct Silent {
        address: SocketAddr,
        _listener: tokio::net::TcpListener,
        _backlog: Vec<TcpStream>,
    }

    impl Silent {
        async fn start() -> Self {
            let socket = TcpSocket::new_v4().unwrap();
            socket.bind(address("127.0.0.1:0")).unwrap();
            let listener = socket.listen(1).unwrap();
            let address = listener.local_addr().unwrap();
            let mut backlog = Vec::new();
            while let Ok(stream) = timeout(HEAD_START, attempt(address)).await {
                backlog.push(stream.unwrap());
                assert!(backlog.len() < 64, "the backlog never fills");
            }
            Self { address, _listener: listener, _backlog: backlog }
        }
    }

    #[test]
    fn families_alternate_and_the_resolvers_first_stays_first() {
        let resolved = ["[::1]:1", "[::2]:1", "[::3]:1", "1.1.1.1:1", "2.2.2.2:1"].map(address);
        let tried = ["[::1]:1", "1.1.1.1:1", "[::2]:1", "2.2.2.2:1", "[::3]:1"].map(address);
        assert_eq!(families_in_turn(resolved.into_iter()), tried);
        let resolved = ["1.1.1.1:1", "[::1]:1"].map(address);
        assert_eq!(families_in_turn(resolved.into_iter()), resolved);
    }

    #[tokio::test]
    async fn a_refusal_starts_the_next_address() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let open = listener.local_addr().unwrap();
        let closed = address("127.0.0.1:1");
        let stream = race([closed, closed, open].into()).await.ok().unwrap();
        assert_eq!(stream.peer_addr().unwrap(), open);
    }

    #[tokio::test]
    async fn a_silent_address_does_not_hold_up_the_next() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let open = listener.local_addr().unwrap();
        let silent = Silent::start().await;
        let stream = race([silent.address, open].into()).await.ok().unwrap();
        assert_eq!(stream.peer_addr().unwrap(), open);
    }

    #[tokio::test]
    async fn a_dial_without_an_answer_times_out() {
        let silent = Silent::start().await;
        let to = BrokerAddress::broker(1, "127.0.0.1", silent.address.port());
        let error = dial(&to, Duration::from_millis(50)).await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
        assert!(error.to_string().contains(&to.to_string()), "{error}");
    }

    #[tokio::test]
    async fn every_failure_is_named() {
        let failed = race([address("127.0.0.1:1"), address("127.0.0.1:2")].into()).await;
        let error = failed.err().unwrap().into_error(&BrokerAddress::broker(3, "kafka", 1));
        assert_eq!(error.kind(), io::ErrorKind::ConnectionRefused);
        let text = error.to_string();
        for part in ["kafka:1 (broker 3)", "127.0.0.1:1: ", "127.0.0.1:2: "] {
            assert!(text.contains(part), "{text}");
        }
        let none = Failures(Vec::new()).into_error(&BrokerAddress::broker(3, "kafka", 1));
        assert_eq!(none.kind(), io::ErrorKind::NotFound);
    }
}
