use std::sync::Arc;

use super::Cluster;
use crate::{
    error::{Error, ErrorKind, Retry},
    protocol::find_coordinator::{self as api, GROUP},
    trace,
    wire::Str,
};

/// From this version on several are asked for at once (KIP-699).
const SEVERAL_SINCE: i16 = 4;

impl Cluster {
    /// The broker that coordinates a group, as was last heard, or else as a broker says now.
    ///
    /// # Cancel safety
    /// Safe.
    pub(crate) async fn coordinator(self: &Arc<Self>, group: &Str) -> Result<i32, Error> {
        let known = self.coordinators.lock().iter().find(|(known, _)| known == group).map(|(_, node)| *node);
        match known {
            Some(node) => Ok(node),
            None => self.find_coordinator(group).await,
        }
    }

    /// The broker that coordinates a group, as a broker says now.
    ///
    /// # Cancel safety
    /// Safe.
    pub(crate) async fn find_coordinator(self: &Arc<Self>, group: &Str) -> Result<i32, Error> {
        self.coordinators.lock().retain(|(known, _)| known != group);
        let connection = self.any_connection().await?;
        let version = connection.versions().choose::<api::Request>()?;
        let request = api::Request {
            key: group.clone(),
            key_type: GROUP,
            coordinator_keys: if version >= SEVERAL_SINCE { vec![group.clone()] } else { Vec::new() },
        };
        let response = connection.call_at(version, &request, self.config.request_timeout).await?;
        let (code, said, node) = if version < SEVERAL_SINCE {
            (response.error_code, response.error_message, response.node_id)
        } else {
            let mut found = response.coordinators.into_iter();
            let found = found.find(|found| found.key == *group).ok_or_else(|| {
                let what = "the broker left out the group whose coordinator it was asked for";
                Error::new(ErrorKind::Malformed, what).or_retry(Retry::After)
            })?;
            (found.error_code, found.error_message, found.node_id)
        };
        Error::check(code, "finding the group's coordinator", said.as_deref())?;
        if self.metadata(|metadata| !metadata.brokers.contains_key(&node)) {
            // It may have joined the cluster since that was last asked about.
            self.ask(Some(&[]), false).await?;
        }
        trace!(debug, group = &**group, node, "coordinator");
        let mut coordinators = self.coordinators.lock();
        if coordinators.len() >= MOST_COORDINATORS {
            coordinators.remove(0);
        }
        coordinators.push((group.clone(), node));
        Ok(node)
    }
}

/// Of so many groups at most the coordinator is remembered.
const MOST_COORDINATORS: usize = 64;
