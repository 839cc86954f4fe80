use std::sync::Arc;

use crate::{
    client::Client,
    cluster::Purpose,
    error::{Error, Retry},
    protocol::list_groups,
};

/// A group, by name.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ListedGroup {
    /// Its name.
    pub group: Arc<str>,
    /// The broker that coordinates it.
    pub coordinator: i32,
    /// What kind of group: `consumer` for consumers; empty for one that has offsets and never had members.
    pub protocol_type: Arc<str>,
    /// `Stable`, `Empty`, `PreparingRebalance` and so on; empty where the broker does not say (before 2.6).
    pub state: Arc<str>,
    /// The protocol, `classic` or `consumer`; empty where the broker does not say (before 3.8).
    pub kind: Arc<str>,
}

impl Client {
    /// All groups, by name: every broker is asked for those that it coordinates.
    ///
    /// # Errors
    /// A broker cannot be reached or refuses: then the list would not be whole.
    ///
    /// # Cancel safety
    /// Safe.
    pub async fn groups(&self) -> Result<Vec<ListedGroup>, Error> {
        let cluster = self.cluster();
        let mut groups = Vec::new();
        for broker in self.brokers().await? {
            let ask = || async {
                let connection = cluster.connection(broker.id, Purpose::General).await?;
                let response =
                    connection.call(&list_groups::Request::default(), cluster.config.request_timeout).await?;
                // A coordinator that is loading says so, and is asked again.
                Error::check(response.error_code, "listing groups", None).map_err(|error| {
                    if error.retry() == Retry::Never { error } else { error.or_retry(Retry::After) }
                })?;
                Ok(response)
            };
            let response = cluster.persist(&crate::cluster::Route::Any, "ListGroups", ask).await?;
            groups.extend(response.groups.into_iter().map(|group| ListedGroup {
                group: group.group_id,
                coordinator: broker.id,
                protocol_type: group.protocol_type,
                state: group.group_state,
                kind: group.group_type,
            }));
        }
        crate::sorting::sort_by(&mut groups, |a, b| a.group.cmp(&b.group));
        Ok(groups)
    }
}
