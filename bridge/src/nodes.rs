use std::{
    collections::{BTreeMap, HashMap},
    time::Duration,
};

use ottla::Client;
use ottla_transport::{BrokerAddress, DynTransport};
use tokio::{
    sync::Mutex,
    time::{Instant, timeout},
};

use crate::refusal::Refusal;

/// How often the cluster is asked at most, however many unknown nodes clients ask for.
const ASK_AT_MOST_EVERY: Duration = Duration::from_secs(1);
/// How long an answer is good without asking again.
const FRESH: Duration = Duration::from_secs(60);

/// Where the brokers of a cluster are, by node id.
pub(crate) enum Nodes {
    /// As configured.
    Fixed(HashMap<i32, BrokerAddress>),
    /// As the cluster itself says.
    Asked(Asked),
}

impl Nodes {
    /// The address of a broker.
    pub(crate) async fn find(&self, id: i32) -> Result<BrokerAddress, Refusal> {
        match self {
            Self::Fixed(nodes) => nodes.get(&id).cloned().ok_or_else(|| unknown(id)),
            Self::Asked(asked) => asked.find(id, None).await,
        }
    }

    /// The address of a broker that was not at `dialed`, if it has another by now.
    pub(crate) async fn find_elsewhere(&self, id: i32, dialed: &BrokerAddress) -> Option<BrokerAddress> {
        let Self::Asked(asked) = self else { return None };
        asked.find(id, Some(dialed)).await.ok().filter(|address| address != dialed)
    }
}

fn unknown(id: i32) -> Refusal {
    Refusal::not_found(format!("the cluster has no broker {id}"))
}

/// The bridge's own metadata client.
pub(crate) struct Asked {
    bootstrap: String,
    transport: DynTransport,
    at_most: Duration,
    /// Held while asking: those who want to know at the same time wait for one answer.
    known: Mutex<Known>,
}

#[derive(Default)]
struct Known {
    /// Made when first needed: it lives on the tokio runtime of that moment.
    client: Option<Client>,
    brokers: BTreeMap<i32, BrokerAddress>,
    asked: Option<Instant>,
    failure: Option<String>,
}

impl Asked {
    /// Asks the brokers at `bootstrap`, for no longer than `at_most`.
    pub(crate) fn new(bootstrap: String, transport: DynTransport, at_most: Duration) -> Self {
        Self { bootstrap, transport, at_most, known: Mutex::default() }
    }

    async fn find(&self, id: i32, not_at: Option<&BrokerAddress>) -> Result<BrokerAddress, Refusal> {
        let mut known = self.known.lock().await;
        let age = known.asked.map(|asked| asked.elapsed());
        let wanted = known.brokers.get(&id).filter(|address| Some(*address) != not_at);
        let good_for = if wanted.is_some() { FRESH } else { ASK_AT_MOST_EVERY };
        if age.is_none_or(|age| age >= good_for) {
            self.ask(&mut known).await;
        }
        match (known.brokers.get(&id), &known.failure) {
            (Some(address), _) => Ok(address.clone()),
            (None, Some(failure)) => {
                Err(Refusal::upstream(format!("the cluster's brokers cannot be learned: {failure}")))
            }
            (None, None) => Err(unknown(id)),
        }
    }

    /// Takes in the cluster's answer, or keeps what was known before and why there is none.
    async fn ask(&self, known: &mut Known) {
        known.failure = match timeout(self.at_most, self.brokers(&mut known.client)).await {
            Ok(Ok(brokers)) => {
                known.brokers = brokers;
                None
            }
            Ok(Err(error)) => Some(causes(&error)),
            Err(_) => Some(format!("no answer within {:?}", self.at_most)),
        };
        known.asked = Some(Instant::now());
        if let Some(failure) = &known.failure {
            tracing::warn!(bootstrap = %self.bootstrap, %failure, "cannot ask the cluster for its brokers");
        }
    }

    async fn brokers(
        &self,
        client: &mut Option<Client>,
    ) -> Result<BTreeMap<i32, BrokerAddress>, ottla::Error> {
        let client = match client {
            Some(client) => client,
            none => none.insert(
                Client::builder()
                    .bootstrap(&self.bootstrap)
                    .client_id("ottla-bridge")
                    .transport(self.transport.clone())
                    .call_timeout(self.at_most)
                    .build()?,
            ),
        };
        let brokers = client.brokers().await?;
        Ok(brokers.into_iter().map(|b| (b.id, BrokerAddress::broker(b.id, &*b.host, b.port))).collect())
    }
}

/// An error and what caused it, in one line.
fn causes(error: &dyn std::error::Error) -> String {
    let mut line = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        line = format!("{line}: {cause}");
        next = cause.source();
    }
    line
}

#[cfg(test)]
mod tests {
    use std::{
        io,
        sync::{
            Arc,
            atomic::{AtomicUsize, Ordering},
        },
    };

    use ottla_transport::Transport;

    use super::*;

    /// Counts dials, and refuses them.
    struct Refusing(Arc<AtomicUsize>);

    impl Transport for Refusing {
        type Tx = ottla_memory::Tx;
        type Rx = ottla_memory::Rx;

        async fn connect(&self, _: &BrokerAddress) -> io::Result<(Self::Tx, Self::Rx)> {
            self.0.fetch_add(1, Ordering::Relaxed);
            Err(io::ErrorKind::ConnectionRefused.into())
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_crowd_that_asks_for_unknown_nodes_costs_the_cluster_one_question_a_second() {
        let dials = Arc::new(AtomicUsize::new(0));
        let transport = DynTransport::new(Refusing(Arc::clone(&dials)));
        let asked = Asked::new("localhost".to_owned(), transport, Duration::from_secs(5));
        let crowd = async |ids: std::ops::Range<i32>| {
            let all = futures::future::join_all(ids.map(|id| asked.find(id, None))).await;
            assert!(all.iter().all(Result::is_err));
            dials.swap(0, Ordering::Relaxed)
        };
        let one = crowd(0..1).await;
        assert!(one > 0);
        assert_eq!(crowd(0..100).await, 0, "within the second");
        tokio::time::sleep(ASK_AT_MOST_EVERY).await;
        let again = crowd(0..100).await;
        assert!((1..=one * 3).contains(&again), "{again} dials for a hundred, {one} for one");
    }

    #[tokio::test]
    async fn fixed_nodes_are_these_and_no_others() {
        let nodes = Nodes::Fixed(HashMap::from([(7, BrokerAddress::broker(7, "seven", 1))]));
        assert_eq!(nodes.find(7).await.unwrap().host, "seven");
        assert_eq!(nodes.find(8).await.unwrap_err().status, axum::http::StatusCode::NOT_FOUND);
        assert!(nodes.find_elsewhere(7, &BrokerAddress::broker(7, "old", 1)).await.is_none());
    }
}
