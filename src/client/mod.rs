//! What Writers and Readers share, and requests for the cluster itself.

mod builder;
mod offsets;
mod topics;

use std::{fmt, sync::Arc};

pub use self::{
    builder::ClientBuilder,
    offsets::{ListedOffset, OffsetAt},
    topics::{NewTopic, Topic},
};
use crate::{
    cluster::{Broker, Cluster, Route},
    error::{Error, ErrorKind, Retry},
    protocol::Request,
};

/// A client of one cluster: its metadata and connections, shared by any number of Writers and
/// Readers. Cheap to clone.
///
/// It dials nobody before it is first used. Dropping the last clone closes its connections;
/// [`Client::close`] also waits until they are closed.
#[derive(Clone)]
pub struct Client {
    cluster: Arc<Cluster>,
}

impl Client {
    /// Sets up a client.
    pub fn builder() -> ClientBuilder {
        ClientBuilder::default()
    }

    pub(crate) fn cluster(&self) -> &Arc<Cluster> {
        &self.cluster
    }

    /// The brokers of the cluster, in order of their ids, as some broker knows them now.
    ///
    /// # Errors
    /// No broker can be reached, or none answers.
    ///
    /// # Cancel safety
    /// Safe.
    pub async fn brokers(&self) -> Result<Vec<Broker>, Error> {
        self.cluster.ask_again(Some(&[]), false).await?;
        let brokers: Vec<_> = self.cluster.metadata(|metadata| metadata.brokers.values().cloned().collect());
        if brokers.is_empty() {
            let what = "the broker names no brokers, not even itself: it may be starting, so try again soon";
            return Err(Error::new(ErrorKind::Malformed, what).or_retry(Retry::After));
        }
        Ok(brokers)
    }

    /// The broker that creates and deletes topics, or `None` while there is none.
    ///
    /// # Errors
    /// No broker can be reached, or none answers.
    ///
    /// # Cancel safety
    /// Safe.
    pub async fn controller(&self) -> Result<Option<Broker>, Error> {
        self.cluster.ask_again(Some(&[]), false).await?;
        Ok(self.cluster.metadata(|metadata| metadata.brokers.get(&metadata.controller?).cloned()))
    }

    /// The cluster's id, or `None` from a broker before 0.10.1.
    ///
    /// # Errors
    /// No broker can be reached, or none answers.
    ///
    /// # Cancel safety
    /// Safe.
    pub async fn cluster_id(&self) -> Result<Option<Arc<str>>, Error> {
        Ok(self.cluster.ask_again(Some(&[]), false).await?.cluster_id)
    }

    /// Sends any request to any broker, at the newest version that both sides know, and gives its
    /// response whatever error codes it carries. Retried while no broker can be reached.
    ///
    /// # Errors
    /// No broker can be reached, none answers, or it does not know the request.
    ///
    /// # Cancel safety
    /// A dropped call may have been carried out.
    pub async fn request<R: Request>(&self, request: &R) -> Result<R::Response, Error> {
        self.cluster.call(&Route::Any, request, |_| Ok(())).await
    }

    /// Closes every connection of the client. Its Writers and Readers fail from then on: close them
    /// first.
    ///
    /// # Cancel safety
    /// Call it again after a drop.
    pub async fn close(&self) {
        self.cluster.close().await;
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.cluster.fmt(f)
    }
}
